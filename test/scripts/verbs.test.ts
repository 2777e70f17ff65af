import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../scripts/cli/main.ts";
import { registerVerbs } from "../../scripts/commands/index.ts";
import { folderSubmission } from "../../shared/local/submission-folder.ts";
import { submit } from "../../shared/runs/submit.ts";
import { openStores } from "../../shared/stores/open.ts";
import { finishedRun, type StoredRun } from "../runs/verify/finished-run.ts";

/** What each verb is given besides the store. A new verb has no row here: give it one, and say whether it writes. */
const ROWS: Readonly<Record<string, { readonly writes: boolean; readonly words: (runId: string) => string[][] }>> = {
  pack: { writes: true, words: () => [] },
  run: { writes: true, words: () => [] },
  resume: { writes: true, words: (id) => [["resume", id]] },
  cancel: { writes: true, words: (id) => [["cancel", id, "--by", "a", "--reason", "b"]] },
  approve: { writes: true, words: (id) => [["approve", id, "publish", "--by", "a", "--reason", "b"]] },
  reject: { writes: true, words: (id) => [["reject", id, "publish", "--by", "a", "--reason", "b"]] },
  override: { writes: true, words: (id) => [["override", id, "validation", "--by", "a", "--reason", "b"]] },
  gc: { writes: true, words: () => [["gc"]] },
  serve: { writes: true, words: () => [] },
  redrive: { writes: true, words: () => [] },
  tokens: { writes: true, words: () => [] },
  // Its folder is its own test's.
  bundle: { writes: false, words: () => [] },
  sign: { writes: true, words: () => [] },
  keys: { writes: true, words: () => [] },
  exec: { writes: false, words: (id) => [["exec", id]] },
  list: { writes: false, words: () => [["list"], ["list", "--json"]] },
  status: {
    writes: false,
    words: (id) => [
      ["status", id],
      ["status", "latest", "--json"],
    ],
  },
  events: {
    writes: false,
    words: (id) => [
      ["events", id],
      ["events", id, "--states", "--follow"],
      ["events", id, "--tail", "2"],
    ],
  },
  summary: { writes: false, words: (id) => [["summary", id]] },
  context: {
    writes: false,
    words: (id) => [
      ["context", id],
      ["context", id, "link"],
    ],
  },
  functions: {
    writes: false,
    words: (id) => [
      ["functions", id],
      ["functions", id, "--untested", "--json"],
      ["functions", id, "_start"],
      ["functions", id, "0x400004", "--stacked"],
    ],
  },
  cost: {
    writes: false,
    words: (id) => [
      ["cost", id],
      ["cost", id, "--json", "--maps", "distributed"],
    ],
  },
  verify: { writes: false, words: (id) => [["verify", id], ["verify"]] },
  facts: {
    writes: false,
    words: (id) => [
      ["facts", id],
      ["facts", id, "--json"],
    ],
  },
  provenance: {
    writes: false,
    words: (id) => [
      ["provenance", id],
      ["provenance", id, "--slsa"],
      ["provenance", id, "--dsse"],
    ],
  },
  replay: { writes: false, words: (id) => [["replay", id, "--workers", "1"]] },
};

/** Names, kinds, times and bytes of all that a folder holds. */
function everything(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const stat = lstatSync(join(folder, name));
      const bytes = stat.isFile() ? readFileSync(join(folder, name)).toString("base64") : "";
      return `${name} ${stat.mode} ${stat.isDirectory() ? "" : stat.mtimeMs} ${bytes}`;
    });
}

async function restep(words: readonly string[]): Promise<{ status: number; said: string }> {
  let said = "";
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said += text;
      return true;
    });
  }
  const status = await main(words);
  vi.restoreAllMocks();
  return { status, said };
}

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
}, 120_000);
let isSpoilt = false;
/** Spoils the store until the test ends. */
function spoil(change: () => unknown): void {
  isSpoilt = true;
  change();
}
afterEach(() => {
  vi.restoreAllMocks();
  if (isSpoilt) run.mend();
  isSpoilt = false;
});
afterAll(() => run.remove());

const reading = Object.entries(ROWS).filter(([, { writes }]) => !writes);
const lines = (rows: typeof reading) => rows.flatMap(([, { words }]) => words("RUN").map((each) => [each.join(" ")]));
const typed = (line: string, store: string) => [...line.replaceAll("RUN", run.runId).split(" "), "--store", store];

/** The module of the run's bundle. */
function modulePath(): string {
  const index = /"payload_ref":"artifact:\/\/(\w{64})"/.exec(
    readFileSync(run.at("events.jsonl"), "utf8")
      .split("\n")
      .find((line) => line.includes('{"role":"module"}')) ?? "",
  )![1]!;
  return join(run.store, "artifacts", index.slice(0, 2), index.slice(2));
}

it("every verb says whether it writes", () => {
  const program = new Command();
  registerVerbs(program, () => {});
  const said = program.commands.map((verb) => [verb.name(), verb.getOptionValue("asFound") !== true] as const);
  const rows = Object.entries(ROWS).map(([name, { writes }]) => [name, writes] as const);
  expect(Object.fromEntries(said)).toEqual(Object.fromEntries(rows));
});

describe("a verb that reads changes nothing", () => {
  it.each(lines(reading))("restep %s", async (line) => {
    const before = everything(run.store);
    await restep(typed(line, run.store));
    expect(everything(run.store)).toEqual(before);
  });

  const fast = reading.filter(([name]) => name !== "replay");
  it("where the module is damaged and a process left files, neither", async () => {
    spoil(() => writeFileSync(modulePath(), "damaged"));
    writeFileSync(join(run.store, "tmp", "0123456789ab.1.1.01234567-1"), "left");
    const before = everything(run.store);
    for (const [line] of lines(fast)) {
      await restep(typed(line!, run.store));
      expect(everything(run.store), line).toEqual(before);
    }
  });

  it("exec says of a damaged module that it stays where it is", async () => {
    spoil(() => writeFileSync(modulePath(), "damaged"));
    const { status, said } = await restep(["exec", run.runId, "--store", run.store]);
    expect(said).toMatch(/is damaged: expected SHA-256 \w+, found SHA-256 \w+; the file stays where it is; putting/);
    expect(status).toBe(1);
  });

  it("but facts, where their index is to be kept", async () => {
    const read = await restep(["facts", run.runId, "--store", run.store, "--json"]);
    const { facts } = JSON.parse(read.said) as { facts: string };
    const path = join(run.store, "artifacts", facts.slice(11, 13), facts.slice(13));
    expect(existsSync(path)).toBe(false);
    spoil(() => undefined);
    const kept = await restep(["facts", run.runId, "--store", run.store, "--json", "--keep"]);
    expect(JSON.parse(kept.said)).toMatchObject({ facts, kept: true });
    expect(existsSync(path)).toBe(true);
  });
});

describe("a store that was mistyped is not made", () => {
  const rows = Object.entries(ROWS).filter(([, { words }]) => words("RUN").length > 0);
  it.each(lines(rows))("by restep %s", async (line) => {
    const nowhere = `${run.store}.nowhere`;
    const { status, said } = await restep(typed(line, nowhere));
    expect(said).toContain(`a store not found in ${nowhere}; name the folder of one, or start a run there first`);
    expect(status).toBe(2);
    expect(existsSync(nowhere)).toBe(false);
  });

  it("nor is a folder taken for one that has something else called runs", async () => {
    const other = `${run.store}.other`;
    execFileSync("mkdir", ["-p", join(other, "runs")]);
    expect((await restep(["resume", "latest", "--store", other])).said).toContain("a store not found");
    expect(readdirSync(other)).toEqual(["runs"]);
    rmSync(other, { recursive: true });
  });

  it("nor by a run that cannot be submitted, or whose parent is not there", async () => {
    const manifest = join(run.store, "..", "packed", "manifest.json");
    const nowhere = `${run.store}.nowhere`;
    const other = join(run.store, "..", "packed", "other.json");
    const artifact = `artifact://${"0".repeat(64)}`;
    writeFileSync(other, JSON.stringify({ ...JSON.parse(readFileSync(manifest, "utf8")), config_manifest: artifact }));
    expect((await restep(["run", other, "--store", nowhere])).said).toContain("config_manifest");
    expect((await restep(["run", manifest, "--parent", "latest", "--store", nowhere])).said).toContain(
      "a store not found",
    );
    expect(existsSync(nowhere)).toBe(false);
  });
});

function putFifo(path: string): void {
  spoil(() => rmSync(path, { recursive: true }));
  execFileSync("mkfifo", [path]);
}

describe("nothing waits for what is no file", () => {
  const inRun = ["run.json", "events.jsonl", "history.jsonl", "status.json", "seal.json", "log.jsonl"];
  it.each([...inRun.map((name) => `runs/RUN/${name}`), "artifacts/kinds.txt", "store.json"])(
    "a FIFO in the place of %s is found, and status ends",
    async (name) => {
      putFifo(join(run.store, name.replace("RUN", run.runId)));
      const { ok } = await run.verify().catch(() => ({ ok: false }));
      await restep(["status", run.runId, "--store", run.store]);
      await restep(["list", "--store", run.store]);
      expect(ok).toBe(false);
    },
  );

  it("an artifact, the claim of a bundle and a published file", async () => {
    const [bundle = ""] = readdirSync(join(run.store, "bundles"));
    const claim = join(run.store, "claims", bundle, run.runId);
    for (const path of [modulePath(), claim, join(run.store, "bundles", bundle, "bundle.json")]) {
      putFifo(path);
      const { ok, problems } = await run.verify();
      expect([ok, problems.length > 0]).toEqual([false, true]);
      const [executed] = await Promise.all([
        restep(["exec", join(run.store, "bundles", bundle), "--store", run.store]),
      ]);
      expect(executed!.status).toBeLessThan(3);
      run.mend();
    }
  });

  it("a claim that is a link is found, also where that leads to an empty file", async () => {
    const [bundle = ""] = readdirSync(join(run.store, "bundles"));
    const claim = join(run.store, "claims", bundle, run.runId);
    spoil(() => rmSync(claim));
    writeFileSync(`${run.store}.empty`, "");
    execFileSync("ln", ["-s", `${run.store}.empty`, claim]);
    expect((await run.verify()).problems).toEqual([
      { what: "claim of a bundle", where: expect.any(String), expected: "an empty file", found: "a link" },
    ]);
  });
});

describe("a lease that somebody removed", () => {
  it.each(["the folder", "what is in it"])("%s: is found by verify, and made anew by whoever goes on", async (what) => {
    const lease = run.at("lease");
    const [inIt = ""] = readdirSync(lease);
    spoil(() => rmSync(what === "the folder" ? lease : join(lease, inIt), { recursive: true }));
    expect((await run.verify()).problems).toEqual([
      {
        what: "the lease",
        where: lease,
        expected: "one folder that says who holds it",
        found: "none",
      },
    ]);
    expect(await restep(["resume", run.runId, "--workers", "1", "--store", run.store])).toMatchObject({ status: 0 });
    expect((await run.verify()).problems).toEqual([]);
  });

  it("keeps nobody from seeing how the run stands", async () => {
    spoil(() => rmSync(run.at("lease"), { recursive: true }));
    const events = readFileSync(run.at("events.jsonl"), "utf8").split("\n");
    writeFileSync(run.at("events.jsonl"), `${events.slice(0, -2).join("\n")}\n`);
    const { status, said } = await restep(["status", run.runId, "--store", run.store]);
    expect([status, said]).toEqual([0, expect.stringContaining("Nobody works on it. Go on with:")]);
  });
});

it("a run goes on with no worker that waits to log into a FIFO", async () => {
  const packed = join(run.store, "..", "packed");
  const manifest = join(packed, "again.json");
  const again = "7a000000-0000-4000-8000-000000000002";
  writeFileSync(
    manifest,
    JSON.stringify({ ...JSON.parse(readFileSync(join(packed, "manifest.json"), "utf8")), run_id: again }),
  );
  const stores = await openStores(run.store);
  spoil(() => undefined);
  const { submission } = await submit(stores, folderSubmission(manifest));
  await stores.close();
  execFileSync("mkfifo", [join(run.store, "runs", submission.run_id, "log.jsonl")]);
  const { status, said } = await restep(["resume", again, "--workers", "1", "--store", run.store]);
  expect(said).toMatch(
    /log\.jsonl: expected a file to log to, found something else|no file stands where a file belongs/,
  );
  expect(status).toBe(2);
});
