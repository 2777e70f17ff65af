import { ExactNumber } from "../exact/number.ts";
import { isObject } from "../json.ts";

/**
 * Puts distinct values in the order in which Java's HashSet would list them. States.ArrayUnique answers in that
 * order, not in the order of the array.
 */
export function hashOrder(distinct: readonly unknown[]): unknown[] {
  const buckets = tableSize(distinct.length);
  return distinct
    .map((value) => ({ value, bucket: spread(hashCode(value)) & (buckets - 1) }))
    .sort((left, right) => left.bucket - right.bucket)
    .map(({ value }) => value);
}

/** 16 buckets, doubled whenever more than three quarters are taken. */
function tableSize(count: number): number {
  let size = 16;
  while (count > size * 0.75) size *= 2;
  return size;
}

function spread(hash: number): number {
  return hash ^ (hash >>> 16);
}

/** `hashCode` of the Java value that holds this JSON: Integer, Long, Double, Boolean, String, List or Map. */
function hashCode(value: unknown): number {
  if (value === null) return 0;
  if (typeof value === "boolean") return value ? 1231 : 1237;
  if (typeof value === "string") return stringHash(value);
  if (typeof value === "number") return numberHash(value);
  if (value instanceof ExactNumber) return value.isWhole ? wholeHash(BigInt(value.spelling)) : doubleHash(value.double);
  if (Array.isArray(value)) return value.reduce((hash: number, item) => (Math.imul(31, hash) + hashCode(item)) | 0, 1);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce((hash, [key, item]) => (hash + (stringHash(key) ^ hashCode(item))) | 0, 0);
}

function stringHash(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  return hash;
}

function numberHash(value: number): number {
  if (Number.isInteger(value) && value === (value | 0)) return value;
  return Number.isSafeInteger(value) ? wholeHash(BigInt(value)) : doubleHash(value);
}

/** `hashCode` of a Long; of what is longer, of a BigInteger. */
function wholeHash(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return Number(BigInt.asIntN(32, value ^ (value >> 32n)));
  let [hash, rest] = [0, value < 0n ? -value : value];
  const words: number[] = [];
  for (; rest > 0n; rest >>= 32n) words.unshift(Number(BigInt.asIntN(32, rest)));
  for (const word of words) hash = (Math.imul(31, hash) + word) | 0;
  return value < 0n ? -hash | 0 : hash;
}

function doubleHash(value: number): number {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  return bytes.getInt32(0) ^ bytes.getInt32(4);
}
