/** How cells of the banks lie in the globals: what is written where a function loads one, and where it stores one. */

import { conditionShift } from "../../float/status.ts";
import { ACCUMULATOR, CONDITION, CONTROL, DOUBLE, FLOAT, HIGH, HIGH_SINGLE, LOW, LOW_SINGLE } from "../cells.ts";
import type { IrFunction } from "../function.ts";
import { IR } from "../opcodes.ts";

/** Appends to a function, for one guest address. */
class Appender {
  readonly #out: IrFunction;
  readonly #at: number;

  constructor(out: IrFunction, at: number) {
    this.#out = out;
    this.#at = at;
  }

  op(name: keyof typeof IR, a: number, b = 0): number {
    return this.#out.append(IR[name], this.#at, a, b);
  }

  constant(value: number): number {
    return this.op("i32.const", value);
  }

  get(cell: number): number {
    return this.op("get", cell);
  }

  set(cell: number, value: number): void {
    this.op("set", cell, value);
  }
}

/** @returns the cell's value */
export function loadCell(out: IrFunction, at: number, cell: number): number {
  if (cell !== ACCUMULATOR && cell < DOUBLE) return out.append(IR.get, at, cell);
  const code = new Appender(out, at);
  if (cell === ACCUMULATOR) return code.op("i64.join", code.get(LOW), code.get(HIGH));
  if (cell < LOW_SINGLE) return code.op("f64.reinterpret_i64", code.get(FLOAT + cell - DOUBLE));
  if (cell < HIGH_SINGLE) {
    return code.op("f32.reinterpret_i32", code.op("i64.low", code.get(FLOAT + cell - LOW_SINGLE)));
  }
  if (cell < CONDITION) {
    return code.op("f32.reinterpret_i32", code.op("i64.high", code.get(FLOAT + 2 * (cell - HIGH_SINGLE))));
  }
  return conditionIn(code, cell - CONDITION);
}

export function storeCell(out: IrFunction, at: number, cell: number, value: number): void {
  if (cell !== ACCUMULATOR && cell < DOUBLE) {
    out.append(IR.set, at, cell, value);
    return;
  }
  const code = new Appender(out, at);
  if (cell === ACCUMULATOR) {
    code.set(HIGH, code.op("i64.high", value));
    code.set(LOW, code.op("i64.low", value));
  } else if (cell < LOW_SINGLE) code.set(FLOAT + cell - DOUBLE, code.op("i64.reinterpret_f64", value));
  else if (cell < HIGH_SINGLE) {
    const float = FLOAT + cell - LOW_SINGLE;
    const high = code.op("i64.high", code.get(float));
    code.set(float, code.op("i64.join", code.op("i32.reinterpret_f32", value), high));
  } else if (cell < CONDITION) {
    const float = FLOAT + 2 * (cell - HIGH_SINGLE);
    const low = code.op("i64.low", code.get(float));
    code.set(float, code.op("i64.join", low, code.op("i32.reinterpret_f32", value)));
  } else keepCondition(code, cell - CONDITION, value);
}

/** The operations of the IR that reading and writing a condition in FCSR takes, of whoever appends them. */
interface Code {
  op(name: keyof typeof IR, a: number, b?: number): number;
  constant(value: number): number;
  get(cell: number): number;
  set(cell: number, value: number): void;
}

/** 1 where the condition holds, else 0. */
export function conditionIn(code: Code, number: number): number {
  const shifted = code.op("i32.shr_u", code.get(CONTROL), code.constant(conditionShift(number)));
  return code.op("i32.and", shifted, code.constant(1));
}

/** @param value 1 or 0 */
export function keepCondition(code: Code, number: number, value: number): void {
  const shift = conditionShift(number);
  const others = code.op("i32.and", code.get(CONTROL), code.constant(~(1 << shift)));
  code.set(CONTROL, code.op("i32.or", others, code.op("i32.shl", value, code.constant(shift))));
}
