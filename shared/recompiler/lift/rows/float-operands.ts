/** How rows of the floating-point unit take operands and settle results, for either format. */

import { type FloatOperation, OPERATION_NUMBERS } from "../../float/operations.ts";
import { IR, type IrName } from "../../ir/opcodes.ts";
import type { Field, LiftBuilder } from "./lift-builder.ts";

export interface Kind {
  readonly suffix: "s" | "d";
  readonly type: "f32" | "f64";
  /** Traps where one of the registers can hold no number of this kind. @returns whether all can */
  readonly expect: (b: LiftBuilder, ...registers: Field[]) => boolean;
  readonly get: (b: LiftBuilder, register: Field) => number;
  readonly set: (b: LiftBuilder, register: Field, value: number) => void;
  /** The bits of a value, as the host takes them. */
  readonly pattern: (b: LiftBuilder, value: number) => number;
  readonly constant: (b: LiftBuilder, high: number, low: number) => number;
}

export const SINGLE: Kind = {
  suffix: "s",
  type: "f32",
  expect: () => true,
  get: (b, register) => b.single(register),
  set: (b, register, value) => b.setSingle(register, value),
  pattern: (b, value) => b.op(IR["i64.extend_i32_u"], b.op(IR["i32.reinterpret_f32"], value)),
  constant: (b, bits) => b.op(IR["f32.const"], bits),
};

export const DOUBLE: Kind = {
  suffix: "d",
  type: "f64",
  expect: (b, ...registers) => b.expectDoubles(registers),
  get: (b, register) => b.double(register),
  set: (b, register, value) => b.setDouble(register, value),
  pattern: (b, value) => b.op(IR["i64.reinterpret_f64"], value),
  constant: (b, high, low) => b.op(IR["f64.const"], low, high),
};

/** The part of an operation's name behind its type. */
type NameIn<Type extends string> = IrName extends infer Name
  ? Name extends `${Type}.${infer Rest}`
    ? Rest
    : never
  : never;

/** An operation of the kind's type. */
export function on(b: LiftBuilder, { type }: Kind, name: NameIn<"f32"> & NameIn<"f64">, ...operands: number[]): number {
  const [first = 0, second = 0, third = 0] = operands;
  return b.op(IR[`${type}.${name}`], first, second, third);
}

/** What an operation gives that has no number as its result, in the older convention: also when it was given a NaN. */
const DEFAULT_NAN = { f32: [0x7fbfffff, 0], f64: [0x7ff7ffff, -1] } as const;

type ResultType = "i32" | "i64" | "f32" | "f64";

/**
 * The result of an operation, as the program may ask for it: by WebAssembly's own arithmetic, which is to nearest, knows no flags
 * and no NaN's payload, or by the host.
 *
 * @param operands patterns, which are made only where they are used
 * @param fast the result to nearest
 */
export function settle(
  b: LiftBuilder,
  operation: FloatOperation,
  type: ResultType,
  operands: () => readonly number[],
  fast: () => number,
): number {
  const { control, isNan2008 } = b.float;
  const number = OPERATION_NUMBERS[operation];
  const isFloat = type === "f32" || type === "f64";
  const patterns = control === "plain" && !(isFloat && isNan2008) ? [] : operands();
  if (patterns.length > 2) {
    const [first = 0, second = 0, third = 0] = patterns;
    return fromPattern(b, type, b.op(IR.host_float, first, second, third, number));
  }
  const result = fast();
  if (patterns.length > 0) {
    const [first = 0, second = b.op(IR["i64.const"], 0)] = patterns;
    return b.settle(IR[`settle_${type}`], number, result, [first, second]);
  }
  if (!isFloat) return result;
  const kind = type === "f32" ? SINGLE : DOUBLE;
  const nan = kind.constant(b, DEFAULT_NAN[type][0], DEFAULT_NAN[type][1]);
  return on(b, kind, "select", result, nan, on(b, kind, "eq", result, result));
}

function fromPattern(b: LiftBuilder, type: ResultType, pattern: number): number {
  if (type === "i64") return pattern;
  if (type === "f64") return b.op(IR["f64.reinterpret_i64"], pattern);
  const word = b.op(IR["i64.low"], pattern);
  return type === "i32" ? word : b.op(IR["f32.reinterpret_i32"], word);
}
