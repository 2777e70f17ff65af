import { checkRunId } from "../identifiers.ts";
import type { HistoryStore } from "../ports.ts";
import { type LogFiles, readEntries, verifyLog } from "./events.ts";
import { historyOf } from "./log-format.ts";

/** `history.jsonl`: one entry a line. */
export function fileHistory(files: LogFiles): HistoryStore {
  return {
    append: (runId, entries) => files.writers.use(checkRunId(runId), (writer) => writer.appendHistory(entries)),
    async *read(runId) {
      for await (const { entry } of readEntries(files, runId, historyOf(runId))) yield entry;
    },
    verify: (runId) => verifyLog(files, runId, historyOf(runId)),
  };
}
