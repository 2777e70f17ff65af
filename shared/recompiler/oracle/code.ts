/** The program's instructions, decoded once and linked to their neighbours. */

import { isCodeAddress, wordAt } from "../image.ts";
import { GuestTrap } from "../machine.ts";
import { decode } from "../mips/decode.ts";
import type { Instruction } from "../mips/instruction.ts";
import { hasDelaySlot } from "../mips/opcodes.ts";
import type { GuestFunction, ProgramImage } from "../program.ts";
import { ENTRY, type Semantics, type Slot } from "./machine.ts";
import { SEMANTICS } from "./semantics/index.ts";

export interface Code {
  /** The instruction at an address; outside the code, one that traps with `unknown_target` when it is run. */
  slotAt(address: number): Slot;
  /** The functions as given: {@link Slot.owner} is a position in this list. */
  readonly functions: readonly GuestFunction[];
  readonly slots: readonly Slot[];
}

const reserved: Semantics = () => {
  throw new GuestTrap("reserved_instruction");
};

const outside: Semantics = (_, slot) => {
  throw new GuestTrap((slot.address & 3) === 0 ? "unknown_target" : "address_error", slot.address);
};

/** A slot that is its own neighbour until it is linked; one shape for all, so that the machine's loop stays fast. */
function newSlot(address: number, execute: Semantics, instruction: Instruction | undefined): Slot {
  const slot = {
    execute,
    address,
    rs: instruction?.rs ?? 0,
    rt: instruction?.rt ?? 0,
    rd: instruction?.rd ?? 0,
    sa: instruction?.sa ?? 0,
    immediate: instruction?.immediate ?? 0,
    next: undefined as unknown as Slot,
    taken: undefined as unknown as Slot,
    attention: 0,
    owner: -1,
    mnemonic: instruction?.mnemonic,
  };
  slot.next = slot;
  slot.taken = slot;
  return slot;
}

function decodeAt(image: ProgramImage, address: number): Instruction | undefined {
  const word = wordAt(image, address);
  return word === undefined ? undefined : decode(word, address);
}

/** A control instruction in a delay slot is unpredictable in the manual; here the pair is a reserved instruction. */
function semanticsOf(image: ProgramImage, instruction: Instruction | undefined): Semantics {
  if (instruction === undefined) return reserved;
  if (hasDelaySlot(instruction)) {
    const slot = decodeAt(image, instruction.address + 4);
    if (slot !== undefined && hasDelaySlot(slot)) return reserved;
  }
  return SEMANTICS[instruction.mnemonic];
}

/** Decodes every word of the code ranges. Instructions know the function they belong to; entries are marked. */
export function predecode(image: ProgramImage, functions: readonly GuestFunction[]): Code {
  const ranges = image.codeRanges.map(({ start, end }) => {
    const first = start + (-start & 3);
    const slots = Array.from({ length: Math.max(0, Math.floor((end - first) / 4)) }, (_, index) => {
      const address = first + index * 4;
      const instruction = decodeAt(image, address);
      return { slot: newSlot(address, semanticsOf(image, instruction), instruction), target: instruction?.target ?? 0 };
    });
    return { first, end: first + slots.length * 4, slots };
  });

  const slotAt = (address: number): Slot => {
    for (const { first, end, slots } of ranges) {
      if (address >= first && address < end && (address & 3) === 0) return slots[(address - first) >>> 2]!.slot;
    }
    return newSlot(address, outside, undefined);
  };

  for (const { slots, end } of ranges) {
    for (const [index, { slot, target }] of slots.entries()) {
      slot.next = slots[index + 1]?.slot ?? slotAt(end);
      if (target !== 0) slot.taken = slotAt(target);
    }
  }
  for (const [position, { address: entry, size }] of functions.entries()) {
    for (let address = entry; address < entry + size; address += 4) {
      if (isCodeAddress(image, address)) slotAt(address).owner = position;
    }
    if (isCodeAddress(image, entry)) slotAt(entry).attention |= ENTRY;
  }
  return { slotAt, functions, slots: ranges.flatMap(({ slots }) => slots.map(({ slot }) => slot)) };
}
