import { CHARACTERS_PER_STEP, type StepCounter, StepsExceeded, stepsOfSearch } from "../isolation/steps.ts";
import { parseJson } from "../json.ts";
import { MemoryExceeded } from "./failure.ts";
import { longestList, longestText } from "./limits.ts";

/** Items that V8 copies in about the time of one step. */
const ITEMS_PER_STEP = 8;

/** The time in which things the library leaves to V8 are charged, and the JSON that it sees. */
export interface Meter extends StepCounter {
  /** The library takes one step for each call and each turn of a loop. */
  left: number;
  exhausted(): never;
  /** Takes many steps at once. */
  charge(steps: number): void;
  text(text: unknown): void;
  search(text: unknown, pattern: unknown): void;
  lists(left: unknown, right: unknown): void;
  range(first: unknown, last: unknown): void;
  join(texts: unknown, separator: unknown): void;
  pad(width: unknown, padding: unknown): void;
  /** A number in digits or letters. */
  digits(value: unknown, width: unknown): void;
  /** Refuses text that is too long, before it is looked at: V8 keeps what was joined in pieces until then. */
  result(value: unknown): void;
  readonly json: Pick<typeof JSON, "parse" | "stringify">;
}

/** One for each library: an evaluation is never interrupted by another. */
export function createMeter(): Meter {
  const charge = (steps: number): void => {
    meter.left -= steps;
    if (meter.left < 0) meter.exhausted();
  };
  const chargeText = (length: number): void => charge(length / CHARACTERS_PER_STEP);
  const meter: Meter = {
    left: Number.MAX_SAFE_INTEGER,
    exhausted: () => {
      throw new StepsExceeded();
    },
    charge,
    text: (text) => chargeText(lengthOf(text)),
    search: (text, pattern) => charge(stepsOfSearch(lengthOf(text), lengthOf(pattern))),
    lists: (left, right) => charge((itemsOf(left) + itemsOf(right)) / ITEMS_PER_STEP),
    range(first, last) {
      if (!Number.isInteger(first) || !Number.isInteger(last)) return;
      const count = (last as number) - (first as number);
      if (count >= longestList) throw new MemoryExceeded();
      charge(Math.max(0, count));
    },
    join(texts, separator) {
      if (!Array.isArray(texts)) return;
      let length = texts.length * lengthOf(separator);
      for (const text of texts) length += lengthOf(text);
      if (length > longestText) throw new MemoryExceeded();
      charge(texts.length / ITEMS_PER_STEP + length / CHARACTERS_PER_STEP);
    },
    pad(width, padding) {
      const length = Math.abs(Number(width)) * Math.max(1, lengthOf(padding));
      if (length > longestText) throw new MemoryExceeded();
      chargeText(length * ITEMS_PER_STEP);
    },
    digits(value, width) {
      if (value === Number.POSITIVE_INFINITY) throw new MemoryExceeded();
      meter.pad(width ?? 0, "0");
    },
    result(value) {
      if (typeof value === "string" && value.length > longestText) throw new MemoryExceeded();
    },
    json: {
      parse(text, reviver) {
        charge(text.length / ITEMS_PER_STEP);
        return reviver === undefined ? parseJson(text) : JSON.parse(text, reviver);
      },
      stringify(value: unknown, replacer?: unknown, space?: unknown) {
        measure(value, meter, space === 2 ? 2 : 0);
        return JSON.stringify(value, replacer as undefined, space as undefined);
      },
    },
  };
  return meter;
}

function lengthOf(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}

function itemsOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

/**
 * Charges for a value as its JSON text would be: what it shares counts as often as it appears.
 *
 * @param indent blanks that a level adds to a line
 * @throws MemoryExceeded as soon as it is known that the text would be too long
 */
export function measure(value: unknown, meter: Meter, indent = 0): void {
  let length = 0;
  const visit = (part: unknown, depth: number): void => {
    length += depth * indent + 1;
    if (typeof part === "string") length += part.length;
    if (length > longestText) throw new MemoryExceeded();
    meter.charge(1 + (typeof part === "string" ? part.length / CHARACTERS_PER_STEP : 0));
    if (typeof part !== "object" || part === null) return;
    if (Array.isArray(part)) for (const item of part) visit(item, depth + 1);
    else if (!isCode(part)) {
      for (const key in part) {
        length += key.length + 3;
        visit((part as Record<string, unknown>)[key], depth + 1);
      }
    }
  };
  visit(value, 0);
}

/** The library keeps functions as objects with one of these marks; they hold the whole environment they were made in. */
export function isCode(value: object): boolean {
  const { _jsonata_function, _jsonata_lambda } = value as Readonly<Record<string, unknown>>;
  return _jsonata_function === true || _jsonata_lambda === true;
}
