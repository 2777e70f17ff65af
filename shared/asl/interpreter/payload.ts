import { jsonBytes } from "../query/index.ts";
import type { Turns } from "./turns.ts";

/** Most bytes of JSON text, in UTF-8, that a state takes or gives. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const PAYLOAD_LIMIT_BYTES = 262_144;

/** A string is at most this many bytes for each UTF-16 unit as JSON text: a control character, `\u0001`. */
const MOST_BYTES_PER_UNIT = 6;
const MOST_BYTES_PER_SCALAR = 25;
/** Containers with this many children are remembered, so that a large value passed along is measured once. */
const LARGE = 64;

/** Values of as many bytes are remembered until the next such one: for less, measuring again costs as little as remembering. */
const WORTH_REMEMBERING = 512;

/** The part of the bytes that measuring is work of, by a shift. */
const SHIFT_OF_WORK = 2;

const measured = new WeakMap<object, number>();

/**
 * Measures the payloads of executions. Measuring exactly costs as much as writing the text, so values are first held
 * against an upper bound, which nearly all of them pass. What one state gives the next one takes, so the last large value is
 * not measured again.
 */
export class PayloadMeter {
  /** Most bytes of a payload. */
  readonly limitBytes: number;
  #value: object | undefined | null = undefined;
  #bytes = 0;
  readonly #turns: Pick<Turns, "spent">;

  /** @param turns in which measuring is work. */
  constructor(limitBytes: number, turns: Pick<Turns, "spent">) {
    this.limitBytes = limitBytes;
    this.#turns = turns;
  }

  /** Whether a value is too large to be passed on. */
  isExceededBy(value: unknown): boolean {
    return this.weigh(value) > this.limitBytes;
  }

  /** Bytes of a value's JSON text, or a bound above them that is within the limit; any number above it once it is passed. */
  weigh(value: unknown): number {
    return typeof value === "object" && value === this.#value ? this.#bytes : this.#measure(value);
  }

  #measure(value: unknown): number {
    const most = mostBytes(value, this.limitBytes);
    const bytes = most > this.limitBytes ? jsonBytes(value, this.limitBytes) : most;
    this.#turns.spent += bytes >>> SHIFT_OF_WORK;
    if (bytes >= WORTH_REMEMBERING && typeof value === "object") {
      this.#value = value;
      this.#bytes = bytes;
    }
    return bytes;
  }
}

/** An upper bound of the bytes, or any number above `budget` once it is passed. */
export function mostBytes(value: unknown, budget: number): number {
  if (typeof value === "string") return value.length * MOST_BYTES_PER_UNIT + 2;
  if (typeof value !== "object" || value === null) return MOST_BYTES_PER_SCALAR;
  const known = measured.get(value);
  if (known !== undefined) return known;
  let bytes = 2;
  let children = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      bytes += mostBytes(item, budget - bytes) + 1;
      if (bytes > budget) return bytes;
    }
    children = value.length;
  } else {
    for (const key in value) {
      bytes +=
        key.length * MOST_BYTES_PER_UNIT + 4 + mostBytes((value as Record<string, unknown>)[key], budget - bytes);
      if (bytes > budget) return bytes;
      children += 1;
    }
  }
  if (children >= LARGE) measured.set(value, bytes);
  return bytes;
}
