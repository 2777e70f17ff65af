import { Cancellation } from "../../contracts/cancellation.ts";
import { checkWritable } from "../formats.ts";
import type { CancellationStore } from "../ports.ts";
import { type MemoryWorld, runOf } from "./world.ts";

export function memoryCancellations(world: MemoryWorld): CancellationStore {
  return {
    async request(runId, cancellation) {
      const run = runOf(world, runId);
      if (run.cancellation === undefined) checkWritable(runId, run.record.formats);
      run.cancellation ??= Cancellation.parse(cancellation);
      run.changes.announce();
      return run.cancellation;
    },
    find: async (runId) => runOf(world, runId).cancellation,
    async wait(runId, signal) {
      const run = runOf(world, runId);
      signal.addEventListener("abort", run.changes.announce);
      try {
        while (run.cancellation === undefined && !signal.aborted) await run.changes.next();
        return run.cancellation;
      } finally {
        signal.removeEventListener("abort", run.changes.announce);
      }
    },
  };
}
