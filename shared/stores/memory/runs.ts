import { type Clock, rfc3339 } from "../clock.ts";
import { checkReadable } from "../formats.ts";
import { checkRunId } from "../identifiers.ts";
import { EMPTY_HEAD, encodeJson } from "../log-lines.ts";
import type { Json, RunStore } from "../ports.ts";
import { checkSameSubmission, newRunRecord } from "../stored-run.ts";
import type { MemoryLeases } from "./leases.ts";
import { type MemoryWorld, newRun, runOf } from "./world.ts";

export function memoryRuns(world: MemoryWorld, leases: MemoryLeases, clock: Clock): RunStore {
  return {
    async create(runId, submission) {
      const wanted = newRunRecord(checkRunId(runId), structuredClone(submission), rfc3339(clock.now()));
      const existing = world.runs.get(runId)?.record;
      if (existing !== undefined) checkReadable(runId, existing.formats, "record");
      if (existing !== undefined) return { record: checkSameSubmission(existing, wanted), isNew: false };
      world.runs.set(runId, newRun(wanted, EMPTY_HEAD));
      return { record: wanted, isNew: true };
    },
    async get(runId) {
      const { record } = runOf(world, runId);
      checkReadable(runId, record.formats, "record");
      return record;
    },
    has: async (runId) => world.runs.has(checkRunId(runId)),
    list: async () => [...world.runs.keys()].sort(),
    async writeStatus(runId, status) {
      const run = runOf(world, runId);
      leases.checkNotLost(runId);
      run.status = encodeJson([status])[0];
    },
    async readStatus(runId) {
      const { status } = runOf(world, runId);
      return status === undefined ? undefined : (JSON.parse(status) as Json);
    },
  };
}
