/** Words of the stack frame that only this function's own loads and stores touch: they are followed like registers. */

import { FP, SP } from "../machine.ts";
import { type Instruction, registersRead, registersWritten } from "./instruction.ts";

/** Slots are numbered behind the registers. */
const FIRST_SLOT = 0x100;
const SLOTS_OF_A_BASE = 0x10000;

const STORE_SIZES: Readonly<Partial<Record<Instruction["mnemonic"], number>>> = {
  sb: 1,
  sh: 2,
  sw: 4,
  sc: 4,
  swl: 4,
  swr: 4,
};
const LOADS = new Set(["lb", "lbu", "lh", "lhu", "lw", "lwl", "lwr", "ll", "pref", "synci"]);

export interface FrameSlots {
  /** The slot that a word access through `sp` or `fp` touches, or undefined when its address may be known elsewhere. */
  readonly slotOf: (instruction: Instruction) => number | undefined;
  /** Whether a store touches any byte of the slot. */
  readonly writesSlot: (instruction: Instruction, slot: number) => boolean;
  /** Whether the slot is in this function's own frame, which holds nothing of use on entry. */
  readonly isLocal: (slot: number) => boolean;
}

export const isSlot = (register: number): boolean => register >= FIRST_SLOT;

const isFrameBase = (register: number): boolean => register === SP || register === FP;

function slotNumber(base: number, offset: number): number {
  return FIRST_SLOT + (base === SP ? 0 : SLOTS_OF_A_BASE) + offset + 0x8000;
}

/** The lowest frame offset whose address the instruction gives away: what lies above may be reached by pointer. */
function escapesFrom(instruction: Instruction): number {
  const { mnemonic, rs, rt, immediate } = instruction;
  const written = registersWritten(instruction);
  const isAccess = LOADS.has(mnemonic) || STORE_SIZES[mnemonic] !== undefined;
  if (isAccess) {
    // Saving the caller's fp is no use of this frame's address; storing sp is.
    return STORE_SIZES[mnemonic] !== undefined && rt === SP ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const movesFrame = written.length === 1 && isFrameBase(written[0]!);
  if (movesFrame || !registersRead(instruction).some(isFrameBase) || mnemonic === "syscall")
    return Number.POSITIVE_INFINITY;
  return mnemonic === "addiu" && isFrameBase(rs) ? immediate : Number.NEGATIVE_INFINITY;
}

/**
 * @param instructions all instructions of the function
 * @param isPrivate take it that no pointer into the frame is used to write
 */
export function frameSlots(instructions: Iterable<Instruction>, isPrivate: boolean): FrameSlots {
  let escaping = Number.POSITIVE_INFINITY;
  let frameSize = 0;
  for (const instruction of instructions) {
    const { mnemonic, rs, rt, immediate } = instruction;
    if (!isPrivate) escaping = Math.min(escaping, escapesFrom(instruction));
    if (mnemonic === "addiu" && rs === SP && rt === SP) frameSize = Math.max(frameSize, -immediate);
  }
  return {
    slotOf: ({ rs, immediate }) =>
      isFrameBase(rs) && immediate + 4 <= escaping ? slotNumber(rs, immediate) : undefined,
    isLocal: (slot) => (slot - FIRST_SLOT) % SLOTS_OF_A_BASE < frameSize + 0x8000,
    writesSlot: ({ mnemonic, rs, immediate }, slot) => {
      const size = STORE_SIZES[mnemonic];
      if (size === undefined || !isFrameBase(rs)) return false;
      const distance = slotNumber(rs, immediate) - slot;
      return distance > -size && distance < 4;
    },
  };
}
