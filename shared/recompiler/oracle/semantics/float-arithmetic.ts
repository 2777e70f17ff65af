/** Floating-point arithmetic and comparison. To nearest the host computes and tells if it was exact; what it declines is done exactly. */

import {
  add,
  type Binary,
  compareUnordered,
  divide,
  multiply,
  squareRoot,
  subtract,
  type Unary,
} from "../../float/exact.ts";
import { type Format, negated } from "../../float/format.ts";
import { environmentOf, isUsual, raise, setCondition } from "../float/control.ts";
import { type Nearest, outcome } from "../float/nearest.ts";
import { highSlot, lowWord, setLowWord, setWords } from "../float/registers.ts";
import type { Semantics } from "../machine.ts";
import { DOUBLE_KIND, type Kind, SINGLE_KIND, settle, settleHost } from "./float-operands.ts";

function unary(kind: Kind, host: (nearest: Nearest, a: number) => number, exact: Unary): Semantics {
  const { format, nearest, expect, read, readPattern, writePattern } = kind;
  return (m, i) => {
    expect(m, i.rd | i.sa);
    if (isUsual(m) && settleHost(m, kind, i.sa, host(nearest, read(m, i.rd)))) return;
    settle(m, writePattern, i.sa, (environment) => exact(format, readPattern(m, i.rd), environment));
  };
}

function binary(kind: Kind, host: (nearest: Nearest, a: number, b: number) => number, exact: Binary): Semantics {
  const { format, nearest, expect, read, readPattern, writePattern } = kind;
  return (m, i) => {
    expect(m, i.rd | i.rt | i.sa);
    if (isUsual(m) && settleHost(m, kind, i.sa, host(nearest, read(m, i.rd), read(m, i.rt)))) return;
    settle(m, writePattern, i.sa, (environment) =>
      exact(format, readPattern(m, i.rd), readPattern(m, i.rt), environment),
    );
  };
}

/** The second operation follows on the rounded result of the first: either may have been inexact. */
function hostThen(first: number, second: (first: number) => number): number {
  const { isInexact } = outcome;
  const result = second(first);
  outcome.isInexact ||= isInexact;
  return result;
}

type Combine = "add" | "subtract";
const COMBINE: Readonly<Record<Combine, Binary>> = { add, subtract };

/**
 * `madd` and its like: the product is rounded before `fr` is added (MIPS32 Volume II, MADD.fmt: "the result sequence is as if
 * separate multiply and add instructions were executed"). The `n` forms change the sign of whatever comes out, as in qemu.
 */
function multiplyThen(kind: Kind, combine: Combine, isNegated: boolean): Semantics {
  const { format, nearest, expect, read, readPattern, writePattern } = kind;
  const exact = COMBINE[combine];
  return (m, i) => {
    expect(m, i.rs | i.rd | i.rt | i.sa);
    if (isUsual(m)) {
      const product = nearest.multiply(read(m, i.rd), read(m, i.rt));
      const result = hostThen(product, (first) => nearest[combine](first, read(m, i.rs)));
      if (settleHost(m, kind, i.sa, isNegated ? -result : result)) return;
    }
    settle(m, writePattern, i.sa, (environment) => {
      const product = multiply(format, readPattern(m, i.rd), readPattern(m, i.rt), environment);
      const result = exact(format, product, readPattern(m, i.rs), environment);
      return isNegated ? negated(format, result) : result;
    });
  };
}

const ONE: Readonly<Record<Format["bits"], bigint>> = { 32: 0x3f80_0000n, 64: 0x3ff0_0000_0000_0000n };

const reciprocal: Unary = (format, a, environment) => divide(format, ONE[format.bits], a, environment);

const SIGN = 0x8000_0000;

/** Arithmetic in the manual's older convention, moves of a sign in qemu and in that of 2008: a signalling NaN raises nothing. */
function changeSign(kind: Kind, change: (word: number) => number): Semantics {
  if (kind === SINGLE_KIND) return (m, i) => setLowWord(m, i.sa, change(lowWord(m, i.rd)));
  return (m, i) => {
    kind.expect(m, i.rd | i.sa);
    setWords(m, i.sa, change(m.registers[highSlot(m, i.rd)]!), lowWord(m, i.rd));
  };
}

/** How two numbers compare; unordered where one of them is a NaN. */
type Order = "less" | "equal" | "greater" | "unordered";

/** A condition by its number: bit 0 holds for unordered operands, 1 for equal ones, 2 for less; with bit 3 any NaN is invalid. */
function isMet(condition: number, order: Order): boolean {
  const bit = order === "unordered" ? 1 : order === "equal" ? 2 : order === "less" ? 4 : 0;
  return (condition & bit) !== 0;
}

const SIGNALLING = 8;

function orderOfNumbers(a: number, b: number): Order {
  return a < b ? "less" : a > b ? "greater" : a === b ? "equal" : "unordered";
}

function comparison({ format, expect, read, readPattern }: Kind, condition: number): Semantics {
  return (m, i) => {
    expect(m, i.rd | i.rt);
    const order = orderOfNumbers(read(m, i.rd), read(m, i.rt));
    if (order !== "unordered") raise(m, 0);
    else {
      const environment = environmentOf(m);
      const operands = [readPattern(m, i.rd), readPattern(m, i.rt)];
      compareUnordered(format, operands, (condition & SIGNALLING) !== 0, environment);
      raise(m, environment.raised);
    }
    setCondition(m, i.sa >>> 2, isMet(condition, order));
  };
}

const S = SINGLE_KIND;
const D = DOUBLE_KIND;

const hostAdd = (nearest: Nearest, a: number, b: number): number => nearest.add(a, b);
const hostSubtract = (nearest: Nearest, a: number, b: number): number => nearest.subtract(a, b);
const hostMultiply = (nearest: Nearest, a: number, b: number): number => nearest.multiply(a, b);
const hostDivide = (nearest: Nearest, a: number, b: number): number => nearest.divide(a, b);
const hostRoot = (nearest: Nearest, a: number): number => nearest.squareRoot(a);
const hostReciprocal = (nearest: Nearest, a: number): number => nearest.divide(1, a);
const hostReciprocalRoot = (nearest: Nearest, a: number): number =>
  hostThen(nearest.squareRoot(a), (root) => nearest.divide(1, root));

/** The root is rounded before it is divided by. */
const reciprocalRoot: Unary = (format, a, environment) =>
  reciprocal(format, squareRoot(format, a, environment), environment);

// biome-ignore format: a table, one row a mnemonic
export const FLOAT_ARITHMETIC = {
  "add.s":   binary(S, hostAdd, add),
  "add.d":   binary(D, hostAdd, add),
  "sub.s":   binary(S, hostSubtract, subtract),
  "sub.d":   binary(D, hostSubtract, subtract),
  "mul.s":   binary(S, hostMultiply, multiply),
  "mul.d":   binary(D, hostMultiply, multiply),
  "div.s":   binary(S, hostDivide, divide),
  "div.d":   binary(D, hostDivide, divide),
  "sqrt.s":  unary(S, hostRoot, squareRoot),
  "sqrt.d":  unary(D, hostRoot, squareRoot),
  "recip.s": unary(S, hostReciprocal, reciprocal),
  "recip.d": unary(D, hostReciprocal, reciprocal),
  "rsqrt.s": unary(S, hostReciprocalRoot, reciprocalRoot),
  "rsqrt.d": unary(D, hostReciprocalRoot, reciprocalRoot),
  "abs.s":   changeSign(S, (word) => word & ~SIGN),
  "abs.d":   changeSign(D, (word) => word & ~SIGN),
  "neg.s":   changeSign(S, (word) => word ^ SIGN),
  "neg.d":   changeSign(D, (word) => word ^ SIGN),

  "madd.s":  multiplyThen(S, "add", false),
  "madd.d":  multiplyThen(D, "add", false),
  "msub.s":  multiplyThen(S, "subtract", false),
  "msub.d":  multiplyThen(D, "subtract", false),
  "nmadd.s": multiplyThen(S, "add", true),
  "nmadd.d": multiplyThen(D, "add", true),
  "nmsub.s": multiplyThen(S, "subtract", true),
  "nmsub.d": multiplyThen(D, "subtract", true),

  "c.f.s":    comparison(S, 0),
  "c.un.s":   comparison(S, 1),
  "c.eq.s":   comparison(S, 2),
  "c.ueq.s":  comparison(S, 3),
  "c.olt.s":  comparison(S, 4),
  "c.ult.s":  comparison(S, 5),
  "c.ole.s":  comparison(S, 6),
  "c.ule.s":  comparison(S, 7),
  "c.sf.s":   comparison(S, 8),
  "c.ngle.s": comparison(S, 9),
  "c.seq.s":  comparison(S, 10),
  "c.ngl.s":  comparison(S, 11),
  "c.lt.s":   comparison(S, 12),
  "c.nge.s":  comparison(S, 13),
  "c.le.s":   comparison(S, 14),
  "c.ngt.s":  comparison(S, 15),
  "c.f.d":    comparison(D, 0),
  "c.un.d":   comparison(D, 1),
  "c.eq.d":   comparison(D, 2),
  "c.ueq.d":  comparison(D, 3),
  "c.olt.d":  comparison(D, 4),
  "c.ult.d":  comparison(D, 5),
  "c.ole.d":  comparison(D, 6),
  "c.ule.d":  comparison(D, 7),
  "c.sf.d":   comparison(D, 8),
  "c.ngle.d": comparison(D, 9),
  "c.seq.d":  comparison(D, 10),
  "c.ngl.d":  comparison(D, 11),
  "c.lt.d":   comparison(D, 12),
  "c.nge.d":  comparison(D, 13),
  "c.le.d":   comparison(D, 14),
  "c.ngt.d":  comparison(D, 15),
} as const satisfies Record<string, Semantics>;
