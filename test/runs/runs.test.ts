import { describe, expect, it } from "vitest";
import type { ArtifactRef, RunId } from "../../shared/contracts/ids.ts";
import { createRuns } from "../../shared/runs/create-runs.ts";
import type { Executor } from "../../shared/runs/executor.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { CorruptionError, IoError, NotFoundError } from "../../shared/stores/errors.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { ended, enter, place, type Row, started, through } from "../kernel/run/events.ts";
import { packedExit } from "./exit-program.ts";

const packed = packedExit();
const { run_id: runId } = packed.submission;
const ELSEWHERE = "0c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11";

/** Runs in memory. @param execute stands for this machine, or the cloud */
function runsWith(execute: Executor = async () => "ended", onClose = () => {}) {
  const memory = createMemoryStores();
  const stores: Stores = {
    ...memory,
    async close() {
      onClose();
      await memory.close();
    },
  };
  const runs = createRuns({
    at: { url: "memory:", stores },
    execute,
    executionMode: "local",
    withScratch: () => Promise.reject(new Error("nobody asked for a scratch store")),
    definitionOf: () => Promise.reject(new Error("nobody asked for a definition")),
    inspect: () => {
      throw new Error("nobody asked for an inspection");
    },
    sourceAt: (path) => ({ ...packageSource(packed), name: path }),
    environment: () => undefined,
  });
  return { stores, runs };
}

async function append(stores: Stores, id: RunId, ...rows: readonly Row[]): Promise<void> {
  const { seq } = await stores.events.head(id);
  const events = rows.map((row) => {
    const { ts, actor, attempt, kind, name, payload } = place(row, 1);
    return { ts, actor, attempt, kind, name, payload };
  });
  await stores.events.append(id, seq, events);
}

describe("a run that is started", () => {
  const damage = { where: "here", expected: "a", found: "b", remedy: "copy it again" };
  it.each([
    ["gone", new NotFoundError("artifact", "here"), "its folder", "ContractInputMissing"],
    ["damaged", new CorruptionError("artifact", damage), "its folder", "ContractInputMissing"],
    ["damaged", new CorruptionError("artifact", damage), "the store", "CorruptionError"],
    ["not to be read now", new IoError("read", "here", "EIO", undefined), "its folder", "IoError"],
  ])("says of an artifact that is %s what it is, and writes nothing", async (_, failure, holder, name) => {
    const { stores, runs } = runsWith();
    const source = packageSource(packed);
    const failing = { has: async () => true, get: () => Promise.reject(failure) };
    const none = { has: async () => false, get: source.artifacts.get };
    if (holder === "the store") Object.assign(stores.artifacts, failing);
    const artifacts = holder === "the store" ? none : failing;
    await expect(runs.start({ ...source, artifacts })).rejects.toMatchObject({ name });
    expect(await stores.runs.has(runId)).toBe(false);
    for await (const artifact of stores.artifacts.list()) expect(artifact).toBeUndefined();
  });

  it("says where its manifest meant it to be carried out, if that is elsewhere", async () => {
    const { submission } = packed;
    const meant = { ...packed, submission: { ...submission, execution_mode: "cloud" as const } };
    const { notice } = await runsWith().runs.start(packageSource(meant));
    expect(notice).toBe('its manifest says execution_mode "cloud"; it is carried out as "local", with the same result');
    expect(await runsWith().runs.start(packageSource(packed))).not.toHaveProperty("notice");
  });

  it("is submitted first, from wherever it comes, and then carried out where its store is", async () => {
    const seen: unknown[] = [];
    const { stores, runs } = runsWith(async (at, id) => {
      seen.push(at.url, await at.stores.runs.has(id));
      return "blocked";
    });
    const run = await runs.start(packageSource(packed));
    expect(run).toMatchObject({ runId, isNew: true });
    expect(await run.outcome).toBe("blocked");
    expect(seen).toEqual(["memory:", true]);
    for (const ref of packed.artifacts.keys()) expect(await stores.artifacts.has(ref)).toBe(true);
    expect(await runs.list()).toEqual([runId]);
  });

  it("is the same run when it is started again, unless it is to be another", async () => {
    const { runs } = runsWith();
    await runs.start("a/manifest.json");
    expect(await runs.start("b/manifest.json")).toMatchObject({ runId, isNew: false });
    const fresh = await runs.start("a/manifest.json", { withFreshId: true });
    expect(fresh.isNew).toBe(true);
    expect(fresh.runId).not.toBe(runId);
  });

  it("rejects with what keeps it from going on, which ends no process that does not ask", async () => {
    const { runs } = runsWith(() => Promise.reject(new Error("the disk is away")));
    const run = await runs.start("manifest.json");
    await new Promise((resolve) => setImmediate(resolve));
    await expect(run.outcome).rejects.toThrow("the disk is away");
  });

  it("says where it looked for an artifact that nobody has, and is not there then", async () => {
    const { submission, artifacts } = packed;
    const without = new Map(artifacts);
    without.delete(submission.config_manifest as ArtifactRef);
    const { stores, runs } = runsWith();
    await expect(runs.start(packageSource({ submission, artifacts: without }))).rejects.toThrow(
      `field config_manifest: expected ${submission.config_manifest} in the package or in the store, found it in neither`,
    );
    expect(await runs.list()).toEqual([]);
    // What the store has need not come along.
    await stores.artifacts.put("manifest", artifacts.get(submission.config_manifest as ArtifactRef) as Uint8Array);
    expect((await runs.start(packageSource({ submission, artifacts: without }))).isNew).toBe(true);
  });

  it("cannot be the child of a run that is not there: nothing is written then", async () => {
    const { runs } = runsWith();
    const begun = runs.start("manifest.json", { parent: ELSEWHERE });
    await expect(begun).rejects.toMatchObject({ name: "NotFoundError" });
    expect(await runs.list()).toEqual([]);
  });
});

describe("a child run", () => {
  it("tells its parent of its end, also where it was carried to that in parts", async () => {
    const isAtGate = new Set<RunId>();
    const { stores, runs } = runsWith(async (at, id) => {
      if (!isAtGate.has(id)) {
        isAtGate.add(id);
        return "blocked";
      }
      const isEnded = (await readRun(at.stores, id)).record.phase === "failed";
      if (!isEnded) await append(at.stores, id, started(), ...through("intake"), ended("failed"));
      return "ended";
    });
    const parent = (await runs.start("parent.json", { withFreshId: true })).runId;
    await append(stores, parent, started(), ...through("intake"));
    const child = await runs.start("child.json", { withFreshId: true, parent });
    expect(await child.outcome).toBe("blocked");
    const childrenOf = async () => [...(await readRun(stores, parent)).record.children.values()];
    expect(await childrenOf()).toMatchObject([{ runId: child.runId, status: "running" }]);
    expect(await (await runs.resume(child.runId)).outcome).toBe("ended");
    expect(await childrenOf()).toMatchObject([{ runId: child.runId, status: "failed" }]);
    // Once is enough.
    await (await runs.resume(child.runId)).outcome;
    expect((await stores.events.head(parent)).seq).toBe(5);
  });
});

describe("a run that has not got there", () => {
  it("has no provenance and no program yet, and what it needs first is said", async () => {
    const { runs } = runsWith();
    await runs.start("manifest.json");
    await expect(runs.provenance(runId)).rejects.toThrow("a run has it once its bundle is made");
    await expect(runs.program(runId)).rejects.toThrow("has published no bundle");
  });
});

describe("closing", () => {
  it("interrupts the runs under way and waits for them before the stores are closed", async () => {
    const order: string[] = [];
    const { runs } = runsWith(
      async (_at, _id, { signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await new Promise((resolve) => setImmediate(resolve));
        order.push("run left");
        return "interrupted";
      },
      () => void order.push("stores closed"),
    );
    const run = await runs.start("manifest.json");
    await runs.close();
    expect(await run.outcome).toBe("interrupted");
    expect(order).toEqual(["run left", "stores closed"]);
  });

  it("interrupts no run whose caller's own signal does not", async () => {
    const stop = new AbortController();
    const { runs } = runsWith(async (_at, _id, { signal }) => (signal.aborted ? "interrupted" : "ended"));
    stop.abort();
    const run = await runs.start("manifest.json", { signal: stop.signal });
    expect(await run.outcome).toBe("interrupted");
    expect(await (await runs.resume(runId)).outcome).toBe("ended");
  });
});

describe("a run id", () => {
  const { runs } = runsWith();
  const methods = {
    resume: (id: string) => runs.resume(id),
    status: (id: string) => runs.status(id),
    summary: (id: string) => runs.summary(id),
    events: async (id: string) => {
      for await (const _event of runs.events(id));
    },
    facts: (id: string) => runs.facts(id),
    provenance: (id: string) => runs.provenance(id),
    approve: (id: string) => runs.approve(id, "publish", { by: "alice", reason: "checked" }),
  };

  it.each(Object.entries(methods))("that is none is refused by %s", async (_name, method) => {
    await expect(method("../etc")).rejects.toMatchObject({ name: "InvalidInputError" });
  });

  it.each(Object.entries(methods))("of a run that is not there is refused by %s", async (_name, method) => {
    await expect(method(ELSEWHERE)).rejects.toMatchObject({ name: "NotFoundError" });
  });
});

describe("the events of a run", () => {
  const begun = [started(), ...through("intake"), enter("plan")];
  const END: Row = { name: "run_completed", payload: { status: "failed" } };
  const namesOf = async (events: AsyncIterable<{ name: string }>) => {
    const names: string[] = [];
    for await (const { name } of events) names.push(name);
    return names;
  };
  const inStore = async (...rows: readonly Row[]) => {
    const { stores, runs } = runsWith();
    await runs.start("manifest.json");
    await append(stores, runId, ...rows);
    return { stores, runs };
  };

  it("are those that are there, or the last of them", async () => {
    const { runs } = await inStore(...begun);
    expect(await namesOf(runs.events(runId))).toEqual(begun.map(({ name }) => name));
    expect(await namesOf(runs.events(runId, { last: 1 }))).toEqual(["state_entered"]);
    expect(await namesOf(runs.events(runId, { last: 0 }))).toEqual([]);
  });

  it("are followed until the run ends", async () => {
    const { stores, runs } = await inStore(...begun);
    const following = namesOf(runs.events(runId, { follow: true }));
    await append(stores, runId, END);
    expect(await following).toEqual([...begun, END].map(({ name }) => name));
  });

  it("make the changes of its phase, which are the same whoever looks", async () => {
    const { stores, runs } = await inStore(...begun);
    const changesOf = async (follow: boolean) => {
      const changes: object[] = [];
      for await (const change of runs.stateChanges(runId, { follow })) changes.push(change);
      return changes;
    };
    const following = changesOf(true);
    await append(stores, runId, END);
    expect((await following).map((change) => (change as { payload: object }).payload)).toEqual([
      { from: "created", to: "preflight_validated", because: "state_completed" },
      { from: "preflight_validated", to: "executing", because: "state_entered" },
      { from: "executing", to: "failed", because: "run_completed" },
    ]);
    expect(await changesOf(false)).toEqual(await following);
    expect((await following)[1]).toMatchObject({ seq: 4, event_id: `${runId}/4/state_changed`, run_id: runId });
    expect(await namesOf(runs.events(runId))).not.toContain("recomp.run.state_changed");
  });

  it("of a run that has ended are waited for by nobody", async () => {
    const { runs } = await inStore(...begun, END);
    expect(await namesOf(runs.events(runId, { last: 0, follow: true }))).toEqual([]);
  });

  it("are followed no longer than they are asked for", async () => {
    const { runs } = await inStore(...begun);
    const stop = new AbortController();
    const following = namesOf(runs.events(runId, { last: 1, follow: true, signal: stop.signal }));
    stop.abort();
    await following;
    const closed = namesOf(runs.events(runId, { follow: true }));
    await runs.close();
    await closed;
  });
});

describe("a decision", () => {
  it("is refused from nobody in particular, and at a gate at which the run does not wait", async () => {
    const { runs } = runsWith();
    await runs.start("manifest.json");
    const nobody = runs.approve(runId, "publish", { by: "not a principal", reason: "checked" });
    await expect(nobody).rejects.toMatchObject({ name: "InvalidInputError" });
    const early = runs.reject(runId, "publish", { by: "alice", reason: "checked" });
    await expect(early).rejects.toThrow(/waits at no gate/);
  });
});
