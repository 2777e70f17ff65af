import type { EventEnvelope } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { checkReadable, RUN_FORMATS, type RunFormats } from "../formats.ts";
import { decodeEvent, decodeFirstEvent, decodeJson, EMPTY_HEAD } from "../log-lines.ts";
import type { Head, Json } from "../ports.ts";

/** What a log's lines mean: an entry each, and a state that the lines before lead to. */
export interface LogFormat<Entry, State, Name extends string = "events.jsonl" | "history.jsonl"> {
  /** The path of the log below the folder that is leased. */
  readonly name: Name;
  readonly start: State;
  /** @throws CorruptionError when the line cannot follow the state */
  decode(state: State, line: Buffer, where: string): { readonly entry: Entry; readonly state: State };
  /** Looks at where the whole batches end, before anything behind them is cut off. @throws CorruptionError */
  checkEnd?(state: State, where: string): void;
}

/** The events of a log as it is written now, or was by an earlier version. */
export function eventFormat(runId: RunId, version = RUN_FORMATS.events): LogFormat<EventEnvelope, Head> {
  const decode = version === 1 ? decodeFirstEvent : decodeEvent;
  return {
    name: "events.jsonl",
    start: EMPTY_HEAD,
    decode(head, line, where) {
      const { event, head: state } = decode(runId, head, line, where);
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

/** How a log is written, by what the run's record says. @throws UnsupportedFormatError */
export type FormatOf<Entry, State> = (formats: RunFormats) => LogFormat<Entry, State>;

export function eventsOf(runId: RunId): FormatOf<EventEnvelope, Head> {
  return (formats) => {
    checkReadable(runId, formats, "record", "events");
    return eventFormat(runId, formats.events);
  };
}

export function historyOf(runId: RunId): FormatOf<Json, number> {
  return (formats) => {
    checkReadable(runId, formats, "record", "history");
    return historyFormat;
  };
}
