import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { isAbsolute, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { commandName } from "../../scripts/cli/invocation.ts";
import { main } from "../../scripts/cli/main.ts";
import { openStores } from "../../shared/stores/open.ts";
import { root, temporaryFolder } from "../e2e/cli.ts";

/** What people type who have not read on. Each is told what it is, and what to type instead. */
const folder = temporaryFolder();
afterAll(() => folder.remove());
afterEach(() => vi.restoreAllMocks());
const YOU = commandName();
const HERE = `${folder.path}/`;

/** A command line, its files those of the folder, and what came of it. */
async function restep(words: readonly string[]) {
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      printed[stream] += text;
      return true;
    });
  }
  const status = await main(words.map((word) => (isFile(word) ? HERE + word : word)));
  vi.restoreAllMocks();
  return { status, stdout: printed.stdout, stderr: printed.stderr.replaceAll(HERE, "") };
}

const isFile = (word: string) => !isAbsolute(word) && (FILES.test(word) || existsSync(HERE + word));
/** Those there are to be written, and those there are not. */
const FILES = /^(game|cloud|r|x\/y)(\/|$)|\.json$/;

/** `e_ident` of an ELF file, and then `e_type`, `e_machine`. */
const elf = (bits: 1 | 2, machine: number) =>
  Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits, 1, 1]),
    Buffer.alloc(9),
    Buffer.from([2, 0, machine, 0]),
    Buffer.alloc(200),
  ]);

beforeAll(async () => {
  const at = (name: string) => join(folder.path, name);
  copyFileSync(join(root, "examples/sha256/sha256-be.elf"), at("game.elf"));
  writeFileSync(at("arm.elf"), elf(1, 40));
  writeFileSync(at("a.out"), elf(2, 62));
  writeFileSync(at("notes.txt"), "hello\n");
  writeFileSync(at("game.z64"), Buffer.from([0x80, 0x37, 0x12, 0x40, 0, 0, 0, 15]));
  mkdirSync(at("folder"));
  mkdirSync(at("web"));
  writeFileSync(at("web/manifest.json"), `{"name":"site","start_url":"/"}`);
  writeFileSync(at("package.json"), `{"name":"game","version":"1.0.0"}`);
  writeFileSync(at("key.pub"), "-----BEGIN PUBLIC KEY-----\n", { mode: 0o644 });
  const config = (name: string, run: object) => writeFileSync(at(name), JSON.stringify({ schema_version: 1, run }));
  config("retries.json", { retry_policy: { max_attempts: 20 } });
  config("replay.json", { io_mode: "replay" });
  config("pasted.json", { secrets: [`ghp_${"a1B2".repeat(9)}`] });
  writeFileSync(at("comma.json"), `{"schema_version":1,}`);
  writeFileSync(at("nobody.json"), `{"schema_version":1,"include":["nope"]}`);
  writeFileSync(at("guess.json"), `{"schema_version":1,"includes":[],"validation":{"randomStates":2}}`);
  config("elsewhere.json", {
    exec: { allow: [{ name: "x", program: "/x", args_prefix: [`ghp_${"a1B2".repeat(9)}`], y: 1 }] },
  });
  expect(await restep(["pack", "game.elf", "-o", "game"])).toMatchObject({ status: 0 });
}, 60_000);

const ID = "6d0c9d8e-0000-4000-8000-000000000000";

describe("a natural mistake exits with 2 and is told what it is", () => {
  it.each<[words: string, message: string | RegExp]>([
    ["run", `run: missing required argument 'manifest'; see ${YOU} run --help`],
    ["runn game.elf", `unknown command 'runn'; did you mean run?; see ${YOU} --help`],
    ["show latest", `unknown command 'show'; did you mean summary?; see ${YOU} --help`],
    ["logs latest", `unknown command 'logs'; did you mean events?; see ${YOU} --help`],
    ["ps", `unknown command 'ps'; did you mean list?; see ${YOU} --help`],
    ["constructor", `unknown command 'constructor'; see ${YOU} --help`],
    [
      "run nobody.json",
      `nobody.json: expected a submission (manifest.json), found a config manifest; hand it to \`${YOU} pack <binary> --config <file>\``,
    ],
    [
      "pack game.elf -o r --config guess.json",
      'guess.json: field validation: unknown key "randomStates" (did you mean "random_states"?); remove or correct the name; the document: unknown key "includes" (did you mean "include"?); remove or correct the name',
    ],
    ["run game/manifest.json --fast", `run: unknown option '--fast'; see ${YOU} run --help`],
    [
      "--store st run game/manifest.json",
      `unknown option '--store'; options stand behind the verb, as in: ${YOU} run --store`,
    ],
    [
      "run game.elf",
      `game.elf: expected a manifest.json, found an ELF file; make one for it with \`${YOU} pack game.elf -o game/\`, and run game/manifest.json`,
    ],
    [
      "run a.out",
      /^a\.out: ELF e_ident\[EI_CLASS\].* found 2 \(64-bit, x86-64\); compile it for MIPS32, such as with: mips-linux-gnu-gcc/,
    ],
    ["run arm.elf", /^arm\.elf: ELF e_machine.* found 40 \(ARM\); compile it for MIPS32/],
    [
      "run package.json",
      `package.json: expected a submission (manifest.json), found a file of other JSON; \`${YOU} pack <binary>\` makes one`,
    ],
    [
      "pack game.elf -o web",
      /^cannot write the submission: a file that is no submission at web\/manifest\.json; move it away, or choose another folder$/,
    ],
    ["help frob", `unknown command 'frob'; see ${YOU} --help`],
    [
      "run game/manifest.json --key key.pub",
      `--key: expected a private key, as \`${YOU} keys new\` writes it; found a public one (key.pub)`,
    ],
    [
      "run notes.txt",
      `notes.txt: expected JSON, found a text file; give the path of a manifest.json, as \`${YOU} pack\` writes it`,
    ],
    [
      "run folder",
      `folder/manifest.json: cannot read the manifest (ENOENT): there is no such file; give the path of a manifest.json, as \`${YOU} pack\` writes it`,
    ],
    [`run game/manifest.json --parent ${ID}`, new RegExp(`^run ${ID} not found in \\.restep/runs; check the id`)],
    [
      "run game/manifest.json --parent my/run",
      `run id: expected a UUID, the beginning of one, or latest, found "my/run"; see \`${YOU} list\``,
    ],
    ["run game/manifest.json --workers abc", `--workers: expected a whole number from 1 to 1024; found "abc"`],
    [
      "run game/manifest.json --on-signal die",
      /option '--on-signal <what>' argument 'die' is invalid\. Allowed choices are leave, cancel\.; see/,
    ],
    ["pack folder", "folder: cannot read the binary (EISDIR): it is a folder; give the path of the binary"],
    ["pack notes.txt", /^notes\.txt: ELF e_ident.* found 68 65 6c 6c, a text file$/],
    [
      "pack game.z64",
      /^game\.z64: ELF e_ident.* found 80 37 12 40, a Nintendo 64 cartridge image; its program has to be taken out/,
    ],
    [
      "pack a.out",
      /^a\.out: ELF e_ident\[EI_CLASS\].* found 2 \(64-bit, x86-64\); compile it for MIPS32, such as with: mips-linux-gnu-gcc/,
    ],
    ["pack arm.elf", /^arm\.elf: ELF e_machine.* found 40 \(ARM\); compile it for MIPS32/],
    [
      "pack game.elf -o notes.txt",
      /^cannot write the submission: a file stands where a folder belongs at notes\.txt.*; move it away, or choose another folder$/,
    ],
    [
      "pack game.elf -o r --config retries.json",
      /field run\.retry_policy\.max_attempts: expected at most 6, .*, found 20; write that, or leave the field out$/,
    ],
    [
      "pack game.elf -o r --config replay.json",
      /^replay\.json: run\.facts: expected the artifact of a fact index, .* found nothing; `.* facts <run> --keep` makes one$/,
    ],
    [
      "pack game.elf -o r --config comma.json",
      /^comma\.json: expected JSON, found text that is not: Expected double-quoted property name/,
    ],
    [
      "pack game.elf arm.elf",
      `pack: too many arguments for 'pack': expected 1 argument but got 2; see ${YOU} pack --help`,
    ],
    [
      "exec latest --root . --root /tmp:rw -- x",
      /^--root: expected it once, found \. and \/tmp:rw: a program has one root; name a folder/,
    ],
    ["exec latest --root nowhere -- x", "--root: expected a folder, found nothing at nowhere"],
    ["exec latest --root notes.txt -- x", "--root: expected a folder, found a file at notes.txt"],
    [
      "exec game.elf",
      `"game.elf": expected a run (its id, the beginning of it, or latest), a bundle (artifact://<sha256>) or the folder of one`,
    ],
    [
      "exec latest -x",
      `exec: unknown option '-x'; options of the program itself stand behind --, as in: ${YOU} exec <run> -- -x`,
    ],
    [`approve ${ID} publish`, /^approve: required option '--by <principal>' not specified; see .* approve --help$/],
    ["serve --sfn --in-memory --region US:1", `--region: expected a region's name, such as us-east-1; found "US:1"`],
    ["serve --api --runs 0 --token-file none", `--runs: expected a whole number of at least 1; found "0"`],
    ["serve --sfn --in-memory --runs 2", "--runs: expected beside --api alone"],
    ["serve --sfn --port 99999", `--port: expected a whole number from 0 to 65535; found "99999"`],
    [
      "status game/manifest.json",
      `run id: expected a UUID, the beginning of one, or latest, found "game/manifest.json"; see \`${YOU} list\``,
    ],
  ])("restep %s", async (words, message) => {
    // Most come no further than their command line. Those that do look into a store.
    const looks = ["exec game.elf", "run cloud", `run game/manifest.json --parent ${ID}`];
    const store = looks.some((beginning) => words.startsWith(beginning)) ? ["--store", await emptyStore()] : [];
    const { status, stderr, stdout } = await restep([...words.split(" "), ...store]);
    const said = stderr.replaceAll("empty/runs", ".restep/runs").trimEnd();
    if (typeof message === "string") expect(said).toBe(`restep: ${message}`);
    else expect(said.replace(/^restep: /, "")).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  it("and leaves nothing behind", async () => {
    expect(existsSync(join(folder.path, "r"))).toBe(false);
    // What was somebody else's is as it was.
    expect(readFileSync(join(folder.path, "web/manifest.json"), "utf8")).toContain("start_url");
    expect(readdirSync(join(folder.path, "web"))).toEqual(["manifest.json"]);
    expect(readdirSync(join(await emptyStore(), "runs"))).toEqual([]);
  });
});

let made: string | undefined;
/** A store without runs. */
async function emptyStore(): Promise<string> {
  if (made !== undefined) return made;
  made = join(folder.path, "empty");
  await (await openStores(made)).close();
  return made;
}

describe("with --json an error is JSON, and nothing else is", () => {
  it.each(["run --json", "runn --json", "run game.elf --json", "status x/y --json", "pack a.out --json"])(
    "restep %s",
    async (words) => {
      const { stdout, stderr } = await restep(words.split(" "));
      expect(JSON.parse(stderr)).toMatchObject({ error: { name: expect.any(String), message: expect.any(String) } });
      expect(stdout).toBe("");
    },
  );

  it("what stands behind -- is the program's", async () => {
    expect((await restep(["exec", "x/y", "--", "--json"])).stderr).toMatch(/^restep: /);
  });
});

describe("a secret is not repeated", () => {
  it.each(["pasted.json", "elsewhere.json"])("that was pasted into the config: %s", async (config) => {
    const { status, stderr } = await restep(["pack", "game.elf", "-o", "r", "--config", config]);
    expect(status).toBe(2);
    expect(stderr).toContain(config);
    expect(stderr).not.toContain("ghp_a1B2");
  });

  it("a key that is none is refused before a run is there", async () => {
    const key = "not a key, but long enough";
    vi.stubEnv("RESTEP_SECRET_KEY", key);
    const { status, stderr } = await restep(["run", "game/manifest.json", "--store", await emptyStore()]);
    vi.unstubAllEnvs();
    expect(stderr).toMatch(
      /^restep: RESTEP_SECRET_KEY: expected 32 bytes as 64 hex digits .*; make one with: openssl rand -hex 32\n$/,
    );
    expect(stderr).not.toContain(key);
    expect(status).toBe(2);
    expect(readdirSync(join(await emptyStore(), "runs"))).toEqual([]);
  });
});

it("a run that fails of its config says that it has to be packed anew, and one meant for another place that it is", async () => {
  const packed = await restep(["pack", "game.elf", "-o", "cloud", "--config", "nobody.json", "--json"]);
  const { manifest } = JSON.parse(packed.stdout);
  const submission = JSON.parse(readFileSync(manifest, "utf8"));
  writeFileSync(manifest, JSON.stringify({ ...submission, execution_mode: "cloud" }));
  const store = join(folder.path, "failed");
  const { status, stderr } = await restep(["run", "cloud/manifest.json", "--workers", "1", "--store", store]);
  expect(stderr).toMatch(
    /^Note: its manifest says execution_mode "cloud"; it is carried out as "local", with the same result\.$/m,
  );
  expect(stderr).toMatch(/^Once its cause is gone, go on from there as a new run: .* resume \S+ --new --store /m);
  expect(stderr).toMatch(/^A cause in its manifests stays there: correct them, pack again, and run that\.$/m);
  expect(status).toBe(2);
}, 60_000);

it("a run whose artifacts retention removed is not replayed, and says when and why they went", async () => {
  await restep(["pack", "game.elf", "-o", "cloud", "--config", "nobody.json"]);
  const store = ["--store", join(folder.path, "collected")];
  await restep(["run", "cloud/manifest.json", "--workers", "1", ...store]);
  expect(await restep(["gc", "--keep-failed", "0", "--grace", "0", ...store])).toMatchObject({ status: 0 });
  const { status, stderr } = await restep(["replay", "latest", "--workers", "1", ...store]);
  expect(stderr).toMatch(
    /^restep: artifact:\S+ not found in .*; retention removed it at \S+ \(failed_run_expired\); run its/,
  );
  expect(status).toBe(2);
}, 60_000);

it("a program that cannot begin is no success: its run fails, or ends as incomplete where its config allows gaps", async () => {
  writeFileSync(join(folder.path, "part.json"), `{"schema_version":1,"exclude":["_start"]}`);
  await restep(["pack", "game.elf", "-o", "cloud", "--config", "part.json"]);
  const closed = await restep(["run", "cloud/manifest.json", "--workers", "1", "--store", join(folder.path, "whole")]);
  expect(closed.status).toBe(1);
  expect(closed.stdout).toMatch(
    /1 functions that runs need cannot run .*_start \(0x\w{8}\), left out by the config; run 0/,
  );
  expect(closed.stderr).not.toMatch(/^Run it/m);

  const validation = { allow_gaps: true, require: { conclusive: "none", captured: false } };
  writeFileSync(join(folder.path, "part.json"), JSON.stringify({ schema_version: 1, exclude: ["_start"], validation }));
  await restep(["pack", "game.elf", "-o", "cloud", "--config", "part.json"]);
  const store = ["--store", join(folder.path, "part")];
  const run = await restep(["run", "cloud/manifest.json", "--workers", "1", ...store]);
  expect(run.status).toBe(5);
  expect(run.stdout).toMatch(/^Run \S+: succeeded \(incomplete\)/m);
  expect(run.stdout).toMatch(
    /^ {2}Missing: _start \(0x\w{8}\), left out by the config; run 0 comes to it by \S*_start$/m,
  );
  expect(run.stderr).not.toMatch(/^Run it/m);
  const status = await restep(["status", "latest", "--json", ...store]);
  expect(JSON.parse(status.stdout)).toMatchObject({ state: "succeeded", reason: "incomplete" });

  const exec = await restep(["exec", "latest", ...store]);
  expect(exec.stderr).toMatch(/^restep: game: guest unlifted at 0x\S+ in _start \(0x\w{8}: .*\)$/m);
  expect(exec.stderr).toMatch(/^ {2}"exclude": \[\] .*_start is lifted/m);
  expect(exec.status).toBe(1);
}, 60_000);

it("what a message says to type next is for the store that was named", async () => {
  const { status, stderr } = await restep(["exec", "latest", "--store", await emptyStore()]);
  expect(stderr).toBe(`restep: a run not found in empty; start one with \`${YOU} run <manifest> --store empty\`\n`);
  expect(status).toBe(2);
});

it("a port that another process has is named", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const { status, stderr } = await restep(["serve", "--sfn", "--in-memory", "--port", String(port)]);
  server.close();
  expect(stderr).toBe(
    `restep: serve: expected to listen at 127.0.0.1 port ${port}, found it taken by another process; name another --port, or 0 for a free one\n`,
  );
  expect(status).toBe(2);
});
