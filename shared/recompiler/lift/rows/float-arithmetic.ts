/** Floating-point arithmetic and comparison: what each instruction means, one row a mnemonic. */

import { IR } from "../../ir/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";
import { DOUBLE, type Kind, on, SINGLE, settle } from "./float-operands.ts";
import type { LiftBuilder } from "./lift-builder.ts";

type Unary = "sqrt" | "recip" | "rsqrt";
type Binary = "add" | "sub" | "mul" | "div";

const ONE = { f32: 0x3f800000, f64: 0x3ff00000 } as const;

function reciprocal(b: LiftBuilder, kind: Kind, value: number): number {
  return on(b, kind, "div", kind.constant(b, ONE[kind.type], 0), value);
}

const FAST: Readonly<Record<Unary, (b: LiftBuilder, kind: Kind, value: number) => number>> = {
  sqrt: (b, kind, value) => on(b, kind, "sqrt", value),
  recip: reciprocal,
  // The root is rounded before it is divided by.
  rsqrt: (b, kind, value) => reciprocal(b, kind, on(b, kind, "sqrt", value)),
};

function unary(kind: Kind, name: Unary): Semantics {
  return (b) => {
    if (!kind.expect(b, "rd", "sa")) return;
    const value = kind.get(b, "rd");
    const patterns = () => [kind.pattern(b, value)];
    kind.set(
      b,
      "sa",
      settle(b, `${name}.${kind.suffix}`, kind.type, patterns, () => FAST[name](b, kind, value)),
    );
  };
}

function combined(b: LiftBuilder, kind: Kind, name: Binary, left: number, right: number): number {
  const patterns = () => [kind.pattern(b, left), kind.pattern(b, right)];
  return settle(b, `${name}.${kind.suffix}`, kind.type, patterns, () => on(b, kind, name, left, right));
}

function binary(kind: Kind, name: Binary): Semantics {
  return (b) => {
    if (kind.expect(b, "rd", "rt", "sa"))
      kind.set(b, "sa", combined(b, kind, name, kind.get(b, "rd"), kind.get(b, "rt")));
  };
}

/** The product is rounded before `fr` joins it. Causes are those of both: where somebody looks at them it is one operation. */
function multiplyThen(kind: Kind, name: "madd" | "msub" | "nmadd" | "nmsub"): Semantics {
  const isNegated = name.startsWith("n");
  const then = name.endsWith("add") ? "add" : "sub";
  return (b) => {
    if (!kind.expect(b, "rs", "rd", "rt", "sa")) return;
    const [addend, left, right] = [kind.get(b, "rs"), kind.get(b, "rd"), kind.get(b, "rt")];
    if (b.float.control === "observed") {
      const patterns = () => [left, right, addend].map((value) => kind.pattern(b, value));
      kind.set(
        b,
        "sa",
        settle(b, `${name}.${kind.suffix}`, kind.type, patterns, () => left),
      );
      return;
    }
    const result = combined(b, kind, then, combined(b, kind, "mul", left, right), addend);
    kind.set(b, "sa", isNegated ? on(b, kind, "neg", result) : result);
  };
}

/** No arithmetic, but the sign's: nothing is raised. */
function changeSign(kind: Kind, name: "abs" | "neg"): Semantics {
  return (b) => {
    if (kind.expect(b, "rd", "sa")) kind.set(b, "sa", on(b, kind, name, kind.get(b, "rd")));
  };
}

type Comparison = (b: LiftBuilder, kind: Kind, left: number, right: number) => number;

const or = (b: LiftBuilder, left: number, right: number): number => b.op(IR["i32.or"], left, right);
const not = (b: LiftBuilder, value: number): number => b.op(IR["i32.eqz"], value);

/** By the condition's number modulo 8: bit 0 holds for unordered operands, 1 for equal ones, 2 for less. */
const COMPARISONS: readonly Comparison[] = [
  (b) => b.constant(0),
  (b, kind, left, right) => or(b, on(b, kind, "ne", left, left), on(b, kind, "ne", right, right)),
  (b, kind, left, right) => on(b, kind, "eq", left, right),
  (b, kind, left, right) => not(b, or(b, on(b, kind, "lt", left, right), on(b, kind, "gt", left, right))),
  (b, kind, left, right) => on(b, kind, "lt", left, right),
  (b, kind, left, right) => not(b, on(b, kind, "ge", left, right)),
  (b, kind, left, right) => on(b, kind, "le", left, right),
  (b, kind, left, right) => not(b, on(b, kind, "gt", left, right)),
];

const UNORDERED = 1;
/** With it any NaN is invalid, else a signalling one alone. */
const SIGNALLING = 8;

function comparison(kind: Kind, condition: number): Semantics {
  const compare = COMPARISONS[condition % SIGNALLING]!;
  const operation = `${condition < SIGNALLING ? "quiet" : "signal"}.${kind.suffix}` as const;
  return (b) => {
    if (!kind.expect(b, "rd", "rt")) return;
    const [left, right] = [kind.get(b, "rd"), kind.get(b, "rt")];
    const patterns = () => [kind.pattern(b, left), kind.pattern(b, right)];
    // What it raises has nothing to do with the result: nothing, where neither is a NaN.
    const isOrdered = () => not(b, COMPARISONS[UNORDERED]!(b, kind, left, right));
    if (b.float.control !== "plain") settle(b, operation, "i32", patterns, isOrdered);
    b.setCondition("sa", compare(b, kind, left, right));
  };
}

const S = SINGLE;
const D = DOUBLE;

// biome-ignore format: a table, one row a mnemonic
export const FLOAT_ARITHMETIC = {
  "add.s":   binary(S, "add"),
  "add.d":   binary(D, "add"),
  "sub.s":   binary(S, "sub"),
  "sub.d":   binary(D, "sub"),
  "mul.s":   binary(S, "mul"),
  "mul.d":   binary(D, "mul"),
  "div.s":   binary(S, "div"),
  "div.d":   binary(D, "div"),
  "sqrt.s":  unary(S, "sqrt"),
  "sqrt.d":  unary(D, "sqrt"),
  "recip.s": unary(S, "recip"),
  "recip.d": unary(D, "recip"),
  "rsqrt.s": unary(S, "rsqrt"),
  "rsqrt.d": unary(D, "rsqrt"),
  "abs.s":   changeSign(S, "abs"),
  "abs.d":   changeSign(D, "abs"),
  "neg.s":   changeSign(S, "neg"),
  "neg.d":   changeSign(D, "neg"),

  "madd.s":  multiplyThen(S, "madd"),
  "madd.d":  multiplyThen(D, "madd"),
  "msub.s":  multiplyThen(S, "msub"),
  "msub.d":  multiplyThen(D, "msub"),
  "nmadd.s": multiplyThen(S, "nmadd"),
  "nmadd.d": multiplyThen(D, "nmadd"),
  "nmsub.s": multiplyThen(S, "nmsub"),
  "nmsub.d": multiplyThen(D, "nmsub"),

  "c.f.s":     comparison(S, 0),
  "c.un.s":    comparison(S, 1),
  "c.eq.s":    comparison(S, 2),
  "c.ueq.s":   comparison(S, 3),
  "c.olt.s":   comparison(S, 4),
  "c.ult.s":   comparison(S, 5),
  "c.ole.s":   comparison(S, 6),
  "c.ule.s":   comparison(S, 7),
  "c.sf.s":    comparison(S, 8),
  "c.ngle.s":  comparison(S, 9),
  "c.seq.s":   comparison(S, 10),
  "c.ngl.s":   comparison(S, 11),
  "c.lt.s":    comparison(S, 12),
  "c.nge.s":   comparison(S, 13),
  "c.le.s":    comparison(S, 14),
  "c.ngt.s":   comparison(S, 15),

  "c.f.d":     comparison(D, 0),
  "c.un.d":    comparison(D, 1),
  "c.eq.d":    comparison(D, 2),
  "c.ueq.d":   comparison(D, 3),
  "c.olt.d":   comparison(D, 4),
  "c.ult.d":   comparison(D, 5),
  "c.ole.d":   comparison(D, 6),
  "c.ule.d":   comparison(D, 7),
  "c.sf.d":    comparison(D, 8),
  "c.ngle.d":  comparison(D, 9),
  "c.seq.d":   comparison(D, 10),
  "c.ngl.d":   comparison(D, 11),
  "c.lt.d":    comparison(D, 12),
  "c.nge.d":   comparison(D, 13),
  "c.le.d":    comparison(D, 14),
  "c.ngt.d":   comparison(D, 15),
} as const satisfies Record<string, Semantics>;
