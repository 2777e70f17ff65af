/**
 * What lifted code leaves to its host: operations whose result depends on the rounding mode, is a NaN of 2008, or raises
 * exceptions that somebody looks at. On patterns, exact in FCSR.
 */

import * as exact from "./exact.ts";
import { DOUBLE, type Format, negated, SINGLE, unpack } from "./format.ts";
import { type Environment, ROUNDING } from "./round.ts";
import { controlAfter, environmentOf } from "./status.ts";

type Operands = readonly [a: bigint, b: bigint, c: bigint];
type Operation = (environment: Environment, operands: Operands) => bigint;

const unary =
  (format: Format, operate: exact.Unary): Operation =>
  (environment, [a]) =>
    operate(format, a, environment);

const binary =
  (format: Format, operate: exact.Binary): Operation =>
  (environment, [a, b]) =>
    operate(format, a, b, environment);

const ONE: Readonly<Record<Format["bits"], bigint>> = { 32: 0x3f80_0000n, 64: 0x3ff0_0000_0000_0000n };

const reciprocal: exact.Unary = (format, a, environment) => exact.divide(format, ONE[format.bits], a, environment);
const reciprocalRoot: exact.Unary = (format, a, environment) =>
  reciprocal(format, exact.squareRoot(format, a, environment), environment);

/** c joins the product of a and b, which is rounded before. */
const multiplyThen =
  (format: Format, combine: exact.Binary, isNegated: boolean): Operation =>
  (environment, [a, b, c]) => {
    const result = combine(format, exact.multiply(format, a, b, environment), c, environment);
    return isNegated ? negated(format, result) : result;
  };

/** By the mode where the instruction names none. */
const toInteger =
  (format: Format, bits: 32 | 64, rounding?: number): Operation =>
  (environment, [a]) =>
    exact.toInteger(format, a, bits, rounding ?? environment.rounding, environment);

const fromInteger =
  (format: Format, bits: 32 | 64): Operation =>
  (environment, [a]) =>
    exact.fromInteger(format, BigInt.asIntN(bits, a), environment);

/** Raises what a comparison does. How numbers compare, lifted code knows without. */
const comparison =
  (format: Format, isSignalling: boolean): Operation =>
  (environment, [a, b]) => {
    const hasNan = [a, b].some((operand) => unpack(format, operand, environment.isNan2008).kind === "nan");
    if (hasNan) exact.compareUnordered(format, [a, b], isSignalling, environment);
    return 0n;
  };

const OTHER: Readonly<Record<Format["bits"], Format>> = { 32: DOUBLE, 64: SINGLE };

/** The operations of one format. */
// biome-ignore format: a table, one row an operation
const operationsOn = (format: Format) => ({
  // Not of arithmetic: FCSR takes up what was noted. As a number it says that nothing is.
  noted:   (): bigint => 0n,
  add:     binary(format, exact.add),
  sub:     binary(format, exact.subtract),
  mul:     binary(format, exact.multiply),
  div:     binary(format, exact.divide),
  sqrt:    unary(format, exact.squareRoot),
  recip:   unary(format, reciprocal),
  rsqrt:   unary(format, reciprocalRoot),
  madd:    multiplyThen(format, exact.add, false),
  msub:    multiplyThen(format, exact.subtract, false),
  nmadd:   multiplyThen(format, exact.add, true),
  nmsub:   multiplyThen(format, exact.subtract, true),
  quiet:   comparison(format, false),
  signal:  comparison(format, true),
  cvtw:    toInteger(format, 32),
  roundw:  toInteger(format, 32, ROUNDING.nearest),
  truncw:  toInteger(format, 32, ROUNDING.towardZero),
  ceilw:   toInteger(format, 32, ROUNDING.up),
  floorw:  toInteger(format, 32, ROUNDING.down),
  cvtl:    toInteger(format, 64),
  roundl:  toInteger(format, 64, ROUNDING.nearest),
  truncl:  toInteger(format, 64, ROUNDING.towardZero),
  ceill:   toInteger(format, 64, ROUNDING.up),
  floorl:  toInteger(format, 64, ROUNDING.down),
  fromw:   fromInteger(format, 32),
  froml:   fromInteger(format, 64),
  convert: (environment: Environment, [a]: Operands) => exact.convert(OTHER[format.bits], format, a, environment),
});

export type FloatOperation = `${keyof ReturnType<typeof operationsOn>}.${"s" | "d"}`;

/** By number: singles at the even ones. */
const OPERATIONS = Object.entries(operationsOn(SINGLE)).flatMap(([name, onSingles]): [string, Operation][] => {
  const onDoubles = operationsOn(DOUBLE)[name as keyof ReturnType<typeof operationsOn>];
  return [
    [`${name}.s`, onSingles],
    [`${name}.d`, onDoubles],
  ];
});

/** The number that lifted code names an operation by. It is part of the bundle's format: rows are only ever added at the end. */
export const OPERATION_NUMBERS = Object.fromEntries(OPERATIONS.map(([name], number) => [name, number])) as Readonly<
  Record<FloatOperation, number>
>;

export const NOTHING_NOTED = OPERATION_NUMBERS["noted.s"];

export const OPERATION_NAMES: readonly string[] = OPERATIONS.map(([name]) => name);

export interface FloatOutcome {
  /** An unsigned pattern, or a signed integer. */
  readonly result: bigint;
  readonly control: number;
  /** An exception that is enabled was raised: there is no result then. */
  readonly isTrap: boolean;
}

/** @returns undefined where no operation has the number */
export function operate(number: number, control: number, operands: Operands): FloatOutcome | undefined {
  const operation = OPERATIONS[number]?.[1];
  if (operation === undefined) return undefined;
  const environment = environmentOf(control);
  const result = operation(environment, operands);
  return { result, ...controlAfter(control, environment.raised) };
}
