import { HistoryError } from "../errors.ts";
import type { HistoryEventType } from "./event.ts";
import type { JsonText } from "./json-text.ts";
import { type EventKind, KINDS } from "./kinds.ts";
import { EventRecord } from "./record.ts";

/**
 * Events in a row, told with as little text as possible: what follows from the event before is left out.
 *
 * Each is `[type, back, later, name, value?, extra?]`: how many events before it its predecessor is, how many
 * milliseconds after the one before it, and its name. Without a value it has the value of the event before: a state's
 * input is mostly the output of the state before.
 */
export interface CompactEvents {
  /** Id of the first. */
  readonly first: number;
  /** Milliseconds since the epoch of the first. */
  readonly time: number;
  readonly events: readonly CompactEvent[];
}

export type CompactEvent = readonly [
  type: HistoryEventType,
  back: number,
  later: number,
  name: string | null,
  value?: unknown,
  extra?: unknown,
];

/** Beginnings of events that follow the one before them at once, by kind and name; there are few. */
export class CompactHeads {
  readonly #texts = new Map<EventKind, Map<string | undefined, string>>();

  of({ kind, name }: EventRecord): string {
    let byName = this.#texts.get(kind);
    if (byName === undefined) {
      byName = new Map();
      this.#texts.set(kind, byName);
    }
    let text = byName.get(name);
    if (text === undefined) {
      text = `["${kind.type}",1,0,${JSON.stringify(name ?? null)}`;
      byName.set(name, text);
    }
    return text;
  }
}

/** JSON text of {@link CompactEvents}, without the outer brackets. There must be a record at least. */
export function compactText(records: readonly EventRecord[], text: JsonText, heads: CompactHeads): string {
  const { id, time } = records[0]!;
  let events = "";
  let value: unknown;
  let last = time;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    const back = record.id - record.previousEventId;
    const isAtOnce = back === 1 && record.time === last;
    if (index > 0) events += ",";
    events += isAtOnce
      ? heads.of(record)
      : `["${record.kind.type}",${back},${record.time - last},${text.quotedName(record.name)}`;
    if (record.extra !== undefined) events += `,${text.of(record.value)},${JSON.stringify(record.extra)}]`;
    else if (record.value === value) events += "]";
    else events += `,${text.of(record.value)}]`;
    value = record.value;
    last = record.time;
  }
  return `"first":${id},"time":${time},"events":[${events}]`;
}

/** @throws HistoryError if a type is unknown. */
export function readCompact({ first, time, events }: CompactEvents): EventRecord[] {
  let value: unknown;
  let at = time;
  return events.map((event, index) => {
    const [type, back, later, name, ownValue, extra] = event;
    const kind = KINDS[type];
    if (kind === undefined)
      throw new HistoryError(`history event ${first + index}: expected a known event type, found "${type}"`);
    if (event.length > 4) value = ownValue;
    at += later;
    return new EventRecord(first + index, first + index - back, kind, at, name ?? undefined, value, extra);
  });
}
