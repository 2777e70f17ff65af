import { HistoryError } from "../errors.ts";
import type { HistoryEventType } from "./event.ts";
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

const utf8 = (text: string): Uint8Array => Buffer.from(text);

const [COMMA, CLOSE_LIST] = [0x2c, 0x5d];
const FIRST = utf8('"first":');
const TIME = utf8(',"time":');
const EVENTS = utf8(',"events":[');
const CLOSE_LINE = utf8("]}\n");

/** The beginning of an event up to its value, as bytes. */
class Head {
  readonly type: Uint8Array;
  readonly name: Uint8Array;
  /** All of it, where the event follows the one before it at once. */
  readonly atOnce: Uint8Array;

  constructor(type: HistoryEventType, name: string | undefined) {
    const [ofType, ofName] = [`["${type}",`, `,${JSON.stringify(name ?? null)}`];
    this.type = utf8(ofType);
    this.name = utf8(ofName);
    this.atOnce = utf8(`${ofType}1,0${ofName}`);
  }
}

/** Beginnings of events by kind and name; there are few. */
export class CompactHeads {
  readonly #heads = new Map<EventKind, Map<string | undefined, Head>>();

  of({ kind, name }: EventRecord): Head {
    return this.#heads.get(kind)?.get(name) ?? this.#make(kind, name);
  }

  #make(kind: EventKind, name: string | undefined): Head {
    const byName = this.#heads.get(kind) ?? new Map<string | undefined, Head>();
    const head = new Head(kind.type, name);
    this.#heads.set(kind, byName.set(name, head));
    return head;
  }
}

/**
 * Adds {@link CompactEvents} as a line of JSON, behind a bracket that opens it and fields of its own, if it has any. There
 * must be a record at least.
 */
export function writeCompact(lines: Utf8Text, records: readonly EventRecord[], heads: CompactHeads): void {
  const { id, time } = records[0]!;
  lines.addBytes(FIRST);
  lines.addJson(id);
  lines.addBytes(TIME);
  lines.addJson(time);
  lines.addBytes(EVENTS);
  let value: unknown;
  let last = time;
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    if (index > 0) lines.addByte(COMMA);
    writeHead(lines, heads.of(record), record.id - record.previousEventId, record.time - last);
    if (record.extra !== undefined || record.value !== value) {
      lines.addByte(COMMA);
      lines.addJson(record.value);
    }
    if (record.extra !== undefined) {
      lines.addByte(COMMA);
      lines.addJson(record.extra);
    }
    lines.addByte(CLOSE_LIST);
    value = record.value;
    last = record.time;
  }
  lines.addBytes(CLOSE_LINE);
}

function writeHead(lines: Utf8Text, head: Head, back: number, later: number): void {
  if (back === 1 && later === 0) {
    lines.addBytes(head.atOnce);
    return;
  }
  lines.addBytes(head.type);
  lines.addJson(back);
  lines.addByte(COMMA);
  lines.addJson(later);
  lines.addBytes(head.name);
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
