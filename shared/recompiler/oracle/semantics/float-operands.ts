/** How the semantics of floating-point instructions take their operands and settle their results, for either format. */

import { DOUBLE, type Format, SINGLE } from "../../float/format.ts";
import { type Environment, INEXACT } from "../../float/round.ts";
import { environmentOf, raise } from "../float/control.ts";
import { DOUBLES, type Nearest, outcome, SINGLES } from "../float/nearest.ts";
import {
  expectRegisters,
  readDouble,
  readLong,
  readSingle,
  readWord,
  writeDouble,
  writeLong,
  writeSingle,
  writeWord,
} from "../float/registers.ts";
import type { Machine } from "../machine.ts";

export interface Kind {
  readonly format: Format;
  readonly nearest: Nearest;
  /** @throws GuestTrap where one of the registers, joined bit by bit, can hold no number of this kind */
  readonly expect: (m: Machine, registers: number) => void;
  readonly read: (m: Machine, register: number) => number;
  readonly write: (m: Machine, register: number, value: number) => void;
  readonly readPattern: (m: Machine, register: number) => bigint;
  readonly writePattern: (m: Machine, register: number, pattern: bigint) => void;
}

export const SINGLE_KIND: Kind = {
  format: SINGLE,
  nearest: SINGLES,
  expect: () => {},
  read: readSingle,
  write: writeSingle,
  readPattern: readWord,
  writePattern: writeWord,
};

export const DOUBLE_KIND: Kind = {
  format: DOUBLE,
  nearest: DOUBLES,
  expect: expectRegisters,
  read: readDouble,
  write: writeDouble,
  readPattern: readLong,
  writePattern: writeLong,
};

/** Writes what the host computed, unless it declined. @returns whether it did not */
export function settleHost(m: Machine, { write }: Kind, register: number, result: number): boolean {
  if (Number.isNaN(result)) return false;
  raise(m, outcome.isInexact ? INEXACT : 0);
  write(m, register, result);
  return true;
}

/** A trap leaves the register as it was. */
export function settle(
  m: Machine,
  write: (m: Machine, register: number, pattern: bigint) => void,
  register: number,
  compute: (environment: Environment) => bigint,
): void {
  const environment = environmentOf(m);
  const result = compute(environment);
  raise(m, environment.raised);
  write(m, register, result);
}
