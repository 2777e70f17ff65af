import type { EventKind } from "./kinds.ts";

/** When events happened: V8 makes a number of this size anew for each object that holds it, so those of one moment share it. */
export class Moment {
  /** Since the epoch. */
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/**
 * An event as the interpreter keeps it: values by reference instead of JSON text, milliseconds instead of seconds.
 * It turns into a {@link HistoryEvent} when somebody reads it. One class with fixed fields, because an execution makes
 * two of these for every state it passes.
 */
export class EventRecord {
  readonly id: number;
  readonly previousEventId: number;
  readonly kind: EventKind;
  readonly moment: Moment;
  /** State name, or undefined where the kind has none. */
  readonly name: string | undefined;
  /** The payload of the kind: input, output, parameters, error and cause. Never changed once it is here. */
  readonly value: unknown;
  /** What else the kind's details hold: assigned variables, resource and timeouts, iteration index. */
  readonly extra: unknown;

  constructor(
    id: number,
    previousEventId: number,
    kind: EventKind,
    moment: Moment,
    name: string | undefined,
    value: unknown,
    extra: unknown,
  ) {
    this.id = id;
    this.previousEventId = previousEventId;
    this.kind = kind;
    this.moment = moment;
    this.name = name;
    this.value = value;
    this.extra = extra;
  }

  /** Milliseconds since the epoch. */
  get time(): number {
    return this.moment.milliseconds;
  }
}
