/** Conversions between the formats, and to and from integers. */

import { convert, fromInteger, toInteger } from "../../float/exact.ts";
import { INEXACT, ROUNDING } from "../../float/round.ts";
import { isUsual, raise, roundingOf } from "../float/control.ts";
import { outcome, toSingle } from "../float/nearest.ts";
import { lowWord, readLong, requireWideRegisters, setLowWord, writeLong } from "../float/registers.ts";
import type { DecodedInstruction, Machine, Semantics } from "../machine.ts";
import { DOUBLE_KIND, type Kind, SINGLE_KIND, settle, settleHost } from "./float-operands.ts";

/** A rounding mode, by FCSR or by the instruction's name. */
type Mode = (m: Machine) => number;

const NEAREST: Mode = () => ROUNDING.nearest;
const TOWARD_ZERO: Mode = () => ROUNDING.towardZero;
const UP: Mode = () => ROUNDING.up;
const DOWN: Mode = () => ROUNDING.down;

/** Half goes to the even neighbour. */
function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}

function roundBy(mode: number, value: number): number {
  if (mode === ROUNDING.nearest) return roundToEven(value);
  if (mode === ROUNDING.towardZero) return Math.trunc(value);
  return mode === ROUNDING.up ? Math.ceil(value) : Math.floor(value);
}

/** Numbers below this are words however they are rounded. */
const SURELY_WORD = 2 ** 31 - 1;

function toWord({ format, expect, read, readPattern }: Kind, modeOf: Mode): Semantics {
  return (m, i) => {
    expect(m, i.rd);
    const value = read(m, i.rd);
    const mode = modeOf(m);
    if (Math.abs(value) < SURELY_WORD) {
      const word = roundBy(mode, value);
      raise(m, word === value ? 0 : INEXACT);
      setLowWord(m, i.sa, word);
      return;
    }
    const write = (_: Machine, register: number, integer: bigint) => setLowWord(m, register, Number(integer));
    settle(m, write, i.sa, (environment) => toInteger(format, readPattern(m, i.rd), 32, mode, environment));
  };
}

function toLong({ format, readPattern }: Kind, modeOf: Mode): Semantics {
  return (m, i) => {
    requireWideRegisters(m);
    const mode = modeOf(m);
    settle(m, writeLong, i.sa, (environment) => toInteger(format, readPattern(m, i.rd), 64, mode, environment));
  };
}

function singleToDouble(m: Machine, i: DecodedInstruction): void {
  DOUBLE_KIND.expect(m, i.sa);
  const { format, read, readPattern } = SINGLE_KIND;
  outcome.isInexact = false;
  if (settleHost(m, DOUBLE_KIND, i.sa, read(m, i.rd))) return;
  settle(m, writeLong, i.sa, (environment) => convert(format, DOUBLE_KIND.format, readPattern(m, i.rd), environment));
}

function doubleToSingle(m: Machine, i: DecodedInstruction): void {
  const { format, expect, read, readPattern } = DOUBLE_KIND;
  expect(m, i.rd);
  if (isUsual(m) && settleHost(m, SINGLE_KIND, i.sa, toSingle(read(m, i.rd)))) return;
  settle(m, SINGLE_KIND.writePattern, i.sa, (environment) =>
    convert(format, SINGLE_KIND.format, readPattern(m, i.rd), environment),
  );
}

function wordToDouble(m: Machine, i: DecodedInstruction): void {
  DOUBLE_KIND.expect(m, i.sa);
  raise(m, 0);
  DOUBLE_KIND.write(m, i.sa, lowWord(m, i.rd));
}

function wordToSingle(m: Machine, i: DecodedInstruction): void {
  const word = lowWord(m, i.rd);
  if (isUsual(m) && settleHost(m, SINGLE_KIND, i.sa, toSingle(word))) return;
  settle(m, SINGLE_KIND.writePattern, i.sa, (environment) =>
    fromInteger(SINGLE_KIND.format, BigInt(word), environment),
  );
}

function fromLong({ format, writePattern }: Kind): Semantics {
  return (m, i) => {
    requireWideRegisters(m);
    const integer = BigInt.asIntN(64, readLong(m, i.rd));
    settle(m, writePattern, i.sa, (environment) => fromInteger(format, integer, environment));
  };
}

const S = SINGLE_KIND;
const D = DOUBLE_KIND;

// biome-ignore format: a table, one row a mnemonic
export const FLOAT_CONVERSIONS = {
  "cvt.w.s":    toWord(S, roundingOf),
  "cvt.w.d":    toWord(D, roundingOf),
  "round.w.s":  toWord(S, NEAREST),
  "round.w.d":  toWord(D, NEAREST),
  "trunc.w.s":  toWord(S, TOWARD_ZERO),
  "trunc.w.d":  toWord(D, TOWARD_ZERO),
  "ceil.w.s":   toWord(S, UP),
  "ceil.w.d":   toWord(D, UP),
  "floor.w.s":  toWord(S, DOWN),
  "floor.w.d":  toWord(D, DOWN),
  "cvt.l.s":    toLong(S, roundingOf),
  "cvt.l.d":    toLong(D, roundingOf),
  "round.l.s":  toLong(S, NEAREST),
  "round.l.d":  toLong(D, NEAREST),
  "trunc.l.s":  toLong(S, TOWARD_ZERO),
  "trunc.l.d":  toLong(D, TOWARD_ZERO),
  "ceil.l.s":   toLong(S, UP),
  "ceil.l.d":   toLong(D, UP),
  "floor.l.s":  toLong(S, DOWN),
  "floor.l.d":  toLong(D, DOWN),

  "cvt.d.s":    singleToDouble,
  "cvt.s.d":    doubleToSingle,
  "cvt.d.w":    wordToDouble,
  "cvt.s.w":    wordToSingle,
  "cvt.d.l":    fromLong(D),
  "cvt.s.l":    fromLong(S),
} as const satisfies Record<string, Semantics>;
