import { jsonBytes, mostBytes, wasTooDeep } from "../query/index.ts";
import type { Turns } from "./turns.ts";

/** Most bytes of JSON text, in UTF-8, that a state takes or gives. https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const PAYLOAD_LIMIT_BYTES = 262_144;

/** Values of as many bytes are remembered until the next such one: for less, measuring again costs as little as remembering. */
const WORTH_REMEMBERING = 512;

/** The part of the bytes that measuring is work of, by a shift. */
const SHIFT_OF_WORK = 2;

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
  #isTooDeep = false;

  /** @param turns in which measuring is work. */
  constructor(limitBytes: number, turns: Pick<Turns, "spent">) {
    this.limitBytes = limitBytes;
    this.#turns = turns;
  }

  /** Whether the last value was too deep, and not too large. */
  get isTooDeep(): boolean {
    return this.#isTooDeep;
  }

  /** Whether a value is too large to be passed on, or too deep. */
  isExceededBy(value: unknown): boolean {
    return this.weigh(value) > this.limitBytes;
  }

  /** Bytes of a value's JSON text, or a bound above them that is within the limit; any number above it once it is passed. */
  weigh(value: unknown): number {
    return typeof value === "object" && value === this.#value ? this.#bytes : this.#measure(value);
  }

  #measure(value: unknown): number {
    const most = mostBytes(value, this.limitBytes);
    this.#isTooDeep = wasTooDeep();
    const bytes = most > this.limitBytes && !this.#isTooDeep ? jsonBytes(value, this.limitBytes) : most;
    this.#turns.spent += bytes >>> SHIFT_OF_WORK;
    if (bytes >= WORTH_REMEMBERING && typeof value === "object") {
      this.#value = value;
      this.#bytes = bytes;
    }
    return bytes;
  }
}
