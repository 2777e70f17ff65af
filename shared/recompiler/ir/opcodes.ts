/** Every operation of the IR as data, one row each: printer, parser, verifier, passes and emission read it. */

import { OP } from "../wasm/opcodes.ts";

export const TYPES = ["i32", "i64", "f32", "f64"] as const;
export type ValueType = (typeof TYPES)[number];
export const I32 = 0;
export const I64 = 1;

/**
 * What the four columns of an instruction hold. `a` to `d` are numbers; where one is a value, it is the number of the
 * instruction that makes it.
 *
 * - `param`: a type (a). `integer`, `wide`, `single`, `double`: constants by their bits (a, and b for the upper half)
 * - `values`: as many values as the row has types
 * - `get`: a cell (a). `set`: a cell (a), a value (b)
 * - `load`, `store`: an address (a) plus an offset (c), what is stored (b), the address's residue modulo 4 plus 1, or 0
 *   where it is not known (d). `part`: the same, merged into a value (b)
 * - `memory_load`, `memory_store`: the same on linear memory, with the exponent of the alignment (d)
 * - `check`: traps unless address (a) plus offset (c) is a multiple of (d). `trap_if`: value (a), kind of trap (c)
 * - The rest end a block. `way_one`, `way_two`, `ways`: so many edges, from (c) on in the pool, `ways` as many as (d)
 *   says. `call`: a guest address (b), one edge (c), an interface (d). `call_value`: a value (a) in place of the address.
 *   `leave`, `leave_value`: the same without an edge. `end`: nothing. `trap`:
 *   kind (c), guest address (b)
 */
export type Shape =
  | "none" | "param" | "integer" | "wide" | "single" | "double" | "values" | "get" | "set" | "load" | "part" | "store"
  | "memory_load" | "memory_store" | "check" | "trap_if" | "way_one" | "way_two" | "ways" | "call" | "call_value"
  | "host_call" | "leave" | "leave_value" | "end" | "trap"; // biome-ignore format: a list

/** What an instruction does besides making a value. Loads may be left undone only where nothing else is seen of it. */
export type Effect = "pure" | "cell" | "load" | "store" | "trap" | "end";

type Row = readonly [
  name: string,
  shape: Shape,
  effect: Effect,
  result: ValueType | "none" | "own",
  operands: readonly ValueType[],
  wasm: number,
];

const i = "i32";
const l = "i64";
const s = "f32";
const d = "f64";
const NO_CODE = -1;

/** `wasm`: the opcode of an operation that is one instruction of WebAssembly. `own`: the type is in the instruction. */
// biome-ignore format: a table, one row an operation
const ROWS = [
  ["nop",              "none",     "pure", "none", [],        NO_CODE],
  ["param",            "param",    "pure", "own",  [],        NO_CODE],
  ["i32.const",        "integer",  "pure", i,      [],        OP.i32Const],
  ["i64.const",        "wide",     "pure", l,      [],        OP.i64Const],
  ["f32.const",        "single",   "pure", s,      [],        OP.f32Const],
  ["f64.const",        "double",   "pure", d,      [],        OP.f64Const],
  ["i32.add",          "values",   "pure", i,      [i, i],    OP.i32Add],
  ["i32.sub",          "values",   "pure", i,      [i, i],    OP.i32Sub],
  ["i32.mul",          "values",   "pure", i,      [i, i],    OP.i32Mul],
  ["i32.div_s",        "values",   "pure", i,      [i, i],    OP.i32DivS],
  ["i32.div_u",        "values",   "pure", i,      [i, i],    OP.i32DivU],
  ["i32.and",          "values",   "pure", i,      [i, i],    OP.i32And],
  ["i32.or",           "values",   "pure", i,      [i, i],    OP.i32Or],
  ["i32.xor",          "values",   "pure", i,      [i, i],    OP.i32Xor],
  ["i32.shl",          "values",   "pure", i,      [i, i],    OP.i32Shl],
  ["i32.shr_s",        "values",   "pure", i,      [i, i],    OP.i32ShrS],
  ["i32.shr_u",        "values",   "pure", i,      [i, i],    OP.i32ShrU],
  ["i32.rotr",         "values",   "pure", i,      [i, i],    OP.i32Rotr],
  ["i32.eq",           "values",   "pure", i,      [i, i],    OP.i32Eq],
  ["i32.ne",           "values",   "pure", i,      [i, i],    OP.i32Ne],
  ["i32.lt_s",         "values",   "pure", i,      [i, i],    OP.i32LtS],
  ["i32.lt_u",         "values",   "pure", i,      [i, i],    OP.i32LtU],
  ["i32.gt_s",         "values",   "pure", i,      [i, i],    OP.i32GtS],
  ["i32.gt_u",         "values",   "pure", i,      [i, i],    OP.i32GtU],
  ["i32.le_s",         "values",   "pure", i,      [i, i],    OP.i32LeS],
  ["i32.le_u",         "values",   "pure", i,      [i, i],    OP.i32LeU],
  ["i32.ge_s",         "values",   "pure", i,      [i, i],    OP.i32GeS],
  ["i32.ge_u",         "values",   "pure", i,      [i, i],    OP.i32GeU],
  ["i32.eqz",          "values",   "pure", i,      [i],       OP.i32Eqz],
  ["i32.clz",          "values",   "pure", i,      [i],       OP.i32Clz],
  ["i32.extend8_s",    "values",   "pure", i,      [i],       OP.i32Extend8S],
  ["i32.extend16_s",   "values",   "pure", i,      [i],       OP.i32Extend16S],
  ["i32.select",       "values",   "pure", i,      [i, i, i], OP.select],
  ["i64.add",          "values",   "pure", l,      [l, l],    OP.i64Add],
  ["i64.sub",          "values",   "pure", l,      [l, l],    OP.i64Sub],
  ["i64.mul",          "values",   "pure", l,      [l, l],    OP.i64Mul],
  ["i64.extend_i32_s", "values",   "pure", l,      [i],       OP.i64ExtendI32S],
  ["i64.extend_i32_u", "values",   "pure", l,      [i],       OP.i64ExtendI32U],
  // Halves of a double word: the lower, the upper, and the two joined, the lower first.
  ["i64.low",          "values",   "pure", i,      [l],       OP.i32WrapI64],
  ["i64.high",         "values",   "pure", i,      [l],       NO_CODE],
  ["i64.join",         "values",   "pure", l,      [i, i],    NO_CODE],

  ["get",              "get",      "cell", "own",  [],        NO_CODE],
  ["set",              "set",      "cell", "none", [],        NO_CODE],

  // The guest's memory: its addresses, its byte order. `left` and `right` are the parts of a word at any address.
  ["guest.load8_s",    "load",     "load",  i,      [i],      OP.i32Load8S],
  ["guest.load8_u",    "load",     "load",  i,      [i],      OP.i32Load8U],
  ["guest.load16_s",   "load",     "load",  i,      [i],      OP.i32Load16S],
  ["guest.load16_u",   "load",     "load",  i,      [i],      OP.i32Load16U],
  ["guest.load32",     "load",     "load",  i,      [i],      OP.i32Load],
  ["guest.load32_any", "load",     "load",  i,      [i],      NO_CODE],
  ["guest.load_left",  "part",     "load",  i,      [i, i],   NO_CODE],
  ["guest.load_right", "part",     "load",  i,      [i, i],   NO_CODE],
  ["guest.store8",     "store",    "store", "none", [i, i],   OP.i32Store8],
  ["guest.store16",    "store",    "store", "none", [i, i],   OP.i32Store16],
  ["guest.store32",    "store",    "store", "none", [i, i],   OP.i32Store],
  ["guest.store32_any", "store",   "store", "none", [i, i],   NO_CODE],
  ["guest.store_left", "store",    "store", "none", [i, i],   NO_CODE],
  ["guest.store_right", "store",   "store", "none", [i, i],   NO_CODE],

  // Linear memory.
  ["i32.load8_s",      "memory_load",  "load",  i,      [i],    OP.i32Load8S],
  ["i32.load8_u",      "memory_load",  "load",  i,      [i],    OP.i32Load8U],
  ["i32.load16_s",     "memory_load",  "load",  i,      [i],    OP.i32Load16S],
  ["i32.load16_u",     "memory_load",  "load",  i,      [i],    OP.i32Load16U],
  ["i32.load",         "memory_load",  "load",  i,      [i],    OP.i32Load],
  ["i32.store8",       "memory_store", "store", "none", [i, i], OP.i32Store8],
  ["i32.store16",      "memory_store", "store", "none", [i, i], OP.i32Store16],
  ["i32.store",        "memory_store", "store", "none", [i, i], OP.i32Store],

  ["check",            "check",    "trap", "none", [i],       NO_CODE],
  ["trap_if",          "trap_if",  "trap", "none", [i],       NO_CODE],

  ["jump",             "way_one",  "end",  "none", [],        NO_CODE],
  ["branch",           "way_two",  "end",  "none", [i],       NO_CODE],
  // By the index, and where it is past the last but one, by the last.
  ["switch",           "ways",     "end",  "none", [i],       NO_CODE],
  ["call",             "call",     "end",  "none", [],        NO_CODE],
  ["call_indirect",    "call_value", "end", "none", [i],      NO_CODE],
  ["syscall",          "host_call", "end", "none", [],        NO_CODE],
  ["tail_call",        "leave",    "end",  "none", [],        NO_CODE],
  ["tail_call_indirect", "leave_value", "end", "none", [i],   NO_CODE],
  ["return",           "end",      "end",  "none", [],        NO_CODE],
  ["trap",             "trap",     "end",  "none", [],        NO_CODE],
  // A jump to the address in the value, which no code of the function is at.
  ["trap_target",      "values",   "end",  "none", [i],       NO_CODE],
] as const satisfies readonly Row[];

export type IrName = (typeof ROWS)[number][0];

export interface IrOpcode {
  readonly name: IrName;
  readonly shape: Shape;
  readonly effect: Effect;
  /** `own` where the instruction says its type: parameters and cells. */
  readonly result: ValueType | "none" | "own";
  readonly operands: readonly ValueType[];
  readonly wasm: number;
}

/** By number. */
export const OPCODES: readonly IrOpcode[] = ROWS.map(([name, shape, effect, result, operands, wasm]) => ({
  name,
  shape,
  effect,
  result,
  operands,
  wasm,
}));

/** The number of each operation. */
export const IR: Readonly<Record<IrName, number>> = Object.fromEntries(
  ROWS.map(([name], number) => [name, number]),
) as Record<IrName, number>;
