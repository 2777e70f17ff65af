/** What is known of a value's two lowest bits, as a number: bits 0 and 1 say which are known, bits 2 and 3 what they are. */

import type { IrFunction } from "../function.ts";
import { IR } from "../opcodes.ts";

export type LowBits = number;

export const NOTHING: LowBits = 0;

const knownOf = (bits: LowBits): number => bits & 3;
const setOf = (bits: LowBits): number => bits >> 2;

function lowBits(known: number, value: number): LowBits {
  return known | ((value & known) << 2);
}

export function constantBits(value: number): LowBits {
  return lowBits(3, value);
}

/** What holds of both. */
export function meet(a: LowBits, b: LowBits): LowBits {
  return lowBits(knownOf(a) & knownOf(b) & ~(setOf(a) ^ setOf(b)), setOf(a));
}

/** Bit 0 of a sum needs bit 0 of both, bit 1 needs all four. */
function sum(a: LowBits, b: LowBits): LowBits {
  const known = knownOf(a) & knownOf(b);
  if ((known & 1) === 0) return NOTHING;
  return lowBits(known, setOf(a) + setOf(b));
}

function negated(a: LowBits): LowBits {
  return (knownOf(a) & 1) === 0 ? NOTHING : lowBits(knownOf(a), -setOf(a));
}

function shiftedLeft(a: LowBits, amount: number): LowBits {
  if (amount >= 2) return constantBits(0);
  return amount === 0 ? a : lowBits(1 | ((knownOf(a) & 1) << 1), (setOf(a) & 1) << 1);
}

/** What follows for the value an instruction makes from what is known of the values it takes. */
export function bitsAfter(fn: IrFunction, index: number, of: Uint8Array): LowBits {
  const a = fn.a[index]!;
  const b = fn.b[index]!;
  switch (fn.op[index]) {
    case IR["i32.const"]:
      return constantBits(a);
    case IR["i32.add"]:
      return sum(of[a]!, of[b]!);
    case IR["i32.sub"]:
      return sum(of[a]!, negated(of[b]!));
    case IR["i32.and"]: {
      const [left, right] = [of[a]!, of[b]!];
      const zeros = (knownOf(left) & ~setOf(left)) | (knownOf(right) & ~setOf(right));
      return lowBits((knownOf(left) & knownOf(right)) | zeros, setOf(left) & setOf(right));
    }
    case IR["i32.or"]: {
      const [left, right] = [of[a]!, of[b]!];
      const ones = setOf(left) | setOf(right);
      return lowBits((knownOf(left) & knownOf(right)) | ones, ones);
    }
    case IR["i32.xor"]:
      return lowBits(knownOf(of[a]!) & knownOf(of[b]!), setOf(of[a]!) ^ setOf(of[b]!));
    case IR["i32.shl"]:
      return fn.op[b] === IR["i32.const"] ? shiftedLeft(of[a]!, fn.a[b]! & 31) : NOTHING;
    case IR["i32.select"]:
      return meet(of[a]!, of[b]!);
    default:
      return NOTHING;
  }
}

/** The residue modulo 4 of a value plus an offset, or -1 where it is not known. */
export function residueOf(bits: LowBits, offset: number): number {
  return knownOf(bits) === 3 ? (setOf(bits) + offset) & 3 : -1;
}

/** Whether a value plus an offset is a multiple of 2 or 4: yes, no, or not known. */
export function isMultiple(bits: LowBits, offset: number, bytes: number): boolean | undefined {
  const mask = bytes - 1;
  if ((knownOf(bits) & mask) !== mask) return undefined;
  return ((setOf(bits) + offset) & mask) === 0;
}

/** What is known once a value plus an offset has been a multiple. */
export function withMultiple(bits: LowBits, offset: number, bytes: number): LowBits {
  const mask = (bytes - 1) & 3;
  return lowBits(knownOf(bits) | mask, (setOf(bits) & ~mask) | (-offset & mask));
}
