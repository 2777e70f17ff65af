/** Every operation of the IR as data, one row each: printer, parser, verifier, passes and emission read it. */

import { OP } from "../wasm/opcodes.ts";

export const TYPES = ["i32", "i64", "f32", "f64"] as const;
export type ValueType = (typeof TYPES)[number];
export const I32 = 0;

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
 * - `settle`: a result (a) that stands unless it is a NaN or arithmetic is not the usual; then the host works out the
 *   operation (d) of the patterns (b, c). With `NOTED` in (d) it is noted besides. `host_float`: the host does in any case, of the patterns (a, b, c)
 * - `check`: traps unless address (a) plus offset (c) is a multiple of (d). `trap_if`: value (a), kind of trap (c)
 * - `tell`: address (a) plus offset (c), what it is (d): a number of `TOLD`
 * - The rest end a block. `way_one`, `way_two`, `ways`: so many edges, from (c) on in the pool, `ways` as many as (d)
 *   says. `call`: a guest address (b), one edge (c), an interface (d). `call_value`: a value (a) in place of the address.
 *   `leave`, `leave_value`: the same without an edge. `end`: nothing. `trap`:
 *   kind (c), guest address (b)
 */
export type Shape =
  | "none" | "param" | "integer" | "wide" | "single" | "double" | "values" | "get" | "set" | "load" | "part" | "store"
  | "memory_load" | "memory_store" | "settle" | "host_float" | "check" | "trap_if" | "tell" | "way_one" | "way_two" | "ways" | "call" | "call_value"
  | "host_call" | "leave" | "leave_value" | "end" | "trap"; // biome-ignore format: a list

/** What an instruction does besides making a value. Loads may be left undone only where nothing else is seen of it. */
export type Effect = "pure" | "cell" | "load" | "store" | "trap" | "end";

/** Says, beside an operation's number, that FCSR may be asked for what the operation caused before another is done. */
export const NOTED = 0x100;

/**
 * In the place of the guest address that an instruction comes from, where that is known only as the code runs: it is in the cell
 * `target` then. No instruction is at an odd address.
 */
export const AT_TARGET = 1;

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

  ["i64.select",       "values",   "pure", l,      [l, l, i], OP.select],

  ["f32.add",          "values",   "pure", s,      [s, s],    OP.f32Add],
  ["f32.sub",          "values",   "pure", s,      [s, s],    OP.f32Sub],
  ["f32.mul",          "values",   "pure", s,      [s, s],    OP.f32Mul],
  ["f32.div",          "values",   "pure", s,      [s, s],    OP.f32Div],
  ["f32.sqrt",         "values",   "pure", s,      [s],       OP.f32Sqrt],
  ["f32.abs",          "values",   "pure", s,      [s],       OP.f32Abs],
  ["f32.neg",          "values",   "pure", s,      [s],       OP.f32Neg],
  ["f32.ceil",         "values",   "pure", s,      [s],       OP.f32Ceil],
  ["f32.floor",        "values",   "pure", s,      [s],       OP.f32Floor],
  ["f32.nearest",      "values",   "pure", s,      [s],       OP.f32Nearest],
  ["f32.eq",           "values",   "pure", i,      [s, s],    OP.f32Eq],
  ["f32.ne",           "values",   "pure", i,      [s, s],    OP.f32Ne],
  ["f32.lt",           "values",   "pure", i,      [s, s],    OP.f32Lt],
  ["f32.gt",           "values",   "pure", i,      [s, s],    OP.f32Gt],
  ["f32.le",           "values",   "pure", i,      [s, s],    OP.f32Le],
  ["f32.ge",           "values",   "pure", i,      [s, s],    OP.f32Ge],
  ["f32.select",       "values",   "pure", s,      [s, s, i], OP.select],
  ["f64.add",          "values",   "pure", d,      [d, d],    OP.f64Add],
  ["f64.sub",          "values",   "pure", d,      [d, d],    OP.f64Sub],
  ["f64.mul",          "values",   "pure", d,      [d, d],    OP.f64Mul],
  ["f64.div",          "values",   "pure", d,      [d, d],    OP.f64Div],
  ["f64.sqrt",         "values",   "pure", d,      [d],       OP.f64Sqrt],
  ["f64.abs",          "values",   "pure", d,      [d],       OP.f64Abs],
  ["f64.neg",          "values",   "pure", d,      [d],       OP.f64Neg],
  ["f64.ceil",         "values",   "pure", d,      [d],       OP.f64Ceil],
  ["f64.floor",        "values",   "pure", d,      [d],       OP.f64Floor],
  ["f64.nearest",      "values",   "pure", d,      [d],       OP.f64Nearest],
  ["f64.eq",           "values",   "pure", i,      [d, d],    OP.f64Eq],
  ["f64.ne",           "values",   "pure", i,      [d, d],    OP.f64Ne],
  ["f64.lt",           "values",   "pure", i,      [d, d],    OP.f64Lt],
  ["f64.gt",           "values",   "pure", i,      [d, d],    OP.f64Gt],
  ["f64.le",           "values",   "pure", i,      [d, d],    OP.f64Le],
  ["f64.ge",           "values",   "pure", i,      [d, d],    OP.f64Ge],
  ["f64.select",       "values",   "pure", d,      [d, d, i], OP.select],

  ["f32.demote_f64",   "values",   "pure", s,      [d],       OP.f32DemoteF64],
  ["f64.promote_f32",  "values",   "pure", d,      [s],       OP.f64PromoteF32],
  ["f32.convert_i32_s", "values",  "pure", s,      [i],       OP.f32ConvertI32S],
  ["f32.convert_i64_s", "values",  "pure", s,      [l],       OP.f32ConvertI64S],
  ["f64.convert_i32_s", "values",  "pure", d,      [i],       OP.f64ConvertI32S],
  ["f64.convert_i64_s", "values",  "pure", d,      [l],       OP.f64ConvertI64S],
  ["i32.trunc_sat_f32_s", "values", "pure", i,     [s],       OP.i32TruncSatF32S],
  ["i32.trunc_sat_f64_s", "values", "pure", i,     [d],       OP.i32TruncSatF64S],
  ["i64.trunc_sat_f32_s", "values", "pure", l,     [s],       OP.i64TruncSatF32S],
  ["i64.trunc_sat_f64_s", "values", "pure", l,     [d],       OP.i64TruncSatF64S],
  ["i32.reinterpret_f32", "values", "pure", i,     [s],       OP.i32ReinterpretF32],
  ["i64.reinterpret_f64", "values", "pure", l,     [d],       OP.i64ReinterpretF64],
  ["f32.reinterpret_i32", "values", "pure", s,     [i],       OP.f32ReinterpretI32],
  ["f64.reinterpret_i64", "values", "pure", d,     [l],       OP.f64ReinterpretI64],
  ["i64.rotl",         "values",   "pure", l,      [l, l],    OP.i64Rotl],

  // Arithmetic that the host may have a say in.
  ["settle_i32",       "settle",   "trap", i,      [i, l, l], NO_CODE],
  ["settle_i64",       "settle",   "trap", l,      [l, l, l], NO_CODE],
  ["settle_f32",       "settle",   "trap", s,      [s, l, l], NO_CODE],
  ["settle_f64",       "settle",   "trap", d,      [d, l, l], NO_CODE],
  ["host_float",       "host_float", "trap", l,    [l, l, l], NO_CODE],

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
  ["guest.load_single", "load",    "load",  s,      [i],      OP.f32Load],
  ["guest.load_double", "load",    "load",  d,      [i],      OP.f64Load],
  ["guest.store_single", "store",  "store", "none", [i, s],   OP.f32Store],
  ["guest.store_double", "store",  "store", "none", [i, d],   OP.f64Store],
  ["guest.store32_any", "store",   "store", "none", [i, i],   NO_CODE],
  ["guest.store_left", "store",    "store", "none", [i, i],   NO_CODE],
  ["guest.store_right", "store",   "store", "none", [i, i],   NO_CODE],

  // Linear memory.
  ["i32.load8_s",      "memory_load",  "load",  i,      [i],    OP.i32Load8S],
  ["i32.load8_u",      "memory_load",  "load",  i,      [i],    OP.i32Load8U],
  ["i32.load16_s",     "memory_load",  "load",  i,      [i],    OP.i32Load16S],
  ["i32.load16_u",     "memory_load",  "load",  i,      [i],    OP.i32Load16U],
  ["i32.load",         "memory_load",  "load",  i,      [i],    OP.i32Load],
  ["i64.load",         "memory_load",  "load",  l,      [i],    OP.i64Load],
  ["f32.load",         "memory_load",  "load",  s,      [i],    OP.f32Load],
  ["f64.load",         "memory_load",  "load",  d,      [i],    OP.f64Load],
  ["i32.store8",       "memory_store", "store", "none", [i, i], OP.i32Store8],
  ["i32.store16",      "memory_store", "store", "none", [i, i], OP.i32Store16],
  ["i32.store",        "memory_store", "store", "none", [i, i], OP.i32Store],
  ["i64.store",        "memory_store", "store", "none", [i, l], OP.i64Store],
  ["f32.store",        "memory_store", "store", "none", [i, s], OP.f32Store],
  ["f64.store",        "memory_store", "store", "none", [i, d], OP.f64Store],

  ["check",            "check",    "trap", "none", [i],       NO_CODE],
  ["trap_if",          "trap_if",  "trap", "none", [i],       NO_CODE],
  // To the host, of code that is followed step by step. What it holds in cells is in their globals then.
  ["tell",             "tell",     "trap", "none", [i],       NO_CODE],

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
  // The same where the first value is the second, the `ra` that the function was entered with; else control goes to the first.
  ["return_to",        "values",   "end",  "none", [i, i],    NO_CODE],
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
