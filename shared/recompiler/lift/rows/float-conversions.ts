/** Conversions between the formats, and to and from integers. */

import type { FloatOperation } from "../../float/operations.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";
import { DOUBLE, type Kind, on, SINGLE, settle } from "./float-operands.ts";
import type { LiftBuilder } from "./lift-builder.ts";

/** How a number becomes an integral one before it is cut off; `cvt` is by the mode, which is to nearest where it is usual. */
const ROUNDING = { cvt: "nearest", round: "nearest", trunc: undefined, ceil: "ceil", floor: "floor" } as const;
type Rounding = keyof typeof ROUNDING;

/** The largest number that is too small for an integer: so far as it is none, WebAssembly gives the least one. */
const TOO_SMALL = {
  f32: { w: [0xcf000001, 0], l: [0xdf000001, 0] },
  f64: { w: [0xc1e00000, 0x00200000], l: [0xc3e00000, 1] },
} as const;

/** In the older convention any number that no integer stands for becomes the largest, NaNs and negative ones among them. */
function cutOff(b: LiftBuilder, kind: Kind, width: "w" | "l", value: number): number {
  const type = width === "w" ? "i32" : "i64";
  const integer = b.op(IR[`${type}.trunc_sat_${kind.type}_s`], value);
  if (b.float.isNan2008) return integer;
  const [high, low] = TOO_SMALL[kind.type][width];
  const isAbove = on(b, kind, "gt", value, kind.constant(b, high | 0, low));
  const most = width === "w" ? b.constant(0x7fffffff) : b.op(IR["i64.const"], -1, 0x7fffffff);
  return b.op(IR[`${type}.select`], integer, most, isAbove);
}

function toInteger(kind: Kind, name: Rounding, width: "w" | "l"): Semantics {
  const rounding = ROUNDING[name];
  return (b) => {
    if (width === "l" ? !b.expectWideRegisters() : !kind.expect(b, "rd")) return;
    const value = kind.get(b, "rd");
    const integer = settle(
      b,
      `${name}${width}.${kind.suffix}` satisfies FloatOperation,
      width === "w" ? "i32" : "i64",
      () => [kind.pattern(b, value)],
      () => cutOff(b, kind, width, rounding === undefined ? value : on(b, kind, rounding, value)),
    );
    if (width === "w") b.setWord("sa", integer);
    else b.setLong("sa", integer);
  };
}

function convert(from: Kind, to: Kind, op: number): Semantics {
  return (b) => {
    if (!from.expect(b, "rd") || !to.expect(b, "sa")) return;
    const value = from.get(b, "rd");
    const patterns = () => [from.pattern(b, value)];
    to.set(
      b,
      "sa",
      settle(b, `convert.${to.suffix}`, to.type, patterns, () => b.op(op, value)),
    );
  };
}

/** No NaN comes of it; of a word as a double nothing is lost either. */
function fromInteger(to: Kind, width: "w" | "l"): Semantics {
  const op = IR[`${to.type}.convert_${width === "w" ? "i32" : "i64"}_s`];
  return (b) => {
    if (width === "l" ? !b.expectWideRegisters() : !to.expect(b, "sa")) return;
    const integer = width === "w" ? b.word("rd") : b.long("rd");
    const patterns = () => [width === "w" ? b.op(IR["i64.extend_i32_s"], integer) : integer];
    const fast = () => b.op(op, integer);
    const { control } = b.float;
    const isSure = control === "plain" || (control === "moded" && width === "w" && to === DOUBLE);
    to.set(b, "sa", isSure ? fast() : settle(b, `from${width}.${to.suffix}`, to.type, patterns, fast));
  };
}

const S = SINGLE;
const D = DOUBLE;

// biome-ignore format: a table, one row a mnemonic
export const FLOAT_CONVERSIONS = {
  "cvt.w.s":    toInteger(S, "cvt", "w"),
  "cvt.w.d":    toInteger(D, "cvt", "w"),
  "round.w.s":  toInteger(S, "round", "w"),
  "round.w.d":  toInteger(D, "round", "w"),
  "trunc.w.s":  toInteger(S, "trunc", "w"),
  "trunc.w.d":  toInteger(D, "trunc", "w"),
  "ceil.w.s":   toInteger(S, "ceil", "w"),
  "ceil.w.d":   toInteger(D, "ceil", "w"),
  "floor.w.s":  toInteger(S, "floor", "w"),
  "floor.w.d":  toInteger(D, "floor", "w"),
  "cvt.l.s":    toInteger(S, "cvt", "l"),
  "cvt.l.d":    toInteger(D, "cvt", "l"),
  "round.l.s":  toInteger(S, "round", "l"),
  "round.l.d":  toInteger(D, "round", "l"),
  "trunc.l.s":  toInteger(S, "trunc", "l"),
  "trunc.l.d":  toInteger(D, "trunc", "l"),
  "ceil.l.s":   toInteger(S, "ceil", "l"),
  "ceil.l.d":   toInteger(D, "ceil", "l"),
  "floor.l.s":  toInteger(S, "floor", "l"),
  "floor.l.d":  toInteger(D, "floor", "l"),

  "cvt.d.s":    convert(S, D, IR["f64.promote_f32"]),
  "cvt.s.d":    convert(D, S, IR["f32.demote_f64"]),
  "cvt.d.w":    fromInteger(D, "w"),
  "cvt.s.w":    fromInteger(S, "w"),
  "cvt.d.l":    fromInteger(D, "l"),
  "cvt.s.l":    fromInteger(S, "l"),
} as const satisfies Record<string, Semantics>;
