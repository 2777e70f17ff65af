/** What becomes of the bytes of a file: a table that campaigns over stores share. */

import type { Random } from "./random.ts";

/** Does something to the bytes of a file that leaves other bytes. */
export type Damage = (bytes: Buffer, random: Random) => Buffer;

const linesOf = (bytes: Buffer) => bytes.toString("latin1").split(/(?<=\n)/);
const ofLines = (lines: readonly string[]) => Buffer.from(lines.join(""), "latin1");

export const DAMAGES: Readonly<Record<string, Damage>> = {
  "a byte changed": (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = random.below(bytes.length);
    changed[at] = (changed[at]! + random.between(1, 255)) % 256;
    return changed;
  },
  "a bit changed": (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = random.below(bytes.length);
    changed[at] = changed[at]! ^ (1 << random.below(8));
    return changed;
  },
  "a digit changed": (bytes, random) => {
    const changed = Buffer.from(bytes);
    const digits = [...changed.keys()].filter((at) => changed[at]! >= 0x30 && changed[at]! <= 0x39);
    const at = random.pick(digits.length > 0 ? digits : [0]);
    changed[at] = changed[at] === 0x39 ? 0x30 : changed[at]! + 1;
    return changed;
  },
  "cut short": (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  "whole lines cut off": (bytes, random) => {
    const lines = linesOf(bytes);
    return ofLines(lines.slice(0, random.below(lines.length)));
  },
  "a line twice": (bytes, random) => {
    const lines = linesOf(bytes);
    const at = random.below(lines.length);
    return ofLines(lines.toSpliced(at, 0, lines[at]!));
  },
  "lines swapped": (bytes, random) => {
    const lines = linesOf(bytes);
    const [one, other] = [random.below(lines.length), random.below(lines.length)];
    return ofLines(lines.with(one, lines[other]!).with(other, lines[one]!));
  },
  "a stretch of zeros": (bytes, random) => {
    const from = random.below(bytes.length);
    return Buffer.from(bytes).fill(0, from, Math.min(bytes.length, from + random.between(1, 64)));
  },
  "bytes behind its end": (bytes, random) => Buffer.concat([bytes, random.bytes(random.between(1, 100))]),
};
