/** The program's instructions, each decoded when control or a neighbour first comes to it, and kept. */

import { wordAt } from "../image.ts";
import { GuestTrap } from "../machine.ts";
import { decode } from "../mips/decode.ts";
import { hasDelaySlot, type Instruction } from "../mips/instruction.ts";
import { type FloatMode, type GuestFunction, type ProgramImage, USUAL_FLOAT_MODE } from "../program.ts";
import { type DecodedInstruction, ENTRY, type Semantics, WRITTEN } from "./machine.ts";
import { SEMANTICS } from "./semantics/index.ts";

export interface Code {
  /** The instruction at an address; outside the code, one that traps with `unknown_target` when it is run. */
  slotAt(address: number): DecodedInstruction;
  /** The unit's state that the program is built for. */
  readonly float: FloatMode;
  /** The functions as given: {@link DecodedInstruction.owner} is a position in this list. */
  readonly functions: readonly GuestFunction[];
  /** Says whether memory holds another word at an address than the file: then the instruction gets `WRITTEN`. */
  markWritten(address: number, isWritten: boolean): void;
}

const reserved: Semantics = () => {
  throw new GuestTrap("reserved_instruction");
};

const outside: Semantics = (_, slot) => {
  throw new GuestTrap((slot.address & 3) === 0 ? "unknown_target" : "address_error", slot.address);
};

/** Stands for an instruction that is not decoded yet: decodes it, and does what the machine's loop does with it. */
const forward: Semantics = (machine, { taken: slot }) => {
  machine.at = slot.next;
  if (slot.attention !== 0) machine.observer.attend(machine, slot);
  slot.execute(machine, slot);
};

/** Where an instruction stands. */
interface Place {
  readonly code: Code;
  readonly address: number;
  readonly attention: number;
  readonly owner: number;
}

/** One shape for all, so that the machine's loop stays fast. */
class DecodedSlot implements DecodedInstruction {
  readonly execute: Semantics;
  readonly address: number;
  readonly rs: number;
  readonly rt: number;
  readonly rd: number;
  readonly sa: number;
  readonly immediate: number;
  readonly owner: number;
  attention: number;
  /** Itself until it is linked. */
  next: DecodedInstruction = this;
  readonly #code: Code;
  readonly #target: number;
  #taken: DecodedInstruction | undefined = undefined;

  constructor(place: Place, execute: Semantics, instruction: Partial<Instruction>) {
    this.execute = execute;
    this.address = place.address;
    this.rs = instruction.rs ?? 0;
    this.rt = instruction.rt ?? 0;
    this.rd = instruction.rd ?? 0;
    this.sa = instruction.sa ?? 0;
    this.immediate = instruction.immediate ?? 0;
    this.owner = place.owner;
    this.attention = place.attention;
    this.#code = place.code;
    this.#target = instruction.target ?? 0;
  }

  get taken(): DecodedInstruction {
    this.#taken ??= this.#code.slotAt(this.#target);
    return this.#taken;
  }
}

function decodeAt(image: ProgramImage, address: number): Instruction | undefined {
  const word = wordAt(image, address);
  return word === undefined ? undefined : decode(word, address);
}

function hasDelaySlotAt(image: ProgramImage, address: number): boolean {
  const instruction = decodeAt(image, address);
  return instruction !== undefined && hasDelaySlot(instruction);
}

/** A control instruction in a delay slot is unpredictable in the manual; here the pair is a reserved instruction. */
function semanticsOf(image: ProgramImage, instruction: Instruction | undefined): Semantics {
  if (instruction === undefined) return reserved;
  if (hasDelaySlot(instruction)) {
    if (hasDelaySlotAt(image, instruction.address + 4)) return reserved;
  }
  return SEMANTICS[instruction.mnemonic];
}

/** A code range: for each word the function it belongs to, whether that starts there, and its slot once it is decoded. */
interface CodeRange {
  readonly first: number;
  readonly end: number;
  readonly owners: Int32Array;
  readonly entries: Uint8Array;
  readonly slots: (DecodedSlot | undefined)[];
}

/** Where several functions hold a word, the last of them owns it. */
function rangesOf(image: ProgramImage, functions: readonly GuestFunction[]): CodeRange[] {
  const ranges = image.codeRanges.map(({ start, end }): CodeRange => {
    const first = start + (-start & 3);
    const count = Math.max(0, Math.floor((end - first) / 4));
    const owners = new Int32Array(count).fill(-1);
    return { first, end: first + count * 4, owners, entries: new Uint8Array(count), slots: new Array(count) };
  });
  for (const [position, { address, size }] of functions.entries()) {
    if ((address & 3) !== 0) continue;
    for (const { first, owners, entries } of ranges) {
      const from = (address - first) / 4;
      owners.fill(position, Math.max(0, from), Math.max(0, from + Math.ceil(size / 4)));
      if (from >= 0 && from < owners.length) entries[from] = 1;
    }
  }
  return ranges;
}

/**
 * The code of a program. A function is decoded when control first comes to it, from there to its end: what a run of the
 * machine costs does not depend on how much else the program holds.
 *
 * @param attention bits that every instruction starts with; entries of functions have `ENTRY` besides
 */
export function codeOf(image: ProgramImage, functions: readonly GuestFunction[], attention = 0): Code {
  const ranges = rangesOf(image, functions);
  const written = new Set<number>();

  const outsideAt = (address: number): DecodedInstruction =>
    new DecodedSlot({ code, address, attention: 0, owner: -1 }, outside, {});

  const decodeSlot = ({ first, owners, entries, slots }: CodeRange, index: number): DecodedSlot => {
    const address = first + index * 4;
    const instruction = decodeAt(image, address);
    const bits =
      attention | (entries[index] === 1 ? ENTRY : 0) | (written.size > 0 && written.has(address) ? WRITTEN : 0);
    const place = { code, address, attention: bits, owner: owners[index]! };
    const slot = new DecodedSlot(place, semanticsOf(image, instruction), instruction ?? {});
    slots[index] = slot;
    return slot;
  };

  /** Decodes on to the end of the function or to what is decoded, and never stops before a delay slot. */
  const decodeFrom = (range: CodeRange, index: number): DecodedInstruction => {
    const { owners, slots, end } = range;
    const start = decodeSlot(range, index);
    let last = start;
    for (let at = index + 1; ; at++) {
      const known = slots[at];
      const address = last.address + 4;
      if (known !== undefined) last.next = known;
      else if (address >= end) last.next = code.slotAt(address);
      else if (owners[at] !== owners[index] && !hasDelaySlotAt(image, last.address)) {
        last.next = new DecodedSlot({ code, address, attention: 0, owner: -1 }, forward, { target: address });
      } else {
        const next = decodeSlot(range, at);
        last.next = next;
        last = next;
        continue;
      }
      return start;
    }
  };

  const code: Code = {
    functions,
    float: image.float ?? USUAL_FLOAT_MODE,
    markWritten(address, isWritten) {
      if (isWritten) written.add(address);
      else if (!written.delete(address)) return;
      const range = ranges.find(({ first, end }) => address >= first && address < end);
      const slot = range?.slots[(address - range.first) >>> 2];
      if (slot !== undefined) slot.attention = isWritten ? slot.attention | WRITTEN : slot.attention & ~WRITTEN;
    },
    slotAt(address) {
      for (const range of ranges) {
        if (address < range.first || address >= range.end || (address & 3) !== 0) continue;
        const index = (address - range.first) >>> 2;
        return range.slots[index] ?? decodeFrom(range, index);
      }
      return outsideAt(address);
    },
  };
  return code;
}
