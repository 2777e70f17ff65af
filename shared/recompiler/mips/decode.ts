/** From an instruction word to its fields: table look-ups and a mask. */

import type { Instruction } from "./instruction.ts";
import { OPCODES, type Opcode } from "./opcodes.ts";

/** Where a major opcode (bits 31..26) keeps its minor opcode: the position of the lowest bit, and a mask. */
interface MinorField {
  readonly shift: number;
  readonly mask: number;
}

const FUNCTION_FIELD: MinorField = { shift: 0, mask: 0x3f };
const NO_MINOR_FIELD: MinorField = { shift: 0, mask: 0 };

/** Major opcodes with a minor one: SPECIAL, REGIMM, COP1X, SPECIAL2, SPECIAL3. */
const MINOR_FIELDS: Readonly<Record<number, MinorField>> = {
  0: FUNCTION_FIELD,
  1: { shift: 16, mask: 0x1f },
  19: FUNCTION_FIELD,
  28: FUNCTION_FIELD,
  31: FUNCTION_FIELD,
};

interface Entry {
  readonly field: MinorField;
  /** By minor opcode: the few rows left to tell apart by their masks. */
  readonly candidates: readonly (readonly Opcode[])[];
}

function entryOf(rows: readonly Opcode[], field: MinorField): Entry {
  const candidates = Array.from({ length: field.mask + 1 }, (_, minor) =>
    rows.filter((opcode) => ((opcode.match >>> field.shift) & field.mask) === minor),
  );
  return { field, candidates };
}

const MAJOR_TABLE: readonly Entry[] = Array.from({ length: 64 }, (_, major) => {
  const rows = OPCODES.filter((opcode) => opcode.match >>> 26 === major);
  return entryOf(rows, MINOR_FIELDS[major] ?? NO_MINOR_FIELD);
});

const COP1 = 17;
/** COP1 has its format behind the major opcode; from 16 on it is that of an operation, which has a function besides. */
const FIRST_OPERATION = 16;

const FORMAT_TABLE: readonly Entry[] = Array.from({ length: 32 }, (_, format) => {
  const rows = OPCODES.filter((opcode) => opcode.match >>> 21 === ((COP1 << 5) | format));
  return entryOf(rows, format < FIRST_OPERATION ? NO_MINOR_FIELD : FUNCTION_FIELD);
});

/** The row of the opcode table that the word matches, or undefined for a word this machine does not know. */
export function opcodeAt(word: number): Opcode | undefined {
  const major = word >>> 26;
  const { field, candidates } = major === COP1 ? FORMAT_TABLE[(word >>> 21) & 31]! : MAJOR_TABLE[major]!;
  for (const opcode of candidates[(word >>> field.shift) & field.mask]!) {
    if ((word & opcode.mask) >>> 0 === opcode.match) return opcode;
  }
  return undefined;
}

/** `j` and `jal` keep the top four bits of the delay slot's address; branches count words from the delay slot. */
function targetOf(opcode: Opcode, word: number, address: number): number {
  switch (opcode.control) {
    case "branch":
    case "branch_likely":
    case "branch_call":
    case "branch_call_likely":
      return (address + 4 + (((word << 16) >> 16) << 2)) >>> 0;
    case "jump":
    case "call":
      return (((address + 4) & 0xf0000000) | ((word & 0x03ffffff) << 2)) >>> 0;
    default:
      return 0;
  }
}

/**
 * Decodes the instruction word at a guest address.
 *
 * @returns undefined when no row of the table matches, reserved bits included
 */
export function decode(word: number, address: number): Instruction | undefined {
  const opcode = opcodeAt(word);
  if (opcode === undefined) return undefined;
  return {
    address,
    word: word >>> 0,
    mnemonic: opcode.mnemonic,
    rs: (word >>> 21) & 31,
    rt: (word >>> 16) & 31,
    rd: (word >>> 11) & 31,
    sa: (word >>> 6) & 31,
    immediate: (word << 16) >> 16,
    target: targetOf(opcode, word, address),
  };
}
