import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { registerVerbs } from "../../scripts/commands/index.ts";
import { lastLine, temporaryFolder } from "../e2e/cli.ts";
import { EXIT_VALIDATION, exitProgram } from "../runs/exit-program.ts";
import { deployStores } from "../stores/aws/deploy.ts";
import { playedAws } from "../stores/aws/played/aws.ts";
import { type ServedAws, servePlayedAws } from "../stores/aws/played/serve.ts";
import { restepHere } from "../support/command-line.ts";

const BUCKET = "restep-cloud";
const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const aws = playedAws();
let served: ServedAws;
let runId: string;
/** What the deployment says beside a manifest that is put. */
let refusal: object | undefined;

const restep = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  restepHere(words, { cwd: folder.path, env: { ...served.env, ...env } });

/** A folder with a project that was deployed from. */
beforeAll(async () => {
  const { s3, db } = aws.clients();
  served = await servePlayedAws(aws, ({ method, path }) => {
    if (method !== "PUT" || refusal === undefined || !path.endsWith("/manifest.json")) return;
    const Key = path.replace(`/${BUCKET}/`, "").replace(/[.]json$/, ".error.json");
    const body = { manifest: Key, version: versionOf(path), error: refusal };
    aws.answer({ method, path: `/${BUCKET}/${Key}`, headers: {}, body: Buffer.from(JSON.stringify(body)) });
  });
  const store = await deployStores({ s3, db }, BUCKET);
  mkdirSync(at(".sst"));
  writeFileSync(at(".sst/outputs.json"), JSON.stringify({ store, bus: "restep-dev-events" }));
  mkdirSync(at("below"));
  writeFileSync(at("exit.elf"), exitProgram());
  writeFileSync(at("config.json"), JSON.stringify({ schema_version: 1, validation: EXIT_VALIDATION }));
  const packed = await restep(["pack", "exit.elf", "-o", "packed", "--config", "config.json"]);
  expect(packed).toMatchObject({ code: 0 });
  const run = await restep(["run", "packed/manifest.json", "--hybrid", "--workers", "1", "--json"]);
  expect(run, run.stderr).toMatchObject({ code: 0 });
  runId = String(lastLine(run).run_id);
}, 120_000);
afterAll(async () => {
  await served.stop();
  folder.remove();
});

/** The version of what was put last. */
function versionOf(path: string): string | undefined {
  return aws.answer({ method: "HEAD", path, headers: {} }).headers?.["x-amz-version-id"];
}

/** Of each verb that names runs, what it does with one of the deployment's that has succeeded. A new verb has no row here: give it one. */
const ROWS: Readonly<Record<string, readonly (readonly [line: string, code: number, said: RegExp])[]>> = {
  run: [["run packed/manifest.json", 0, /^Run \S+: succeeded/m]],
  resume: [
    ["resume RUN", 0, /^Run \S+: succeeded/m],
    ["resume RUN --new", 2, /succeeded/],
  ],
  cancel: [["cancel RUN --by a --reason b", 2, /expected one that goes on|has ended|succeeded/]],
  exec: [["exec RUN", 0, /^$/]],
  bundle: [
    ["bundle RUN -o out.bundle", 0, /^out.bundle: .*module.wasm/m],
    ["bundle RUN -o out.bundle", 2, /--output: expected a folder that is empty or not there yet, found /],
  ],
  tokens: [
    ["tokens new ci", 0, /^restep_[\w-]{43}$/m],
    ["tokens new ci", 2, /expected a name that no token has, found ci; revoke that with .* tokens revoke ci --cloud/],
    ["tokens new a/b", 2, /name: expected 1 to 64 of/],
    ["tokens list", 0, /^ci +20/m],
    ["tokens revoke ci", 0, /^ci opens nothing any more/m],
    ["tokens revoke ci", 2, /expected the name of a token, found ci/],
    ["tokens list --json", 0, /^{"tokens":\[\]}/m],
    ["tokens make", 2, /expected new, list or revoke, found "make"/],
  ],
  list: [["list", 0, /succeeded/]],
  status: [["status latest --json", 0, /"state":"succeeded"/]],
  events: [["events RUN --follow", 0, /run_completed/]],
  summary: [["summary RUN", 0, /succeeded/]],
  context: [["context RUN link", 0, /module/]],
  functions: [["functions RUN", 0, /_start/]],
  verify: [
    ["verify RUN", 0, /all as recorded/],
    ["verify", 0, /all as recorded/],
  ],
  sign: [["sign RUN --key me.key", 0, /igned/]],
  facts: [["facts RUN --keep", 0, /artifact:/]],
  provenance: [["provenance RUN", 0, /exit/]],
  replay: [["replay RUN --workers 1", 0, /same|identical|as recorded/i]],
  approve: [["approve RUN publish --by a --reason b", 2, /gate/]],
  reject: [["reject RUN publish --by a --reason b", 2, /gate/]],
  override: [["override RUN validation --by a --reason b", 2, /gate/]],
  // These stores are no deployment's: test/cloud has one.
  redrive: [["redrive --dry-run", 2, /expected that of a deployment, s3:[/][/]BUCKET[?]tables=NAME-store, found/]],
  cost: [["cost RUN", 0, /transitions/]],
  gc: [
    ["gc --dry-run", 0, /^Would remove 0/m],
    ["gc --keep-intermediates 0 --grace 0", 0, /^Removed [1-9]/m],
  ],
  serve: [["serve --sfn --port 0", 2, /--store: expected a folder, or --in-memory; found s3:/]],
};

describe("a verb with --cloud, on a deployment's run", () => {
  it("is every one that takes a store", () => {
    const program = new Command();
    registerVerbs(program, () => {});
    const having = (option: string) =>
      program.commands.filter(({ options }) => options.some(({ long }) => long === option)).map((verb) => verb.name());
    expect(having("--cloud")).toEqual(having("--store"));
    expect(having("--cloud").sort()).toEqual(Object.keys(ROWS).sort());
  });

  const lines = Object.values(ROWS).flat();
  it.each(lines)(
    "restep %s exits with %i",
    async (line, code, said) => {
      if (line.startsWith("sign")) await restep(["keys", "new", "me.key"]);
      const done = await restep([...line.replace("RUN", runId).split(" "), "--cloud"]);
      expect(`${done.stdout}${done.stderr}`).toMatch(said);
      expect(done.code, done.stderr).toBe(code);
    },
    60_000,
  );
});

describe("run --cloud", () => {
  afterEach(() => {
    refusal = undefined;
  });

  it("hands the manifest in and shows what the deployment makes of it, and says that it was meant for here", async () => {
    const { stderr, stdout } = await restep(["run", "packed", "--cloud", "--json"]);
    expect(stderr).toContain(
      `Run ${runId} is handed in to s3://${BUCKET}/team-a, and goes on there without this command.`,
    );
    expect(stderr).toContain('Note: its manifest says execution_mode "local"; it is carried out as "cloud"');
    expect(JSON.parse(stdout.toString())).toMatchObject({ run_id: runId, state: "succeeded" });
    const artifact = JSON.parse(readFileSync(at("packed/manifest.json"), "utf8")).module_manifest.slice(11);
    const path = `/${BUCKET}/submissions/${runId}/artifacts/${artifact.slice(0, 2)}/${artifact.slice(2)}`;
    expect(aws.answer({ method: "HEAD", path, headers: {} }).status).toBe(200);
  });

  it("exits as what it is refused for", async () => {
    refusal = { name: "ContractInputMissing", code: "contract_input_missing", message: "field x: expected y" };
    const { code, stderr } = await restep(["run", "packed", "--cloud", "--new"]);
    expect(stderr).toMatch(/^restep: field x: expected y$/m);
    expect(code).toBe(2);
  });

  it("hands nothing in that cannot be a run, nor under options of this machine", async () => {
    writeFileSync(at("none.json"), "{}");
    expect(await restep(["run", "none.json", "--cloud"])).toMatchObject({ code: 2 });
    const { code, stderr } = await restep(["run", "packed", "--cloud", "--workers", "2"]);
    expect(stderr).toContain("--workers: expected without --cloud, for it says what this machine does");
    expect(code).toBe(2);
  });
});

describe("the deployment of --cloud", () => {
  it("is that of the nearest .sst/outputs.json, and what to type next says --cloud", async () => {
    const below = { cwd: at("below"), env: served.env };
    expect(await restepHere(["status", runId, "--cloud"], below)).toMatchObject({ code: 0 });
    const { stderr } = await restepHere(["status", "my/run", "--cloud"], below);
    expect(stderr).toMatch(/see `.* list --cloud`/);
  });

  it("is first that of RESTEP_CLOUD", async () => {
    const { code, stderr } = await restep(["list", "--cloud"], { RESTEP_CLOUD: "s3://another-bucket" });
    expect(stderr).toContain("the bucket another-bucket not found");
    expect(code).toBe(2);
  });

  it("has to be said somewhere, and is not said beside --store", async () => {
    const nowhere = await restepHere(["list", "--cloud"], { cwd: "/" });
    expect(nowhere.stderr).toContain("--cloud: expected the address of a deployment's store in RESTEP_CLOUD");
    expect(nowhere.code).toBe(2);
    expect(await restep(["list", "--cloud", "--store", "here"])).toMatchObject({ code: 2 });
  });
});
