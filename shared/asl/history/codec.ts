import { HistoryError } from "../errors.ts";
import { parseExact } from "../query/index.ts";
import type { EventDetails, HistoryEvent } from "./event.ts";
import { JsonText } from "./json-text.ts";
import { type EventKind, KINDS, type ParseText } from "./kinds.ts";
import { EventRecord, Moment } from "./record.ts";

/** A record as GetExecutionHistory shows it. */
export function toHistoryEvent(record: EventRecord, text: JsonText = new JsonText()): HistoryEvent {
  const details = record.kind.shape.write(record, text);
  return {
    id: record.id,
    previousEventId: record.previousEventId,
    type: record.kind.type,
    timestamp: record.time / 1000,
    ...(details === undefined ? {} : { [record.kind.detailsKey]: details }),
  };
}

/**
 * A record as JSON without the bracket that opens it, which may have fields of its own before: what
 * `JSON.stringify(toHistoryEvent(record))` gives, sooner.
 */
export function toJsonLine(record: EventRecord, text: JsonText): string {
  const { kind } = record;
  const start = `"id":${record.id},"previousEventId":${record.previousEventId},"type":"${kind.type}","timestamp":${text.seconds(record.time)}`;
  if (kind.shape.writeText !== undefined) return `${start},"${kind.detailsKey}":${kind.shape.writeText(record, text)}}`;
  const details = kind.shape.write(record, text);
  return details === undefined ? `${start}}` : `${start},"${kind.detailsKey}":${JSON.stringify(details)}}`;
}

/** A payload's text as a value. */
const parseText: ParseText = (text) => (typeof text === "string" ? parseExact(text) : undefined);

/**
 * The same for events in a row: what one state gave is what the next one took, and is one value again. A history is then
 * read back in as much memory as it took when it was made.
 */
export function sharingParse(): ParseText {
  let last: unknown;
  let value: unknown;
  return (text) => {
    if (text === undefined || text !== last) {
      value = parseText(text);
      last = text;
    }
    return value;
  };
}

/**
 * A recorded event read back.
 *
 * @throws HistoryError if the type is unknown or a payload in the details is not JSON.
 */
export function fromHistoryEvent(event: HistoryEvent, parse: ParseText = parseText): EventRecord {
  const kind: EventKind | undefined = KINDS[event.type];
  if (kind === undefined)
    throw new HistoryError(`history event ${event.id}: expected a known event type, found "${event.type}"`);
  const details = (event[kind.detailsKey] ?? {}) as EventDetails;
  const { name, value, extra } = readDetails(event, kind, details, parse);
  return new EventRecord(
    event.id,
    event.previousEventId,
    kind,
    new Moment(Math.round(event.timestamp * 1000)),
    name,
    value,
    extra,
  );
}

function readDetails(event: HistoryEvent, kind: EventKind, details: EventDetails, parse: ParseText) {
  try {
    return kind.shape.read(details, parse);
  } catch (error) {
    throw new HistoryError(`history event ${event.id} (${event.type}): its payload is not JSON`, { cause: error });
  }
}
