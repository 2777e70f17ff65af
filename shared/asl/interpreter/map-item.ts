import { isObject } from "../query/index.ts";

/**
 * What the context object says of an item of a Map.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
 */
export interface MapItem {
  readonly Index: number;
  /** Where items are the fields of an object. */
  readonly Key?: string;
  readonly Value: unknown;
  /** `STATE_DATA`, or where the item was read: `S3://bucket/key`, `S3://bucket` for one of a listing. */
  readonly Source: string;
}

export const STATE_DATA = "STATE_DATA";

/** A field of an object that a Map goes over. What is passed to its iteration is the pair, as `{ Key, Value }`. */
class Pair {
  readonly Key: string;
  readonly Value: unknown;

  constructor(key: string, value: unknown) {
    this.Key = key;
    this.Value = value;
  }
}

/** The items of an array or an object; undefined for what is neither. */
export function itemsIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  return Object.entries(value).map(([key, field]) => new Pair(key, field));
}

export function mapItemOf(item: unknown, index: number, source: string): MapItem {
  return item instanceof Pair
    ? { Index: index, Key: item.Key, Value: item.Value, Source: source }
    : { Index: index, Value: item, Source: source };
}

/** What an iteration is given that has no selector. */
export function inputOf(item: unknown): unknown {
  return item instanceof Pair ? { ...item } : item;
}
