import type { RunId } from "../../../shared/contracts/ids.ts";
import type { NotedStart, StartStore } from "../../../shared/stores/starts.ts";

/** Starts that this process alone knows. @param now when a run is noted */
export function memoryStarts(now: () => number = () => 1) {
  const noted = new Map<RunId, NotedStart>();
  const places = new Set<RunId>();
  const starts: StartStore = {
    async note(runId, priority) {
      noted.set(runId, { runId, priority, since: noted.get(runId)?.since ?? now() });
    },
    forget: async (runId) => void noted.delete(runId),
    async *list() {
      yield* [...noted.values()].sort((one, other) => (one.runId < other.runId ? -1 : 1));
    },
    async takePlace(runId, most) {
      if (!places.has(runId) && places.size >= most) return false;
      places.add(runId);
      return true;
    },
    givePlace: async (runId) => void places.delete(runId),
    async *inPlaces() {
      yield* [...places];
    },
  };
  return { starts, noted, places };
}
