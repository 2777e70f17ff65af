import { type EventRecord, fromHistoryEvent } from "../../asl/engine.ts";
import type { HistoryEvent } from "../../asl/index.ts";
import type { NamedArtifact } from "./artifacts.ts";
import type { Findings } from "./findings.ts";
import { KIND_OF_FIELD } from "./kinds.ts";
import { referencesIn } from "./references.ts";

/** Each entry of the execution history by its kind and its place. @returns those that can be read */
export function checkHistory(history: readonly HistoryEvent[], findings: Findings): EventRecord[] {
  return history.flatMap((entry, index) => {
    const place = `entry ${index + 1}`;
    try {
      const record = fromHistoryEvent(entry);
      if (record.id !== index + 1)
        findings.problem("execution history", `${place}, field id`, `${index + 1}`, `${entry.id}`);
      const { previousEventId: previous } = record;
      const isBehind = Number.isInteger(previous) && previous >= 0 && previous < record.id;
      if (!isBehind) {
        findings.problem("execution history", `${place}, field previousEventId`, "an earlier entry", `${previous}`);
      }
      return [record];
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      findings.problem("execution history", place, "an entry as GetExecutionHistory shows it", found);
      return [];
    }
  });
}

/** Every artifact that the history's payloads name. */
export function artifactsInHistory(history: readonly EventRecord[]): NamedArtifact[] {
  const seen = new Set<string>();
  return history.flatMap(({ id, value, kind: { type } }) =>
    referencesIn(value, seen).map((reference) => {
      return { ...reference, in: `history entry ${id} (${type})`, kind: KIND_OF_FIELD[reference.field] };
    }),
  );
}
