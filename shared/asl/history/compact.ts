import { HistoryError } from "../errors.ts";
import type { HistoryEventType } from "./event.ts";
import type { JsonText } from "./json-text.ts";
import { type EventKind, KINDS } from "./kinds.ts";
import { EventRecord, Moment } from "./record.ts";
import type { Utf8Text } from "./utf8-text.ts";

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

/** Events put together as one string before they become bytes. */
const EVENTS_AT_ONCE = 32;

/**
 * Adds {@link CompactEvents} as a line of JSON. There must be a record at least.
 *
 * @param head what opens the line: a bracket, and fields of its own if it has any.
 */
export function writeCompact(
  lines: Utf8Text,
  head: string,
  records: readonly EventRecord[],
  text: JsonText,
  heads: CompactHeads,
): void {
  const { id, time } = records[0]!;
  let line = `${head}"first":${id},"time":${time},"events":[`;
  let value: unknown;
  let last = time;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    const back = record.id - record.previousEventId;
    const isAtOnce = back === 1 && record.time === last;
    if (index > 0) line += ",";
    line += isAtOnce
      ? heads.of(record)
      : `["${record.kind.type}",${back},${record.time - last},${text.quotedName(record.name)}`;
    if (record.extra !== undefined) line += `,${text.of(record.value)},${JSON.stringify(record.extra)}]`;
    else if (record.value === value) line += "]";
    else line += `,${text.of(record.value)}]`;
    value = record.value;
    last = record.time;
    if ((index + 1) % EVENTS_AT_ONCE !== 0) continue;
    lines.add(line);
    line = "";
  }
  lines.add(`${line}]}\n`);
}

/** @throws HistoryError if a type is unknown. */
export function readCompact({ first, time, events }: CompactEvents): EventRecord[] {
  let value: unknown;
  let moment = new Moment(time);
  return events.map((event, index) => {
    const [type, back, later, name, ownValue, extra] = event;
    const kind = KINDS[type];
    if (kind === undefined)
      throw new HistoryError(`history event ${first + index}: expected a known event type, found "${type}"`);
    if (event.length > 4) value = ownValue;
    if (later !== 0) moment = new Moment(moment.milliseconds + later);
    return new EventRecord(first + index, first + index - back, kind, moment, name ?? undefined, value, extra);
  });
}
