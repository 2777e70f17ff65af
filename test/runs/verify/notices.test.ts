import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { verifyRun } from "../../../shared/runs/verify/verify-run.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { inspectFolder } from "../../../shared/stores/filesystem/inspection.ts";
import { type LeaseState, leaseName } from "../../../shared/stores/filesystem/lease-name.ts";
import { nodeFileSystem } from "../../../shared/stores/filesystem/node-file-system.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { openStores } from "../../../shared/stores/open.ts";
import { systemProcesses } from "../../../shared/stores/processes.ts";
import { lastLine } from "../../e2e/cli.ts";
import { restepHere as restep } from "../../support/command-line.ts";
import { filesOf, finishedRun, type StoredRun } from "./finished-run.ts";

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
}, 120_000);
afterEach(() => run.mend());
afterAll(() => run.remove());

/** The module of the run's bundle. */
function moduleRef(): ArtifactRef {
  const line = readFileSync(run.at("events.jsonl"), "utf8")
    .split("\n")
    .find((each) => each.includes('{"role":"module"}'));
  return /"payload_ref":"([^"]+)"/.exec(line ?? "")![1] as ArtifactRef;
}

const pathOf = (ref: ArtifactRef) => join(run.store, "artifacts", ref.slice(11, 13), ref.slice(13));

/** Names, bytes and times of everything in the store. */
function everything(): string[] {
  return [
    ...readdirSync(run.store, { recursive: true }).map(String).sort(),
    ...filesOf(run.store).map((path) => `${path} ${statSync(path).mtimeMs} ${readFileSync(path).toString("base64")}`),
  ];
}

describe("verifying", () => {
  it("changes nothing, also where there is damage that a store would set aside", async () => {
    writeFileSync(pathOf(moduleRef()), "damaged");
    appendFileSync(run.at("events.jsonl"), '{"torn');
    writeFileSync(run.at("status.json"), "{");
    const before = everything();
    const { problems } = await run.verify();
    expect(problems).toHaveLength(3);
    expect(everything()).toEqual(before);
  });

  it("needs no leave to write", async () => {
    const refuse = () => Promise.reject(Object.assign(new Error("read-only"), { code: "EROFS" }));
    const readOnly: FileSystem = {
      ...nodeFileSystem,
      open: (path, mode) => (mode === "read" ? nodeFileSystem.open(path, mode) : refuse()),
      append: refuse,
      makeFolder: refuse,
      rename: refuse,
      removeFile: refuse,
      removeFolder: refuse,
      touch: refuse,
      syncFolder: refuse,
    };
    const stores = await openFileSystemStores(run.store, { asFound: true, fileSystem: readOnly });
    expect(await verifyRun(stores, inspectFolder(run.store, readOnly), run.runId)).toMatchObject({
      ok: true,
      problems: [],
    });
  });

  it("goes on behind the first problem", async () => {
    const ref = moduleRef();
    writeFileSync(pathOf(ref), "damaged");
    writeFileSync(run.at("log.jsonl"), "");
    writeFileSync(run.at("status.json"), "{}\n");
    expect((await run.verify()).problems).toEqual([
      {
        what: "sealed file",
        where: "log.jsonl",
        expected: expect.stringMatching(/^\d+ bytes, SHA-256/),
        found: expect.stringMatching(/^0 bytes/),
      },
      {
        what: "artifact",
        where: expect.stringContaining(ref),
        expected: "bytes that hash to its name",
        found: expect.stringMatching(/^SHA-256/),
      },
      {
        what: "status record",
        where: expect.stringMatching(/^status\.json/),
        expected: expect.any(String),
        found: "nothing",
      },
    ]);
  });
});

describe("what is no problem is noticed", () => {
  it("an artifact that was damaged, set aside and healed", async () => {
    const ref = moduleRef();
    const whole = readFileSync(pathOf(ref));
    writeFileSync(pathOf(ref), "damaged");
    const stores = await openStores(run.store);
    await expect(stores.artifacts.get(ref)).rejects.toThrow(/damaged/);
    const { problems } = await run.verify();
    expect(problems).toEqual([expect.objectContaining({ what: "artifact", found: "nothing" })]);
    await stores.artifacts.put("output", whole);
    expect(await run.verify()).toMatchObject({
      ok: true,
      notices: [{ what: "quarantine", why: expect.stringContaining(`7 bytes under the name of ${ref}`) }],
    });
  });

  it("artifacts that retention has collected, which are not missing", async () => {
    const { artifacts } = await run.verify();
    // Their last use is dated by the disk, whose clock may be ahead of this one's.
    for (const path of filesOf(run.store)) utimesSync(path, 0, 0);
    const collected = await restep(["gc", "--keep-intermediates", "0", "--grace", "0", "--store", run.store, "--json"]);
    const removed = lastLine(collected).removed as { name: string }[];
    expect(removed.length).toBeGreaterThan(10);
    const { ok, notices, problems } = await run.verify();
    expect({ ok, problems, notices }).toEqual({
      ok: true,
      problems: [],
      notices: [
        {
          what: "collected artifacts",
          where: expect.stringMatching(/^\d+, such as artifact:/),
          why: expect.stringMatching(/^since \d{4}-.*: intermediate_expired$/),
        },
      ],
    });
    // What only collected artifacts lead to is out of sight.
    expect(Number.parseInt(notices[0]?.where ?? "", 10)).toBeLessThanOrEqual(removed.length);
    expect((await run.verify()).artifacts).toBeLessThanOrEqual(artifacts);
    rmSync(join(run.store, "collected.jsonl"));
    expect((await run.verify()).ok).toBe(false);
  });

  it("a bundle that was withdrawn", async () => {
    const stores = await openStores(run.store);
    const bundle = JSON.parse(readFileSync(run.at("status.json"), "utf8")).artifacts.find((ref: string) =>
      readdirSync(join(run.store, "bundles")).includes(ref.slice(11)),
    );
    await stores.publications.withdraw(bundle, run.runId, "it was wrong");
    const { ok, notices } = await run.verify();
    expect({ ok, what: notices.map(({ what }) => what) }).toEqual({
      ok: true,
      what: ["published bundle", "quarantine"],
    });
  });

  it("a process that has the run, and what it has not sealed yet", async () => {
    const stores = await openStores(run.store);
    const lease = await stores.leases.acquire(run.runId, "alice" as never);
    appendFileSync(run.at("log.jsonl"), "{}\n");
    expect(await run.verify()).toMatchObject({
      ok: true,
      notices: [{ what: "lease", why: expect.stringMatching(/^alice/) }],
    });
    await lease.release();
    expect(await run.verify()).toMatchObject({ ok: true, notices: [] });
  });

  it("a status record that a process which died left behind the log, and nothing else of that kind", async () => {
    const status = JSON.parse(readFileSync(run.at("status.json"), "utf8"));
    const events = readFileSync(run.at("events.jsonl"), "utf8").split("\n").slice(0, -1);
    const second = JSON.parse(events[1] ?? "") as { ts: string };
    const earlier = { ...status, state: "running", current_stage: "none", attempt_count: 0, artifacts: [] };
    const text = `${JSON.stringify({ ...earlier, updated_at: second.ts }, null, 2)}\n`;
    writeFileSync(run.at("status.json"), text);
    expect((await run.verify()).problems).toMatchObject([{ what: "status record" }]);
    const { host } = systemProcesses().self;
    const dead = {
      state: "held",
      epoch: 2,
      purpose: "run",
      since: 1,
      holder: "bob",
      owner: { host, pid: 2 ** 30, started: 1 },
    };
    renameSync(run.at("lease/000001.free"), run.at(`lease/${leaseName(dead as LeaseState)}`));
    expect(await run.verify()).toMatchObject({
      ok: true,
      notices: [{ what: "lease", why: expect.stringContaining("died") }, { what: "status record" }],
    });
    writeFileSync(run.at("status.json"), text.replace('"attempt_count": 0', '"attempt_count": 1'));
    expect((await run.verify()).problems).toMatchObject([{ what: "status record" }]);
  });

  it("folders that a copy of the store has lost because they were empty", async () => {
    renameSync(join(run.store, "quarantine"), `${run.store}.aside`);
    expect(await run.verify()).toMatchObject({ ok: true, problems: [] });
  });
});

describe("the seal", () => {
  it("does not take over what was changed since it was made", async () => {
    const path = run.at("log.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("info", "Info").replace(/^./, " "));
    const stores = await openStores(run.store);
    await (await stores.leases.acquire(run.runId, "alice" as never)).release();
    expect((await run.verify()).problems).toEqual([
      expect.objectContaining({ what: "sealed file", where: "log.jsonl" }),
    ]);
  });
});

describe("restep verify", () => {
  const verify = (...args: string[]) => restep(["verify", run.runId, "--store", run.store, ...args]);

  it("exits with 0 and says how much it looked at", async () => {
    const { code, stdout } = await verify();
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^\d+ artifacts, \d+ events, \d+ history entries, \d+ facts: all as recorded\n$/);
    expect(lastLine(await verify("--json"))).toMatchObject({ run_id: run.runId, ok: true, problems: [], notices: [] });
  });

  it("exits with 1 and gives each problem a line of its own", async () => {
    const ref = moduleRef();
    writeFileSync(pathOf(ref), "damaged");
    const { code, stdout } = await verify();
    expect(code).toBe(1);
    expect(stdout.toString().split("\n")[0]).toMatch(
      new RegExp(`^artifact, ${ref}, in .*: expected bytes that hash to its name; found SHA-256 [0-9a-f]{64}$`),
    );
    expect(lastLine(await verify("--json"))).toMatchObject({ ok: false, problems: [{ what: "artifact" }] });
  });

  it("makes no store where there is none", async () => {
    const nowhere = join(dirname(run.store), "nowhere");
    const { code, stderr } = await restep(["verify", run.runId, "--store", nowhere]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("a store not found in") });
    mkdirSync(nowhere);
    expect(readdirSync(nowhere)).toEqual([]);
  });
});
