/** The arithmetic that oracle and lifted code share, asked for what an instruction does. */

import { type FloatOperation, OPERATION_NUMBERS, operate } from "../../../../shared/recompiler/float/operations.ts";
import { CONDITIONS, initialControl } from "../../../../shared/recompiler/float/status.ts";
import type { Machine } from "./instruction-program.ts";

const SIGNALLING = /^(sf|ngle|seq|ngl|lt|nge|le|ngt)$/;
/** Words of a record that hold `fs`, `ft` and `fr`; of a result, FCSR and the number. */
const [FS, FT, FR] = [6, 8, 10];
const [CONTROL, NUMBER] = [0, 4];

/** The operation of an instruction as it is written; undefined where it has none. */
export function operationOf(text: string): FloatOperation | undefined {
  const [name = "", ...parts] = text.split(" ")[0]!.split(".");
  const [first = "", second = ""] = parts;
  const operation = () => {
    if (name === "c") return `${SIGNALLING.test(first) ? "signal" : "quiet"}.${second}`;
    if (parts.length < 2) return `${name}.${first}`;
    if (first === "w" || first === "l") return `${name}${first}.${second}`;
    return second === "w" || second === "l" ? `from${second}.${first}` : `convert.${first}`;
  };
  const found = operation();
  return found in OPERATION_NUMBERS ? (found as FloatOperation) : undefined;
}

/** What qemu left of a trial, with what the operation gives in the place of number and FCSR. */
export function sharedResult(
  text: string,
  state: readonly number[],
  expected: Int32Array,
  machine: Machine,
): Int32Array {
  const operation = operationOf(text)!;
  const name = text.split(" ")[0]!;
  const [, ...registers] = text.replace(/\$fcc\d,/, "$f32,").match(/\$f\d+/g) ?? [];
  const isFused = /^n?m(add|sub)\./.test(name);
  const [fs, ft] = registers.slice(isFused ? 1 : 0);
  const isLong = name.startsWith("c.") ? name.endsWith(".d") : /\.[dl]$/.test(name);
  const pattern = (low: number): bigint =>
    BigInt(state[low]! >>> 0) | (isLong ? BigInt(state[low + 1]! >>> 0) << 32n : 0n);
  const [left, right] = [pattern(ft === fs ? FT : FS), pattern(FT)];
  const control = (state[0]! | initialControl(machine.isNan2008)) >>> 0;
  const outcome = operate(OPERATION_NUMBERS[operation], control, [left, right, pattern(FR)])!;
  const result = Int32Array.from(expected);
  if (name.startsWith("c.")) {
    result[CONTROL] = (outcome.control & ~CONDITIONS) | (expected[CONTROL]! & CONDITIONS);
    return result;
  }
  result[CONTROL] = outcome.control;
  result[NUMBER] = Number(BigInt.asIntN(32, outcome.result));
  const [, kind] = /\.([swdl])(\.[swdl])?$/.exec(name)!;
  if (kind === "d" || kind === "l") result[NUMBER + 1] = Number(BigInt.asIntN(32, outcome.result >> 32n));
  return result;
}
