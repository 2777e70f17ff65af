import { beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collectGarbage } from "../../../shared/runs/retention/collect.ts";
import { DEFAULT_RETENTION } from "../../../shared/runs/retention/policy.ts";
import { removalsOnRecord } from "../../../shared/runs/retention/removals.ts";
import { collect } from "../../../shared/stores/collect.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import type { RetentionStore } from "../../../shared/stores/retention.ts";
import { adapters } from "../../stores/support/adapters.ts";
import type { Client, Harness } from "../../stores/support/harness.ts";
import { ALICE, binary, DAY, HOUR, NOW, naming, runId, type WrittenRun, writeRun } from "./worlds.ts";

const ZERO = { keepFailed: 0, keepIntermediates: 0, grace: 0 };
const RUN = runId(1);

describe.each(adapters.filter(({ name }) => !name.includes("this machine")))("retention on $name", (adapter) => {
  let harness: Harness;
  let writer: Client;
  beforeEach(async () => {
    harness = await adapter.start();
    writer = await opened(NOW - 100 * DAY);
    return () => harness.dispose();
  });

  /** A process that opens the store. */
  const opened = async (at = NOW) => {
    const client = await harness.open();
    client.clock.advance(at - client.clock.now());
    return client;
  };
  const put = (bytes: Uint8Array) => writer.artifacts.put("other", bytes);
  const gc = async (stores?: Stores, policy = DEFAULT_RETENTION, isDryRun = false) => {
    const client = await opened();
    return collectGarbage(stores ?? client, { policy, isDryRun, clock: client.clock });
  };
  const stored = async () => (await collect(writer.retention.artifacts())).map(({ ref }) => ref);

  /** A run with one artifact in every place that may name one. */
  async function wholeRun(state: WrittenRun["state"], at: number) {
    const elf = await put(binary("elf"));
    const module = await put(naming("module", elf));
    const earlier = await put(naming("snapshot of a run before"));
    const replayed = await put(naming("fact to replay", earlier));
    const index = await put(naming("facts to replay", replayed));
    const config = await put(naming("config", index));
    const source = await put(naming("source"));
    const wasm = await put(binary("wasm"));
    const bundle = await put(naming("bundle", module, wasm));
    const snapshot = await put(naming("snapshot"));
    const takenOver = await put(naming("fact of another run"));
    const trail = { steps: [{ snapshot }], facts: [{ key: "k", attempt: 0, payload: takenOver }] };
    const provenance = await put(Buffer.from(JSON.stringify({ trail })));
    const attestation = await put(naming("attestation", snapshot));
    const told = await put(naming("snapshot that a fact tells of"));
    const fact = await put(naming("fact", told));
    const shard = await put(binary("shard"));
    const report = await put(naming("report", shard));
    const input = await put(naming("input"));
    await writeRun(writer, {
      id: RUN,
      state,
      at,
      manifests: [module, config, source],
      bundle,
      provenance: [provenance, attestation],
      facts: [fact],
      emitted: [report],
      history: [input],
    });
    const manifests = [module, config, source];
    const forGood = [...manifests, elf, bundle, wasm, provenance, attestation, takenOver, fact, index, replayed];
    return { manifests, forGood, intermediates: [snapshot, told, report, shard, input, earlier] };
  }

  it("keeps all of a run that has not ended, whatever leads to it", async () => {
    await wholeRun("running", NOW - 90 * DAY);
    const before = await stored();
    expect(await gc(undefined, ZERO)).toMatchObject({
      removed: [],
      problems: [],
      kept: { run_not_ended: { count: 18 } },
    });
    expect(await stored()).toEqual(before);
  });

  it("keeps what a queued run was submitted with", async () => {
    const elf = await put(binary("elf"));
    const module = await put(naming("module", elf));
    await writeRun(writer, { id: RUN, state: "queued", at: NOW - 90 * DAY, manifests: [module, module, module] });
    const other = await put(binary("other"));
    expect((await gc(undefined, ZERO)).removed.map(({ name }) => name)).toEqual([other]);
  });

  it("keeps of a succeeded run after its time what cannot be made again, and what it published", async () => {
    const { forGood, intermediates } = await wholeRun("succeeded", NOW - 7 * DAY);
    const { removed, kept } = await gc();
    expect(removed.map(({ name }) => name).toSorted()).toEqual(intermediates.toSorted());
    expect(new Set(removed.map(({ why }) => why))).toEqual(new Set(["intermediate_expired"]));
    expect(await stored()).toEqual(forGood.toSorted());
    expect(kept).toMatchObject({
      bundle: { count: 3 },
      provenance: { count: 2 },
      fact: { count: 2 },
      input: { count: 3 },
    });
  });

  it("keeps of a failed run after its time the manifests", async () => {
    const { manifests } = await wholeRun("failed", NOW - 30 * DAY);
    const { removed } = await gc();
    expect(new Set(removed.map(({ why }) => why))).toEqual(new Set(["failed_run_expired"]));
    expect(await stored()).toEqual(manifests.toSorted());
  });

  it.each(["succeeded", "failed"] as const)("keeps all of a %s run as long as its time is not over", async (state) => {
    await wholeRun(state, NOW - 6 * DAY);
    expect((await gc()).removed).toEqual([]);
  });

  it("says how much it freed", async () => {
    await put(binary("12345"));
    await put(binary("123"));
    const { freed_bytes, removed } = await gc();
    expect(freed_bytes).toBe(6 + 4);
    expect(removed.map(({ why }) => why)).toEqual(["unreferenced", "unreferenced"]);
  });

  it("keeps what was put within the grace, though it was there long before", async () => {
    await put(binary("submitted again"));
    const submitter = await opened(NOW - HOUR);
    await submitter.artifacts.put("manifest", binary("submitted again"));
    expect(await gc()).toMatchObject({ removed: [], kept: { recently_put: { count: 1 } } });
  });

  it("leaves events and history as they are", async () => {
    await wholeRun("failed", NOW - 99 * DAY);
    const events = await collect(writer.events.read(RUN));
    const history = await collect(writer.history.read(RUN));
    await gc(undefined, ZERO);
    expect(await collect(writer.events.read(RUN))).toEqual(events);
    expect(await collect(writer.history.read(RUN))).toEqual(history);
    await writer.events.verifyChain(RUN);
  });

  it("removes nothing the second time", async () => {
    await wholeRun("succeeded", NOW - 90 * DAY);
    expect((await gc()).removed).not.toEqual([]);
    expect((await gc()).removed).toEqual([]);
  });

  it("puts on record what it removed, when and why", async () => {
    const ref = await put(binary("old"));
    await gc();
    expect([...(await removalsOnRecord(writer.retention))]).toEqual([
      [ref, { at: new Date(NOW).toISOString(), artifact: ref, size: 4, why: "unreferenced", outcome: "removed" }],
    ]);
  });

  describe("beside what is going on in the store", () => {
    it("keeps what a run at work has put and not yet told of", async () => {
      const old = await put(binary("from before"));
      await writeRun(writer, { id: RUN, state: "running", at: NOW - 99 * DAY, manifests: [old, old, old] });
      const unrelated = await put(binary("unrelated"));
      writer.clock.advance(DAY);
      const lease = await writer.leases.acquire(RUN, ALICE);
      const untold = await put(binary("untold"));
      expect(await gc(undefined, ZERO)).toMatchObject({
        removed: [{ name: unrelated }],
        kept: { run_at_work: { count: 1 } },
      });
      await lease.release();
      expect((await gc(undefined, ZERO)).removed).toMatchObject([{ name: untold }]);
    });

    it("keeps what is put while it looks, and says so in the record", async () => {
      const ref = await put(binary("wanted again"));
      const client = await opened();
      const putter = await opened();
      const retention: RetentionStore = {
        ...client.retention,
        async remove(artifact) {
          await putter.artifacts.put("output", binary("wanted again"));
          return client.retention.remove(artifact);
        },
      };
      expect(await gc({ ...client, retention }, ZERO)).toMatchObject({
        removed: [],
        kept: { recently_put: { count: 1 } },
      });
      expect(await stored()).toEqual([ref]);
      expect(await removalsOnRecord(writer.retention)).toEqual(new Map());
    });

    it("keeps what a run refers to that appears in the middle of the sweep", async () => {
      const refs: ArtifactRef[] = [];
      for (let n = 0; n < 150; n += 1) refs.push(await put(binary(String(n))));
      const [last] = refs.toSorted().slice(-1) as [ArtifactRef];
      const client = await opened();
      let swept = 0;
      const retention: RetentionStore = {
        ...client.retention,
        async remove(artifact) {
          swept += 1;
          if (swept === 3) await writeRun(writer, { id: RUN, state: "queued", at: NOW, manifests: [last, last, last] });
          return client.retention.remove(artifact);
        },
      };
      const { removed, kept } = await gc({ ...client, retention }, ZERO);
      expect(removed).toHaveLength(149);
      expect(kept.run_not_ended.count).toBe(1);
      expect(await stored()).toEqual([last]);
    });

    it("keeps what a run at work comes to refer to before the sweep", async () => {
      const old = await put(binary("from before"));
      const found = await put(binary("found"));
      await writeRun(writer, { id: RUN, state: "running", at: NOW - 99 * DAY, manifests: [old, old, old] });
      const client = await opened();
      const retention: RetentionStore = {
        ...client.retention,
        async *artifacts() {
          yield* client.retention.artifacts();
          const { seq } = await writer.events.head(RUN);
          const event = { actor: ALICE, attempt: 0, kind: "domain", payload: {}, payload_ref: found } as const;
          await writer.events.append(RUN, seq, [{ ...event, ts: new Date(NOW).toISOString(), name: "found" }]);
        },
      };
      expect((await gc({ ...client, retention }, ZERO)).removed).toEqual([]);
      expect(await stored()).toEqual([old, found].toSorted());
    });

    it("may be done twice at once", async () => {
      const { forGood, intermediates } = await wholeRun("succeeded", NOW - 90 * DAY);
      const collections = await Promise.all([gc(), gc(), gc()]);
      const removed = collections.flatMap((one) => one.removed.map(({ name }) => name));
      expect(removed.toSorted()).toEqual(intermediates.toSorted());
      expect(await stored()).toEqual(forGood.toSorted());
      expect([...(await removalsOnRecord(writer.retention)).keys()].toSorted()).toEqual(intermediates.toSorted());
    });
  });

  describe("when a run cannot be read", () => {
    const expectNothingRemoved = async (message: RegExp) => {
      await put(binary("unrelated"));
      const before = await stored();
      const { removed, problems, kept } = await gc(undefined, ZERO);
      expect(removed).toEqual([]);
      expect(problems).toEqual([{ run_id: RUN, message: expect.stringMatching(message) }]);
      expect(kept.run_unreadable.count).toBe(before.length);
      expect(await stored()).toEqual(before);
    };

    it.each(["events", "history"] as const)("for its %s are damaged, removes nothing", async (log) => {
      await wholeRun("succeeded", NOW - 90 * DAY);
      await harness.damageLog(RUN, log, ([first = "", ...rest]) => [first.slice(0, -2), ...rest]);
      await expectNothingRemoved(new RegExp(`run ${RUN}: .*damaged`));
    });

    it("for its events tell of what cannot have been, removes nothing", async () => {
      await wholeRun("succeeded", NOW - 90 * DAY);
      const event = { ts: new Date(NOW).toISOString(), actor: ALICE, attempt: 0, kind: "kernel" } as const;
      const { seq } = await writer.events.head(RUN);
      await writer.events.append(RUN, seq, [{ ...event, name: "run_completed", payload: { status: "completed" } }]);
      await expectNothingRemoved(/cannot go from succeeded/);
    });

    it("for it has not ended and something it refers to is missing, removes nothing", async () => {
      const { forGood } = await wholeRun("running", NOW - 90 * DAY);
      for await (const artifact of writer.retention.artifacts()) {
        if (artifact.ref === forGood[4]) await writer.retention.remove(artifact);
      }
      await expectNothingRemoved(new RegExp(`has not ended.*${forGood[4]}.* not found.*resume the run`));
    });

    it("for it has not ended and something it refers to is damaged, removes nothing and leaves the damage", async () => {
      const { manifests } = await wholeRun("running", NOW - 90 * DAY);
      await harness.damageArtifact(manifests[0]!, Buffer.from("damaged"));
      await expectNothingRemoved(/has not ended.*damaged/);
    });

    it("stops the sweep when that shows on the way", async () => {
      for (let n = 0; n < 150; n += 1) await put(binary(String(n)));
      const client = await opened();
      const retention: RetentionStore = {
        ...client.retention,
        async remove(artifact) {
          if (!(await writer.runs.has(RUN))) {
            await wholeRun("succeeded", NOW);
            await harness.damageLog(RUN, "events", (lines) => lines.slice(1));
          }
          return client.retention.remove(artifact);
        },
      };
      const { removed, problems, kept } = await gc({ ...client, retention }, ZERO);
      expect(problems).toHaveLength(1);
      expect(removed).toHaveLength(64);
      expect(kept.run_unreadable.count).toBe(150 - 64);
    });
  });

  it("is not stopped by what it removed itself, though a run at work leads to it", async () => {
    const gone = await put(naming("snapshot of a run before"));
    await gc();
    const index = await put(naming("facts to replay", gone));
    const config = await put(naming("config", index));
    await writeRun(writer, { id: RUN, state: "running", at: NOW, manifests: [config, config, config] });
    const unrelated = await put(binary("unrelated"));
    expect(await gc()).toMatchObject({ problems: [], removed: [{ name: unrelated }] });
  });

  it("is not stopped by what an ended run has lost", async () => {
    const { manifests, forGood } = await wholeRun("succeeded", NOW - 90 * DAY);
    await harness.damageArtifact(manifests[0]!, Buffer.from("damaged"));
    await harness.damageArtifact(forGood[6]!, Buffer.from("damaged"));
    const { problems, removed } = await gc();
    expect(problems).toEqual([]);
    expect(removed.length).toBeGreaterThan(0);
    expect(await stored()).toEqual(expect.arrayContaining([manifests[0], forGood[6]]));
  });

  describe("what was set aside", () => {
    const damage = async () => {
      const ref = await put(binary("to be damaged"));
      await harness.damageArtifact(ref, Buffer.from("damaged"));
      await writer.artifacts.get(ref).catch(() => undefined);
    };

    it("goes after 30 days, and not before", async () => {
      await damage();
      writer.clock.advance(NOW - 30 * DAY + 1 - writer.clock.now());
      await damage();
      const { removed } = await gc();
      expect(removed).toMatchObject([{ why: "set_aside_expired", size: 7 }]);
      expect(await collect(writer.retention.setAside())).toHaveLength(1);
    });
  });

  describe("in a dry run", () => {
    it("tells what would go, and changes nothing", async () => {
      await wholeRun("succeeded", NOW - 90 * DAY);
      await put(binary("unrelated"));
      const before = await collect(writer.retention.artifacts());
      const foreseen = await gc(undefined, DEFAULT_RETENTION, true);
      expect(foreseen.removed).toHaveLength(7);
      expect(await collect(writer.retention.artifacts())).toEqual(before);
      expect(await collect(writer.retention.removals())).toEqual([]);
      const { is_dry_run, ...done } = await gc();
      expect(foreseen).toEqual({ ...done, is_dry_run: true });
      expect(is_dry_run).toBe(false);
    });
  });
});
