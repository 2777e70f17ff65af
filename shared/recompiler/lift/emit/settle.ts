/** When a result of WebAssembly's arithmetic is what the program would see of the unit's, and the host need not be asked. */

import { OPERATION_NAMES } from "../../float/operations.ts";
import { INEXACT_FLAG, UNUSUAL } from "../../float/status.ts";
import type { ValueType } from "../../ir/opcodes.ts";
import type { CodeWriter } from "../../wasm/code.ts";
import { OP } from "../../wasm/opcodes.ts";
import type { FloatUse } from "../use.ts";

/** Raise nothing for operands that are numbers, whatever the mode: nothing at all; where the result is a number; where it is 1. */
const NEVER_RAISES: ReadonlySet<string> = new Set(["fromw.d"]);
const RAISES_FOR_NAN: ReadonlySet<string> = new Set(["convert.d"]);
const COMPARES: ReadonlySet<string> = new Set(["quiet.s", "quiet.d", "signal.s", "signal.d"]);
/** Whose zeros are exact. Those of products, quotients and narrower formats may be what is left of small numbers. */
const ZERO_IS_EXACT: ReadonlySet<string> = new Set(
  ["add", "sub", "sqrt", "fromw", "froml"].flatMap((name) => [`${name}.s`, `${name}.d`]),
);

export interface Settlement {
  readonly float: FloatUse;
  /** Of the operation's results. */
  readonly type: ValueType;
  readonly operation: number;
  readonly pushResult: () => void;
  readonly pushControl: () => void;
}

/** Leaves 1 on the stack where the result stands. */
export function writeStands(code: CodeWriter, settlement: Settlement): void {
  const { float, type } = settlement;
  const name = OPERATION_NAMES[settlement.operation]!;
  if (float.control === "observed") {
    if (NEVER_RAISES.has(name)) code.constant(1);
    else if (COMPARES.has(name)) settlement.pushResult();
    else if (RAISES_FOR_NAN.has(name)) writeIsNumber(code, settlement);
    else {
      writeIsOrdinary(code, settlement, ZERO_IS_EXACT.has(name));
      writeControlIs(code, settlement, UNUSUAL | INEXACT_FLAG, INEXACT_FLAG);
      code.op(OP.i32And);
    }
    return;
  }
  const isFloat = type === "f32" || type === "f64";
  if (isFloat) writeIsNumber(code, settlement);
  if (float.control === "plain") return;
  writeControlIs(code, settlement, UNUSUAL, 0);
  if (isFloat) code.op(OP.i32And);
}

function writeIsNumber(code: CodeWriter, { type, pushResult }: Settlement): void {
  pushResult();
  pushResult();
  code.op(type === "f32" ? OP.f32Eq : OP.f64Eq);
}

function writeControlIs(code: CodeWriter, { pushControl }: Settlement, bits: number, expected: number): void {
  pushControl();
  code.constant(bits);
  code.op(OP.i32And);
  if (expected === 0) code.op(OP.i32Eqz);
  else {
    code.constant(expected);
    code.op(OP.i32Eq);
  }
}

const FLOAT = {
  f32: { abs: OP.f32Abs, gt: OP.f32Gt, lt: OP.f32Lt, eq: OP.f32Eq, constant: OP.f32Const },
  f64: { abs: OP.f64Abs, gt: OP.f64Gt, lt: OP.f64Lt, eq: OP.f64Eq, constant: OP.f64Const },
} as const;
/** As words, the low one first: the smallest normal number, infinity, zero. */
const BOUNDS = {
  f32: { smallest: [0x00800000], infinity: [0x7f800000], zero: [0] },
  f64: { smallest: [0, 0x00100000], infinity: [0, 0x7ff00000], zero: [0, 0] },
} as const;

/** Whether the operation can have raised nothing but that its result is inexact. */
function writeIsOrdinary(code: CodeWriter, settlement: Settlement, isZeroExact: boolean): void {
  const { type, pushResult, float } = settlement;
  if (type === "i32" || type === "i64") {
    writeIsOrdinaryInteger(code, settlement, float.isNan2008);
    return;
  }
  const { abs, gt, lt, eq, constant } = FLOAT[type];
  const compareWith = (opcode: number, bound: keyof (typeof BOUNDS)["f64"]): void => {
    pushResult();
    if (bound !== "zero") code.op(abs);
    code.pattern(constant, BOUNDS[type][bound]);
    code.op(opcode);
  };
  compareWith(gt, "smallest");
  compareWith(lt, "infinity");
  code.op(OP.i32And);
  if (!isZeroExact) return;
  compareWith(eq, "zero");
  code.op(OP.i32Or);
}

/** What no integer stands for has become the largest; with NaNs of 2008 the nearest one, or 0. */
function writeIsOrdinaryInteger(code: CodeWriter, { type, pushResult }: Settlement, isNan2008: boolean): void {
  const isWord = type === "i32";
  const differs = (low: number, high: number): void => {
    pushResult();
    if (isWord) code.constant(high);
    else code.constantWide(low, high);
    code.op(isWord ? OP.i32Ne : OP.i64Ne);
  };
  differs(-1, 0x7fffffff);
  if (!isNan2008) return;
  differs(0, -0x80000000);
  code.op(OP.i32And);
  differs(0, 0);
  code.op(OP.i32And);
}
