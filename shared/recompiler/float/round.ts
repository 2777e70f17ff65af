/** From an exact result to the nearest number that a format has, by the mode; and what that raises. */

import { bitLength, type Format, finite, greatest, infinity, zero } from "./format.ts";

/** As FCSR codes them (MIPS32 Volume I, "Rounding Mode Definitions"). */
export const ROUNDING = { nearest: 0, towardZero: 1, up: 2, down: 3 } as const;

/** Exceptions by their bits in FCSR's fields. */
export const INEXACT = 1;
export const UNDERFLOW = 2;
export const OVERFLOW = 4;
export const DIVISION_BY_ZERO = 8;
export const INVALID = 16;

export interface Environment {
  /** One of {@link ROUNDING}. */
  readonly rounding: number;
  /** FS: a result below the normal numbers becomes zero. */
  readonly isFlushing: boolean;
  readonly isNan2008: boolean;
  /** What the operation has raised so far. */
  raised: number;
}

/** Whether the magnitude counts up by one unit, of which `rest` of `unit` was cut off. */
function roundsUp(rounding: number, sign: bigint, isOdd: boolean, rest: bigint, unit: bigint): boolean {
  if (rounding === ROUNDING.towardZero) return false;
  if (rounding === ROUNDING.up) return sign === 0n && rest !== 0n;
  if (rounding === ROUNDING.down) return sign === 1n && rest !== 0n;
  return 2n * rest > unit || (2n * rest === unit && isOdd);
}

/** `significand * 2 ** exponent` in units of `2 ** quantum`, rounded. */
export function roundTo(
  rounding: number,
  sign: bigint,
  significand: bigint,
  exponent: number,
  quantum: number,
): { readonly units: bigint; readonly isInexact: boolean } {
  if (quantum <= exponent) return { units: significand << BigInt(exponent - quantum), isInexact: false };
  const cut = BigInt(quantum - exponent);
  const unit = 1n << cut;
  const units = significand >> cut;
  const rest = significand & (unit - 1n);
  const isUp = roundsUp(rounding, sign, (units & 1n) === 1n, rest, unit);
  return { units: isUp ? units + 1n : units, isInexact: rest !== 0n };
}

/** An infinity, or the largest number where the mode does not round away from zero. */
function overflow(format: Format, sign: bigint, environment: Environment): bigint {
  environment.raised |= OVERFLOW | INEXACT;
  const { rounding } = environment;
  const away = sign === 0n ? ROUNDING.up : ROUNDING.down;
  return rounding === ROUNDING.nearest || rounding === away ? infinity(format, sign) : greatest(format, sign);
}

/**
 * The pattern of `significand * 2 ** exponent`.
 *
 * Whether a result is tiny is seen after rounding (MIPS32 Volume I, "Underflow Exception"); it is an underflow when it is also
 * inexact. With FS the result that lies below the normal numbers before rounding becomes zero and raises nothing, as in qemu.
 *
 * @param significand exact, or with its lowest bit set for whatever lies below it, and then at least two bits longer than
 *   the format's
 */
export function round(
  format: Format,
  sign: bigint,
  significand: bigint,
  exponent: number,
  environment: Environment,
): bigint {
  if (significand === 0n) return zero(format, sign);
  const { precision, smallest, largest } = format;
  const top = exponent + bitLength(significand) - 1;
  if (top < smallest && environment.isFlushing) return zero(format, sign);
  const unbounded = top - precision + 1;
  const quantum = Math.max(unbounded, smallest - precision + 1);
  const { units, isInexact } = roundTo(environment.rounding, sign, significand, exponent, quantum);
  const hasCarried = bitLength(units === 0n ? 1n : units) > precision;
  if (quantum + precision - 1 + (hasCarried ? 1 : 0) > largest) return overflow(format, sign, environment);
  if (isInexact) {
    environment.raised |= INEXACT;
    const alike = roundTo(environment.rounding, sign, significand, exponent, unbounded).units;
    if (unbounded + bitLength(alike) - 1 < smallest) environment.raised |= UNDERFLOW;
  }
  return finite(format, sign, units, quantum);
}
