import type { EventEnvelope } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { decodeEvent, decodeJson, EMPTY_HEAD } from "../log-lines.ts";
import type { Head, Json } from "../ports.ts";

/** What a log's lines mean: an entry each, and a state that the lines before lead to. */
export interface LogFormat<Entry, State> {
  readonly name: "events.jsonl" | "history.jsonl";
  readonly start: State;
  /** @throws CorruptionError when the line cannot follow the state */
  decode(state: State, line: Buffer, where: string): { readonly entry: Entry; readonly state: State };
}

export function eventFormat(runId: RunId): LogFormat<EventEnvelope, Head> {
  return {
    name: "events.jsonl",
    start: EMPTY_HEAD,
    decode(head, line, where) {
      const { event, head: state } = decodeEvent(runId, head, line, where);
      return { entry: event, state };
    },
  };
}

/** The state is the number of lines. */
export const historyFormat: LogFormat<Json, number> = {
  name: "history.jsonl",
  start: 0,
  decode: (count, line, where) => ({ entry: decodeJson(count + 1, line, where), state: count + 1 }),
};
