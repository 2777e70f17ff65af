/** How a word is told apart from all others, as a tree of switches over its fields: it follows from the rows of the opcode tables. */

import { OPCODES, type Opcode } from "../../mips/opcodes.ts";

/** Bits of the word: `width` of them from bit `shift` on. */
export interface BitField {
  readonly shift: number;
  readonly width: number;
}

/** No row matches; one does if the bits of `mask` are those of `match`; or it depends on a field. */
export type DecodeNode =
  | { readonly kind: "reserved" }
  | { readonly kind: "row"; readonly row: Opcode; readonly mask: number; readonly match: number }
  | { readonly kind: "switch"; readonly field: BitField; readonly cases: readonly DecodeNode[] };

/** Major opcode, function, the registers' fields, and what tells branches and moves by a condition apart. */
const FIELDS: readonly BitField[] = [
  { shift: 26, width: 6 },
  { shift: 0, width: 6 },
  { shift: 21, width: 5 },
  { shift: 16, width: 5 },
  { shift: 6, width: 5 },
  { shift: 16, width: 2 },
];

const maskOf = ({ shift, width }: BitField): number => ((2 ** width - 1) << shift) >>> 0;
const valueIn = (word: number, { shift, width }: BitField): number => (word >>> shift) & (2 ** width - 1);

/** @param known bits of the word that are told apart already */
export function decodeTree(rows: readonly Opcode[], known = 0): DecodeNode {
  const [row] = rows;
  if (row === undefined) return { kind: "reserved" };
  if (rows.length === 1) {
    const mask = (row.mask & ~known) >>> 0;
    return { kind: "row", row, mask, match: (row.match & mask) >>> 0 };
  }
  const choices = FIELDS.filter((field) => {
    const mask = maskOf(field);
    return rows.every((each) => (each.mask & mask) >>> 0 === mask);
  });
  const told = (field: BitField): number => new Set(rows.map(({ match }) => valueIn(match, field))).size;
  const [field] = choices.sort((one, other) => told(other) - told(one));
  if (field === undefined || told(field) === 1) {
    throw new Error(`no field tells ${rows.map(({ mnemonic }) => mnemonic).join(" and ")} apart`);
  }
  const cases = Array.from({ length: 2 ** field.width }, (_, value) =>
    decodeTree(
      rows.filter(({ match }) => valueIn(match, field) === value),
      (known | maskOf(field)) >>> 0,
    ),
  );
  return { kind: "switch", field, cases };
}

/** Words with these bits. */
export interface WordPattern {
  readonly mask: number;
  readonly match: number;
}

/** Few patterns for the rows' words: two that differ in one bit are one that leaves it open. */
export function patternsOf(rows: readonly Opcode[]): WordPattern[] {
  const patterns: WordPattern[] = rows.map(({ mask, match }) => ({ mask, match }));
  for (let one = 0; one < patterns.length; one++) {
    for (let other = one + 1; other < patterns.length; other++) {
      const [{ mask, match }, { mask: otherMask, match: otherMatch }] = [patterns[one]!, patterns[other]!];
      const differing = (match ^ otherMatch) >>> 0;
      if (mask !== otherMask || (differing & (differing - 1)) !== 0) continue;
      patterns.splice(other, 1);
      patterns[one] = { mask: (mask & ~differing) >>> 0, match: (match & ~differing) >>> 0 };
      // What is wider now may join what it did not before.
      one = -1;
      break;
    }
  }
  return patterns;
}

/** Instructions with a delay slot. */
export const CONTROL_ROWS: readonly Opcode[] = OPCODES.filter(
  ({ control }) => control !== "none" && control !== "trap",
);
