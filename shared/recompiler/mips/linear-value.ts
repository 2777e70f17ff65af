/**
 * Values of registers as sums: a constant plus multiples of unknowns, modulo 2**32. Enough to see through the address
 * arithmetic of compilers, whichever way round they write it: two index computations are the same when their
 * difference is a constant.
 */

/** What an unknown is. Two unknowns of the same make are the same object (see `valueAlgebra`). */
export type Unknown =
  /** A value nothing is known of, told apart by its name: `in:4`, `call:400100:2`. */
  | { readonly kind: "opaque"; readonly name: string }
  /**
   * What nobody may rely on: a register left over from the caller, or one that the callee at the end of a block may
   * change. Compilers that see the callee know which registers it leaves alone.
   */
  | { readonly kind: "leftover"; readonly name: string; readonly afterCall?: { block: number; register: number } }
  /** What flows together at a block's start, before it is known to be one value. */
  | { readonly kind: "merge"; readonly name: string }
  | { readonly kind: "load"; readonly address: LinearValue; readonly width: LoadWidth }
  /** 1 when `left < right`, else 0. */
  | { readonly kind: "compare"; readonly left: LinearValue; readonly right: LinearValue; readonly isSigned: boolean }
  | { readonly kind: "and"; readonly operand: LinearValue; readonly mask: number }
  | { readonly kind: "shift_right"; readonly operand: LinearValue; readonly amount: number };

export type LoadWidth = "word" | "half" | "half_unsigned" | "byte" | "byte_unsigned";

export interface Atom {
  /** Number of the unknown: equal unknowns, equal numbers. */
  readonly id: number;
  readonly unknown: Unknown;
  /** The value, unsigned, is at most this. */
  readonly maximum: number;
  /** The value is a multiple of this power of two. */
  readonly step: number;
}

export interface LinearValue {
  /** Unsigned. */
  readonly constant: number;
  /** Sorted by atom; coefficients are signed 32-bit and not 0. */
  readonly terms: readonly { readonly atom: Atom; readonly coefficient: number }[];
}

/** A sum of more unknowns than this is no address computation; it becomes an unknown itself. */
const MAXIMUM_TERMS = 4;

export interface ValueAlgebra {
  readonly constant: (value: number) => LinearValue;
  readonly unknown: (unknown: Unknown) => LinearValue;
  readonly add: (a: LinearValue, b: LinearValue) => LinearValue | undefined;
  readonly scale: (value: LinearValue, factor: number) => LinearValue;
  readonly subtract: (a: LinearValue, b: LinearValue) => LinearValue | undefined;
}

export const isConstant = (value: LinearValue): boolean => value.terms.length === 0;

/** Equal for equal values, and only for those, within one algebra. */
export function valueKey(value: LinearValue): string {
  let key = String(value.constant);
  for (const { atom, coefficient } of value.terms) key += `+${coefficient}*${atom.id}`;
  return key;
}

/** The atom of a value that is exactly one unknown. */
export function soleAtom(value: LinearValue): Atom | undefined {
  const [term, more] = value.terms;
  return value.constant === 0 && more === undefined && term?.coefficient === 1 ? term.atom : undefined;
}

function unknownKey(unknown: Unknown): string {
  switch (unknown.kind) {
    case "opaque":
    case "leftover":
    case "merge":
      return `${unknown.kind} ${unknown.name}`;
    case "load":
      return `load ${unknown.width} ${valueKey(unknown.address)}`;
    case "compare":
      return `compare ${unknown.isSigned} ${valueKey(unknown.left)} ${valueKey(unknown.right)}`;
    case "and":
      return `and ${unknown.mask} ${valueKey(unknown.operand)}`;
    case "shift_right":
      return `shift_right ${unknown.amount} ${valueKey(unknown.operand)}`;
  }
}

const WORD_MAXIMUM = 0xffffffff;

function maximumOf(unknown: Unknown): number {
  switch (unknown.kind) {
    case "load":
      if (unknown.width === "byte_unsigned") return 0xff;
      return unknown.width === "half_unsigned" ? 0xffff : WORD_MAXIMUM;
    case "compare":
      return 1;
    case "and":
      return unknown.mask;
    case "shift_right":
      return WORD_MAXIMUM >>> unknown.amount;
    default:
      return WORD_MAXIMUM;
  }
}

/** An algebra with its own table of unknowns; values of different algebras do not mix. */
export function valueAlgebra(): ValueAlgebra {
  const atoms = new Map<string, Atom>();
  const constant = (value: number): LinearValue => ({ constant: value >>> 0, terms: [] });

  const unknown = (made: Unknown): LinearValue => {
    const key = unknownKey(made);
    let atom = atoms.get(key);
    if (atom === undefined) {
      const step = made.kind === "and" && made.mask !== 0 ? (made.mask & -made.mask) >>> 0 : 1;
      atom = { id: atoms.size, unknown: made, maximum: maximumOf(made), step };
      atoms.set(key, atom);
    }
    return { constant: 0, terms: [{ atom, coefficient: 1 }] };
  };

  const scale = (value: LinearValue, factor: number): LinearValue =>
    factor === 1
      ? value
      : {
          constant: Math.imul(value.constant, factor) >>> 0,
          terms: value.terms
            .map(({ atom, coefficient }) => ({ atom, coefficient: Math.imul(coefficient, factor) }))
            .filter(({ coefficient }) => coefficient !== 0),
        };

  const add = (a: LinearValue, b: LinearValue): LinearValue | undefined => {
    if (b.terms.length === 0) return { constant: (a.constant + b.constant) >>> 0, terms: a.terms };
    if (a.terms.length === 0) return { constant: (a.constant + b.constant) >>> 0, terms: b.terms };
    const sums = new Map(a.terms.map((term) => [term.atom, term.coefficient]));
    for (const { atom, coefficient } of b.terms) sums.set(atom, ((sums.get(atom) ?? 0) + coefficient) | 0);
    const terms = [...sums]
      .filter(([, coefficient]) => coefficient !== 0)
      .map(([atom, coefficient]) => ({ atom, coefficient }))
      .sort((x, y) => x.atom.id - y.atom.id);
    return terms.length > MAXIMUM_TERMS ? undefined : { constant: (a.constant + b.constant) >>> 0, terms };
  };

  return { constant, unknown, scale, add, subtract: (a, b) => add(a, scale(b, -1)) };
}
