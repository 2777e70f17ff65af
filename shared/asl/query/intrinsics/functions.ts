import { createHash } from "node:crypto";
import { parsePayload, stringifyExact } from "../exact/json.ts";
import { objectInOrder } from "../exact/key-order.ts";
import { asDouble, ExactNumber } from "../exact/number.ts";
import { hashOrder } from "../java/hash-order.ts";
import { javaRandom } from "../java/random.ts";
import { javaText } from "../java/text.ts";
import { isObject } from "../json.ts";
import type { Entropy } from "../scope.ts";
import { IntrinsicFailure } from "./failure.ts";
import { format } from "./format.ts";

/** An answer of undefined says that the arguments do not fit. */
type Intrinsic = (values: readonly unknown[], entropy: Entropy) => unknown;

interface IntrinsicFunction {
  readonly least: number;
  readonly most: number;
  /** Steps for each byte of its arguments; 0 for any. Those that take steps draw no numbers. */
  readonly cost: number;
  readonly apply: Intrinsic;
}

/** Longest text that the encoding and hashing functions take, and longest list that States.ArrayRange gives. */
const longestText = 10_000;
const longestRange = 1_000;

/** Steps for each byte, by a bound above them: of what is read or written once, of what is sorted, copied or put together, and of a range's numbers. */
const [LOOKED_THROUGH, TAKEN_APART, MADE_OF_FEW] = [1 / 32, 1 / 8, 2];

/** The 18 intrinsic functions (AWS developer guide), with the number of arguments each takes. */
export const intrinsics: Readonly<Record<string, IntrinsicFunction>> = {
  "States.Array": { least: 0, most: Number.POSITIVE_INFINITY, cost: 0, apply: (values) => values },
  "States.ArrayContains": {
    least: 2,
    most: 2,
    cost: LOOKED_THROUGH,
    apply: ([list, value]) => arrayContains(list, value),
  },
  "States.ArrayGetItem": { least: 2, most: 2, cost: 0, apply: ([list, index]) => arrayGetItem(list, index) },
  "States.ArrayLength": {
    least: 1,
    most: 1,
    cost: 0,
    apply: ([list]) => (Array.isArray(list) ? list.length : undefined),
  },
  "States.ArrayPartition": {
    least: 2,
    most: 2,
    cost: LOOKED_THROUGH,
    apply: ([list, size]) => arrayPartition(list, size),
  },
  "States.ArrayRange": {
    least: 3,
    most: 3,
    cost: MADE_OF_FEW,
    apply: ([first, last, step]) => arrayRange(first, last, step),
  },
  "States.ArrayUnique": { least: 1, most: 1, cost: TAKEN_APART, apply: ([list]) => arrayUnique(list) },
  "States.Base64Decode": { least: 1, most: 1, cost: LOOKED_THROUGH, apply: ([text]) => base64Decode(text) },
  "States.Base64Encode": { least: 1, most: 1, cost: LOOKED_THROUGH, apply: ([text]) => base64Encode(text) },
  "States.Format": {
    least: 1,
    most: Number.POSITIVE_INFINITY,
    cost: TAKEN_APART,
    apply: ([template, ...values]) => fill(template, values),
  },
  "States.Hash": { least: 2, most: 2, cost: LOOKED_THROUGH, apply: ([value, algorithm]) => hash(value, algorithm) },
  "States.JsonMerge": {
    least: 3,
    most: 3,
    cost: TAKEN_APART,
    apply: ([left, right, isDeep]) => jsonMerge(left, right, isDeep),
  },
  "States.JsonToString": { least: 1, most: 1, cost: LOOKED_THROUGH, apply: ([value]) => stringifyExact(value) },
  "States.MathAdd": { least: 2, most: 2, cost: 0, apply: ([left, right]) => mathAdd(left, right) },
  "States.MathRandom": { least: 2, most: 3, cost: 0, apply: mathRandom },
  "States.StringSplit": {
    least: 2,
    most: 2,
    cost: TAKEN_APART,
    apply: ([text, separators]) => stringSplit(text, separators),
  },
  "States.StringToJson": { least: 1, most: 1, cost: LOOKED_THROUGH, apply: ([text]) => stringToJson(text) },
  // AWS takes any arguments here and uses none.
  "States.UUID": { least: 0, most: Number.POSITIVE_INFINITY, cost: 0, apply: (_values, entropy) => entropy.uuid() },
};

/** AWS compares what the values print as: 1 is in ["1"], and objects must list their keys in the same order. */
function arrayContains(list: unknown, value: unknown): unknown {
  if (!Array.isArray(list)) return undefined;
  const wanted = javaText(value);
  return list.some((item) => javaText(item) === wanted);
}

function arrayGetItem(list: unknown, place: unknown): unknown {
  const index = asDouble(place);
  if (!Array.isArray(list) || typeof index !== "number") return undefined;
  if (list.length === 0) return null;
  return index < 0 ? undefined : list[Math.trunc(index)];
}

function arrayPartition(list: unknown, most: unknown): unknown {
  const size = asDouble(most);
  if (!Array.isArray(list) || typeof size !== "number" || Math.trunc(size) < 1) return undefined;
  const chunks: unknown[] = [];
  for (let start = 0; start < list.length; start += Math.trunc(size)) {
    chunks.push(list.slice(start, start + Math.trunc(size)));
  }
  return chunks;
}

/** Every number is cut to a whole one; a step in the wrong direction gives an empty list. */
function arrayRange(...bounds: readonly unknown[]): unknown {
  const [first, last, step] = bounds
    .map(asDouble)
    .map((bound) => (typeof bound === "number" ? Math.trunc(bound) : Number.NaN));
  if (first === undefined || last === undefined || !step) return undefined;
  const count = Math.max(0, Math.floor((last - first) / step) + 1);
  // Also refuses a bound that is no number, for which the count is no number either.
  if (!(count <= longestRange)) return undefined;
  return Array.from({ length: count }, (_, index) => first + index * step);
}

function arrayUnique(list: unknown): unknown {
  if (!Array.isArray(list)) return undefined;
  const distinct = new Map<string, unknown>();
  for (const item of list) {
    const key = keyOf(item);
    if (!distinct.has(key)) distinct.set(key, item);
  }
  return hashOrder([...distinct.values()]);
}

/** The same text for values that are the same, in whatever order they have their keys. */
function keyOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (value instanceof ExactNumber) return javaText(value);
  if (!isObject(value)) return typeof value === "number" ? String(value) : JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${keyOf(value[key])}`).join()}}`;
}

function base64Encode(text: unknown): unknown {
  return isShortText(text) ? Buffer.from(text, "utf8").toString("base64") : undefined;
}

/** Lenient as AWS is: characters outside the alphabet are skipped, and the first `=` ends the text. */
function base64Decode(text: unknown): unknown {
  if (!isShortText(text)) return undefined;
  const [encoded = ""] = text.split("=");
  return Buffer.from(encoded, "base64").toString("utf8");
}

function isShortText(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestText;
}

function fill(template: unknown, values: readonly unknown[]): unknown {
  return typeof template === "string" ? format(template, values) : undefined;
}

const hashNames: Readonly<Record<string, string>> = {
  MD5: "md5",
  "SHA-1": "sha1",
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
};

/** Hexadecimal digest of a text in UTF-8, or undefined if AWS does not know the algorithm. */
export function hashText(text: string, algorithm: unknown): string | undefined {
  const name = typeof algorithm === "string" && Object.hasOwn(hashNames, algorithm) ? hashNames[algorithm] : undefined;
  return name === undefined ? undefined : createHash(name).update(text, "utf8").digest("hex");
}

/** A value that is no string is hashed as it prints. */
function hash(value: unknown, algorithm: unknown): unknown {
  const text = javaText(value);
  return text.length <= longestText ? hashText(text, algorithm) : undefined;
}

/** Shallow only; AWS offers no deep merge and takes anything but `true` for "shallow". */
function jsonMerge(left: unknown, right: unknown, isDeep: unknown): unknown {
  if (!isObject(left) || !isObject(right) || isDeep === true) return undefined;
  return objectInOrder([...Object.entries(left), ...Object.entries(right)]);
}

/** Each argument is rounded to the nearest whole number, half up; arguments and sum are 32-bit. */
function mathAdd(one: unknown, other: unknown): unknown {
  const [left, right] = [asDouble(one), asDouble(other)];
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  // Adding zero turns the -0 that Math.round gives for -0.4 into 0.
  const first = Math.round(left) + 0;
  const second = Math.round(right) + 0;
  const sum = first + second;
  return isInt32(first) && isInt32(second) && isInt32(sum) ? sum : undefined;
}

function mathRandom(values: readonly unknown[], entropy: Entropy): unknown {
  const [start, end, seed] = values.map(asDouble);
  if (typeof start !== "number" || typeof end !== "number") return undefined;
  const [low, high] = [Math.trunc(start), Math.trunc(end)];
  if (!isInt32(low) || !isInt32(high) || low >= high) return undefined;
  if (seed === undefined) return low + Math.floor(entropy.random() * (high - low));
  if (typeof seed !== "number" || !Number.isFinite(seed)) return undefined;
  const random = javaRandom(seed);
  // Java's nextInt takes bounds below 2^31 only.
  return low + (high - low < 2 ** 31 ? random.nextInt(high - low) : Math.floor(random.nextDouble() * (high - low)));
}

function isInt32(value: number): boolean {
  return value === (value | 0);
}

/** Every character of `separators` separates; empty parts are left out. */
function stringSplit(text: unknown, separators: unknown): unknown {
  if (typeof text !== "string" || typeof separators !== "string") return undefined;
  const separating = new Set(separators);
  const parts: string[] = [];
  let part = "";
  for (const character of text) {
    if (!separating.has(character)) part += character;
    else {
      if (part !== "") parts.push(part);
      part = "";
    }
  }
  if (part !== "") parts.push(part);
  return parts;
}

function stringToJson(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  if (text.trim() === "") return null;
  try {
    return parsePayload(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new IntrinsicFailure(`Cannot convert String to Json in States.StringToJson, caused by: ${reason}`);
  }
}
