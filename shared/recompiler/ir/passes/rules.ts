/** What operations on constants come to, and operations that leave a value as it is. */

import type { IrFunction } from "../function.ts";
import { IR } from "../opcodes.ts";

type Evaluate = (a: number, b: number) => number;

/** By operation, what it gives for two constants (the second is 0 for operations on one). */
const EVALUATE: readonly (Evaluate | undefined)[] = byOperation<Evaluate>([
  [IR["i32.add"], (a, b) => a + b],
  [IR["i32.sub"], (a, b) => a - b],
  [IR["i32.mul"], Math.imul],
  [IR["i32.and"], (a, b) => a & b],
  [IR["i32.or"], (a, b) => a | b],
  [IR["i32.xor"], (a, b) => a ^ b],
  [IR["i32.shl"], (a, b) => a << b],
  [IR["i32.shr_s"], (a, b) => a >> b],
  [IR["i32.shr_u"], (a, b) => a >>> b],
  [IR["i32.rotr"], (a, b) => (a >>> b) | (a << (32 - b))],
  [IR["i32.eq"], (a, b) => Number(a === b)],
  [IR["i32.ne"], (a, b) => Number(a !== b)],
  [IR["i32.lt_s"], (a, b) => Number(a < b)],
  [IR["i32.lt_u"], (a, b) => Number(a >>> 0 < b >>> 0)],
  [IR["i32.gt_s"], (a, b) => Number(a > b)],
  [IR["i32.gt_u"], (a, b) => Number(a >>> 0 > b >>> 0)],
  [IR["i32.le_s"], (a, b) => Number(a <= b)],
  [IR["i32.le_u"], (a, b) => Number(a >>> 0 <= b >>> 0)],
  [IR["i32.ge_s"], (a, b) => Number(a >= b)],
  [IR["i32.ge_u"], (a, b) => Number(a >>> 0 >= b >>> 0)],
  [IR["i32.eqz"], (a) => Number(a === 0)],
  [IR["i32.clz"], (a) => Math.clz32(a)],
  [IR["i32.extend8_s"], (a) => (a << 24) >> 24],
  [IR["i32.extend16_s"], (a) => (a << 16) >> 16],
]);

/** Operations that a 0 on the right leaves as they are. */
const ZERO_IS_NEUTRAL = flagged(["add", "sub", "or", "xor", "shl", "shr_s", "shr_u", "rotr"]);
const COMMUTES = flagged(["add", "mul", "and", "or", "xor", "eq", "ne"]);
const IS_UNARY = flagged(["eqz", "clz", "extend8_s", "extend16_s"]);

function byOperation<Value>(rows: readonly (readonly [number, Value])[]): (Value | undefined)[] {
  const table: (Value | undefined)[] = [];
  for (const [op, value] of rows) table[op] = value;
  return table;
}

function flagged(names: readonly string[]): Uint8Array {
  const flags = new Uint8Array(256);
  for (const [name, op] of Object.entries(IR))
    if (names.includes(name.slice(4)) && name.startsWith("i32.")) flags[op] = 1;
  return flags;
}

/**
 * Looks at one instruction whose operands have been looked at. It may be changed into a simpler one where it stands.
 *
 * @returns the value that stands for it; its own number where none does
 */
export function simplify(fn: IrFunction, index: number): number {
  const op = fn.op[index]!;
  const evaluate = EVALUATE[op];
  if (evaluate !== undefined) return simplifyInteger(fn, index, op, evaluate);
  const a = fn.a[index]!;
  switch (op) {
    case IR["i32.select"]: {
      const condition = fn.c[index]!;
      if (fn.op[condition] === IR["i32.const"]) return fn.a[condition] === 0 ? fn.b[index]! : a;
      fn.c[index] = conditionOf(fn, condition);
      return a === fn.b[index] ? a : index;
    }
    case IR["i64.low"]:
      if (fn.op[a] === IR["i64.join"]) return fn.a[a]!;
      return fn.op[a] === IR["i64.extend_i32_s"] || fn.op[a] === IR["i64.extend_i32_u"] ? fn.a[a]! : index;
    case IR["i64.high"]:
      return fn.op[a] === IR["i64.join"] ? fn.b[a]! : index;
    case IR["i64.join"]: {
      const high = fn.b[index]!;
      const isWhole = fn.op[a] === IR["i64.low"] && fn.op[high] === IR["i64.high"] && fn.a[a] === fn.a[high];
      return isWhole ? fn.a[a]! : index;
    }
    case IR["f64.reinterpret_i64"]:
      return fn.op[a] === IR["i64.reinterpret_f64"] ? fn.a[a]! : index;
    case IR["i64.reinterpret_f64"]:
      return fn.op[a] === IR["f64.reinterpret_i64"] ? fn.a[a]! : index;
    case IR["f32.reinterpret_i32"]:
      return fn.op[a] === IR["i32.reinterpret_f32"] ? fn.a[a]! : index;
    case IR["i32.reinterpret_f32"]:
      return fn.op[a] === IR["f32.reinterpret_i32"] ? fn.a[a]! : index;
    case IR.trap_if:
      fn.a[index] = conditionOf(fn, a);
      if (fn.op[a] === IR["i32.const"] && fn.a[a] === 0) fn.op[index] = IR.nop;
      return index;
    case IR.return_to:
      if (a === fn.b[index]) {
        fn.op[index] = IR.return;
        fn.a[index] = 0;
        fn.b[index] = 0;
        fn.c[index] = 0;
      }
      return index;
    case IR.branch:
      fn.a[index] = conditionOf(fn, a);
      if (fn.op[a] === IR["i32.const"]) {
        const first = fn.c[index]!;
        fn.op[index] = IR.jump;
        fn.changeEdges();
        if (fn.a[a] === 0) fn.c[index] = first + 2 + fn.pool[first + 1]!;
      }
      return index;
    default:
      return index;
  }
}

function simplifyInteger(fn: IrFunction, index: number, op: number, evaluate: Evaluate): number {
  let a = fn.a[index]!;
  let b = fn.b[index]!;
  const isUnary = IS_UNARY[op] === 1;
  if (COMMUTES[op] === 1 && fn.op[a] === IR["i32.const"]) {
    [a, b] = [b, a];
    fn.a[index] = a;
    fn.b[index] = b;
  }
  if (isUnary || fn.op[b] === IR["i32.const"]) {
    const right = isUnary ? 0 : fn.a[b]!;
    if (fn.op[a] === IR["i32.const"]) return becomeConstant(fn, index, evaluate(fn.a[a]!, right));
    if (isUnary) return index;
    if (right === 0) {
      if (ZERO_IS_NEUTRAL[op] === 1) return a;
      if (op === IR["i32.and"] || op === IR["i32.mul"]) return becomeConstant(fn, index, 0);
      if (op === IR["i32.eq"]) {
        fn.op[index] = IR["i32.eqz"];
        fn.b[index] = 0;
      }
    } else if (right === -1 && op === IR["i32.and"]) return a;
  } else if (a === b && (op === IR["i32.or"] || op === IR["i32.and"])) return a;
  return index;
}

function becomeConstant(fn: IrFunction, index: number, value: number): number {
  fn.op[index] = IR["i32.const"];
  fn.a[index] = value | 0;
  fn.b[index] = 0;
  return index;
}

/** What is as good where only being 0 or not counts. */
function conditionOf(fn: IrFunction, value: number): number {
  const isCompared = fn.op[value] === IR["i32.ne"] && fn.op[fn.b[value]!] === IR["i32.const"];
  return isCompared && fn.a[fn.b[value]!] === 0 ? fn.a[value]! : value;
}
