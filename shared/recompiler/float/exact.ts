/**
 * Floating-point operations on patterns, exactly, in any rounding mode: results are integers times powers of two until they are
 * rounded, once. What NaNs become is as MIPS32 Volume I has it, "Exception Conditions"; which of two NaNs wins, as in qemu:
 * a signalling one before a quiet one, the first before the second.
 */

import {
  bitLength,
  DOUBLE,
  defaultNan,
  type Finite,
  type Format,
  infinity,
  nan,
  unpack,
  type Value,
  zero,
} from "./format.ts";
import { DIVISION_BY_ZERO, type Environment, INEXACT, INVALID, ROUNDING, round, roundTo } from "./round.ts";

export type Binary = (format: Format, a: bigint, b: bigint, environment: Environment) => bigint;
export type Unary = (format: Format, a: bigint, environment: Environment) => bigint;

const isNan = (value: Value): value is Extract<Value, { kind: "nan" }> => value.kind === "nan";
const isZero = (value: Value): boolean => value.kind === "finite" && value.significand === 0n;

function invalid(format: Format, environment: Environment): bigint {
  environment.raised |= INVALID;
  return defaultNan(format, environment.isNan2008);
}

/**
 * The result of an operation that has NaNs among its operands: the NaN chosen, or in the older convention the default one, as in
 * qemu; the manual would keep a quiet operand there, too.
 */
function propagate(format: Format, operands: readonly Value[], environment: Environment): bigint {
  const nans = operands.filter(isNan);
  const signalling = nans.find(({ isSignalling }) => isSignalling);
  if (signalling !== undefined) environment.raised |= INVALID;
  if (!environment.isNan2008) return defaultNan(format, false);
  const { sign, fraction } = signalling ?? nans[0]!;
  return nan(format, sign, fraction);
}

/** The sum of a zero and its opposite. */
const signOfCancelled = ({ rounding }: Environment): bigint => (rounding === ROUNDING.down ? 1n : 0n);

const signed = ({ sign, significand }: Finite, exponent: number, lowest: number): bigint =>
  (sign === 1n ? -significand : significand) << BigInt(exponent - lowest);

function addValues(format: Format, a: Value, b: Value, environment: Environment): bigint {
  if (isNan(a) || isNan(b)) return propagate(format, [a, b], environment);
  if (a.kind === "infinity") {
    return b.kind === "infinity" && a.sign !== b.sign ? invalid(format, environment) : infinity(format, a.sign);
  }
  if (b.kind === "infinity") return infinity(format, b.sign);
  const lowest = Math.min(a.exponent, b.exponent);
  const sum = signed(a, a.exponent, lowest) + signed(b, b.exponent, lowest);
  if (sum === 0n) return zero(format, a.sign === b.sign ? a.sign : signOfCancelled(environment));
  const sign = sum < 0n ? 1n : 0n;
  return round(format, sign, sum < 0n ? -sum : sum, lowest, environment);
}

export const add: Binary = (format, a, b, environment) => {
  const { isNan2008 } = environment;
  return addValues(format, unpack(format, a, isNan2008), unpack(format, b, isNan2008), environment);
};

export const subtract: Binary = (format, a, b, environment) => {
  const { isNan2008 } = environment;
  const subtrahend = unpack(format, b, isNan2008);
  const addend = isNan(subtrahend) ? subtrahend : { ...subtrahend, sign: 1n - subtrahend.sign };
  return addValues(format, unpack(format, a, isNan2008), addend, environment);
};

export const multiply: Binary = (format, left, right, environment) => {
  const a = unpack(format, left, environment.isNan2008);
  const b = unpack(format, right, environment.isNan2008);
  if (isNan(a) || isNan(b)) return propagate(format, [a, b], environment);
  const sign = a.sign ^ b.sign;
  if (a.kind === "infinity" || b.kind === "infinity") {
    return isZero(a) || isZero(b) ? invalid(format, environment) : infinity(format, sign);
  }
  return round(format, sign, a.significand * b.significand, a.exponent + b.exponent, environment);
};

/** Bits beyond a format's precision that a quotient or a root is taken to: more than any rounding looks at. */
const SPARE_BITS = 4;

export const divide: Binary = (format, dividend, divisor, environment) => {
  const a = unpack(format, dividend, environment.isNan2008);
  const b = unpack(format, divisor, environment.isNan2008);
  if (isNan(a) || isNan(b)) return propagate(format, [a, b], environment);
  const sign = a.sign ^ b.sign;
  if (a.kind === "infinity") return b.kind === "infinity" ? invalid(format, environment) : infinity(format, sign);
  if (b.kind === "infinity") return zero(format, sign);
  if (b.significand === 0n) {
    if (a.significand === 0n) return invalid(format, environment);
    environment.raised |= DIVISION_BY_ZERO;
    return infinity(format, sign);
  }
  if (a.significand === 0n) return zero(format, sign);
  const widen = Math.max(0, format.precision + SPARE_BITS + bitLength(b.significand) - bitLength(a.significand));
  const numerator = a.significand << BigInt(widen);
  const quotient = numerator / b.significand;
  const sticky = quotient * b.significand === numerator ? 0n : 1n;
  return round(format, sign, (quotient << 1n) | sticky, a.exponent - b.exponent - widen - 1, environment);
};

/** The largest integer whose square is not above the number. Newton's method from above. */
function integerRoot(number: bigint): bigint {
  let root = 1n << BigInt((bitLength(number) + 1) >> 1);
  for (;;) {
    const next = (root + number / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export const squareRoot: Unary = (format, operand, environment) => {
  const a = unpack(format, operand, environment.isNan2008);
  if (isNan(a)) return propagate(format, [a], environment);
  if (isZero(a)) return operand;
  if (a.sign === 1n) return invalid(format, environment);
  if (a.kind === "infinity") return operand;
  const room = Math.max(0, 2 * (format.precision + SPARE_BITS) - bitLength(a.significand));
  const widen = room + ((a.exponent - room) & 1);
  const radicand = a.significand << BigInt(widen);
  const root = integerRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return round(format, 0n, (root << 1n) | sticky, (a.exponent - widen) / 2 - 1, environment);
};

/** From one format to another. A NaN keeps its sign and the upper part of its fraction. */
export function convert(from: Format, to: Format, operand: bigint, environment: Environment): bigint {
  const a = unpack(from, operand, environment.isNan2008);
  if (a.kind === "infinity") return infinity(to, a.sign);
  if (a.kind === "finite") return round(to, a.sign, a.significand, a.exponent, environment);
  const grown = BigInt(to.precision - from.precision);
  const fraction = grown < 0n ? a.fraction >> -grown : a.fraction << grown;
  return propagate(to, [{ ...a, fraction }], environment);
}

export function fromInteger(to: Format, integer: bigint, environment: Environment): bigint {
  return integer < 0n ? round(to, 1n, -integer, 0, environment) : round(to, 0n, integer, 0, environment);
}

/** What becomes of an operand that no integer stands for: MIPS32 Volume I, "Default Result for Invalid Operation". */
function noInteger(value: Value, bits: number, environment: Environment): bigint {
  environment.raised |= INVALID;
  const most = (1n << BigInt(bits - 1)) - 1n;
  if (!environment.isNan2008) return most;
  if (isNan(value)) return 0n;
  return value.sign === 1n ? -most - 1n : most;
}

/** @returns the integer, signed, of 32 or 64 bits */
export function toInteger(
  from: Format,
  operand: bigint,
  bits: number,
  rounding: number,
  environment: Environment,
): bigint {
  const a = unpack(from, operand, environment.isNan2008);
  if (a.kind !== "finite") return noInteger(a, bits, environment);
  // Nothing is lost but time by what is far too large.
  if (a.significand !== 0n && a.exponent > DOUBLE.precision + bits) return noInteger(a, bits, environment);
  const { units, isInexact } = roundTo(rounding, a.sign, a.significand, a.exponent, 0);
  const integer = a.sign === 1n ? -units : units;
  if (BigInt.asIntN(bits, integer) !== integer) return noInteger(a, bits, environment);
  if (isInexact) environment.raised |= INEXACT;
  return integer;
}

/**
 * What a comparison raises that finds a NaN: any is invalid for the conditions from `sf` to `ngt`, else only a signalling one.
 * Numbers compare without raising anything.
 */
export function compareUnordered(
  format: Format,
  operands: readonly bigint[],
  isSignalling: boolean,
  environment: Environment,
): void {
  const nans = operands.map((operand) => unpack(format, operand, environment.isNan2008)).filter(isNan);
  if (isSignalling || nans.some((each) => each.isSignalling)) environment.raised |= INVALID;
}
