import { expect, it } from "vitest";
import { RunId } from "../../shared/contracts/ids.ts";
import { listRuns } from "../../shared/runs/list-runs.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { submit } from "../../shared/runs/submit.ts";
import { CorruptionError } from "../../shared/stores/errors.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { packedExit } from "./exit-program.ts";

const EARLY = RunId.parse("00000000-0000-4000-8000-000000000001");
const LATE = RunId.parse("00000000-0000-4000-8000-000000000002");
const BROKEN = RunId.parse("00000000-0000-4000-8000-000000000003");

/** Three runs of one program, submitted a second apart: the last has a log that cannot be read. */
async function three(): Promise<Stores> {
  let now = Date.parse("2026-01-01T00:00:00.000Z");
  const stores = createMemoryStores({ clock: { now: () => now, every: () => () => {}, delay: async () => {} } });
  for (const run_id of [EARLY, LATE, BROKEN]) {
    const packed = packedExit();
    await submit(stores, packageSource({ ...packed, submission: { ...packed.submission, run_id } }));
    now += 1_000;
  }
  const damaged = { where: "events.jsonl", expected: "an event", found: "half of one", remedy: "restore it" };
  return {
    ...stores,
    events: {
      ...stores.events,
      read(runId, ...range) {
        if (runId === BROKEN) throw new CorruptionError("the log", damaged);
        return stores.events.read(runId, ...range);
      },
    },
  };
}

it("the one submitted last comes first, and those that cannot be read last, with the reason", async () => {
  const listed = await listRuns(await three());
  expect(listed).toEqual([
    {
      run_id: LATE,
      name: "exit",
      state: "queued",
      stage: "none",
      created_at: "2026-01-01T00:00:01.000Z",
      interrupted: true,
    },
    expect.objectContaining({ run_id: EARLY, created_at: "2026-01-01T00:00:00.000Z" }),
    { run_id: BROKEN, unreadable: expect.stringMatching(/^the log in events\.jsonl is damaged/) },
  ]);
});

it("of a run that has ended the projection is enough; of others it is not asked", async () => {
  const stores = await three();
  const ended = { run_id: BROKEN, state: "failed", reason: "cancelled", current_stage: "lift", task_lane: "general" };
  const status = { ...ended, attempt_count: 3, stall_reason: "none", artifacts: [] };
  await stores.runs.writeStatus(BROKEN, status);
  await stores.runs.writeStatus(EARLY, { ...status, run_id: EARLY, state: "running" });
  const listed = await listRuns(stores);
  expect(listed).toContainEqual(
    expect.objectContaining({ run_id: BROKEN, state: "failed", reason: "cancelled", stage: "lift" }),
  );
  expect(listed).toContainEqual(expect.objectContaining({ run_id: EARLY, state: "queued", stage: "none" }));
});

it("a module whose manifest was collected has no name", async () => {
  const stores = await three();
  const get = () => Promise.reject(new Error("collected"));
  const listed = await listRuns({ ...stores, artifacts: { ...stores.artifacts, get } });
  expect(listed).toHaveLength(3);
  for (const run of listed) expect(run).not.toHaveProperty("name");
});
