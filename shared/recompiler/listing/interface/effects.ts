/** What instructions do to the values of registers and of the frame, and what they are seen to read and write. */

import { wordAt } from "../../image.ts";
import { CYCLE_COUNTER, THREAD_POINTER_NUMBER } from "../../lift/use.ts";
import { FP, GP, RA, SP } from "../../machine.ts";
import { globalPointerOf } from "../../mips/global-pointer.ts";
import { type Instruction, registersRead, registersWritten } from "../../mips/instruction.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import { type ProgramImage, USUAL_FLOAT_MODE } from "../../program.ts";
import { CYCLES, F0, F0_HIGH, LINK, REGISTER_COUNT } from "../../register-file.ts";
import { type Slots, slotsOf, type Value, type Values } from "./values.ts";

/** What a function does besides to registers, and the registers it reads. */
export interface Effects {
  reads: Slots;
  /** Memory that is not its own frame. */
  readsMemory: boolean;
  writesMemory: boolean;
  /** Words that its caller has put above the home of the first four arguments. */
  readsStackArguments: boolean;
  readsThreadPointer: boolean;
  makesSystemCalls: boolean;
}

export const noEffects = (): Effects => ({
  reads: 0n,
  readsMemory: false,
  writesMemory: false,
  readsStackArguments: false,
  readsThreadPointer: false,
  makesSystemCalls: false,
});

/** Values of the slots, and of words of the frame by their distance from the stack pointer of the entry. */
export interface State {
  readonly registers: Value[];
  readonly frame: Map<number, Value>;
  /** By register, the word that it has one part of; inside a block. */
  readonly parts: Map<number, WordPart>;
}

interface WordPart {
  readonly mnemonic: "lwl" | "lwr";
  /** The register that its address is made of, and how far from that the word begins. */
  readonly base: number;
  readonly start: number;
}

export const copyOf = ({ registers, frame }: State): State => ({
  registers: [...registers],
  frame: new Map(frame),
  parts: new Map(),
});

const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, index) => first + index);

/** What callees leave as it was (o32): `s0` to `s7`, `gp`, `sp`, `fp`, `f20` to `f31`. */
export const KEPT_BY_CONVENTION = slotsOf([
  0,
  ...from(16, 8),
  GP,
  SP,
  FP,
  ...from(F0 + 20, 12),
  ...from(F0_HIGH + 20, 12),
]);

/** To put these into the frame is to keep them for the caller, and not to read them. They are as they were when a callee returns. */
export const SAVED = KEPT_BY_CONVENTION | slotsOf([RA]);

/** The caller leaves room for the first four arguments; it is the callee's. */
export const HOME_BYTES = 16;

// biome-ignore format: a table, one row a width
const LOADS: Partial<Record<Mnemonic, number>> = {
  lb: 1, lbu: 1,
  lh: 2, lhu: 2,
  lw: 4, ll: 4, lwl: 4, lwr: 4, lwc1: 4, lwxc1: 4,
  ldc1: 8, ldxc1: 8, luxc1: 8,
};
// biome-ignore format: a table, one row a width
const STORES: Partial<Record<Mnemonic, number>> = {
  sb: 1,
  sh: 2,
  sw: 4, sc: 4, swl: 4, swr: 4, swc1: 4, swxc1: 4,
  sdc1: 8, sdxc1: 8, suxc1: 8,
};
/** Accesses of whole words at an address that the instruction names by a register and an offset. */
const WHOLE: ReadonlySet<Mnemonic> = new Set(["lw", "sw", "lwc1", "swc1", "ldc1", "sdc1"]);

export class Transfer {
  readonly #image: ProgramImage;
  readonly #values: Values;
  readonly #registerBits: 32 | 64;
  readonly #gp: number | undefined;

  constructor(image: ProgramImage, values: Values) {
    this.#image = image;
    this.#values = values;
    this.#registerBits = (image.float ?? USUAL_FLOAT_MODE).registerBits;
    this.#gp = globalPointerOf(image);
  }

  atEntry(): State {
    const registers = Array.from({ length: REGISTER_COUNT }, (_, slot) => this.#values.entry(slot));
    registers[0] = this.#values.constant(0);
    registers[SP] = this.#values.frame(0);
    return { registers, frame: new Map(), parts: new Map() };
  }

  /** Does what the instruction does, its delay slot and where it leads left out. */
  pass(state: State, effects: Effects, instruction: Instruction): void {
    const { mnemonic } = instruction;
    const result = this.#copied(state, instruction);
    if (result !== undefined) {
      for (const [slot, value] of result) set(state, slot, value);
      return;
    }
    const [loaded, stored] = [LOADS[mnemonic], STORES[mnemonic]];
    if (loaded !== undefined) this.#load(state, effects, instruction, loaded);
    else if (stored !== undefined) this.#store(state, effects, instruction, stored);
    else this.#passOther(state, effects, instruction);
  }

  #passOther(state: State, effects: Effects, instruction: Instruction): void {
    const { mnemonic, rd } = instruction;
    if (mnemonic === "rdhwr") {
      effects.readsThreadPointer ||= rd === THREAD_POINTER_NUMBER;
      if (rd === CYCLE_COUNTER) this.#readAndSpoil(state, effects, CYCLES);
    } else if (mnemonic === "syscall") {
      effects.makesSystemCalls = true;
      set(state, LINK, this.#values.other);
    }
    this.#spoil(state, effects, instruction);
  }

  #readAndSpoil(state: State, effects: Effects, slot: number): void {
    effects.reads |= state.registers[slot]!.entries;
    set(state, slot, this.#values.other);
  }

  #spoil(state: State, effects: Effects, instruction: Instruction): void {
    for (const slot of registersRead(instruction, this.#registerBits)) effects.reads |= state.registers[slot]!.entries;
    for (const slot of registersWritten(instruction, this.#registerBits)) set(state, slot, this.#values.other);
  }

  /** What only moves a value, or makes a constant or an address of the frame: the slots it writes, and what they hold then. */
  #copied({ registers }: State, instruction: Instruction): (readonly [number, Value])[] | undefined {
    const { mnemonic, rs, rt, rd, sa, immediate } = instruction;
    switch (mnemonic) {
      case "lui":
        return [[rt, this.#values.constant(immediate << 16)]];
      case "addiu": {
        const { frame, constant } = registers[rs]!;
        if (immediate === 0) return [[rt, registers[rs]!]];
        if (frame !== undefined) return [[rt, this.#values.frame(frame + immediate)]];
        return constant === undefined ? undefined : [[rt, this.#values.constant(constant + immediate)]];
      }
      case "ori": {
        const { constant } = registers[rs]!;
        return constant === undefined ? undefined : [[rt, this.#values.constant(constant | (immediate & 0xffff))]];
      }
      case "addu":
      case "or":
        if (rs !== 0 && rt !== 0) return undefined;
        return [[rd, registers[rs === 0 ? rt : rs]!]];
      case "mov.s":
      case "mov.d": {
        const read = registersRead(instruction, this.#registerBits);
        return registersWritten(instruction, this.#registerBits).map((slot, index) => [slot, registers[read[index]!]!]);
      }
      default:
        return sa === 0 && mnemonic === "sll" ? [[rd, registers[rt]!]] : undefined;
    }
  }

  /** The distance from the entry's stack pointer, where the access is one of whole words in the frame. */
  #placeOf({ registers }: State, { mnemonic, rs, immediate }: Instruction): number | undefined {
    const { frame } = registers[rs]!;
    return WHOLE.has(mnemonic) && frame !== undefined && ((frame + immediate) & 3) === 0
      ? frame + immediate
      : undefined;
  }

  /** Words of the frame by the slots that go there or come from there. */
  #wordsOf(place: number, slots: readonly number[]): (readonly [slot: number, place: number])[] {
    const isReversed = slots.length === 2 && this.#image.endianness === "big";
    return slots.map((slot, index) => [slot, place + 4 * (isReversed ? 1 - index : index)]);
  }

  #load(state: State, effects: Effects, instruction: Instruction, bytes: number): void {
    const { registers, frame } = state;
    const { mnemonic, rs, rt, immediate } = instruction;
    const place = this.#placeOf(state, instruction);
    if (mnemonic === "ll") set(state, LINK, this.#values.other);
    if (place !== undefined) {
      effects.readsStackArguments ||= place >= HOME_BYTES && !frame.has(place);
      for (const [slot, at] of this.#wordsOf(place, registersWritten(instruction, this.#registerBits))) {
        set(state, slot, frame.get(at) ?? this.#values.other);
      }
      return;
    }
    const base = registers[rs]!;
    const constant = mnemonic === "lw" && rs === GP ? this.#tableWord(immediate) : undefined;
    if (base.frame === undefined) effects.readsMemory = true;
    else {
      const first = base.frame + immediate;
      effects.readsStackArguments ||= first + bytes > HOME_BYTES;
      for (const at of wordsIn(first, bytes)) effects.reads |= frame.get(at)?.entries ?? 0n;
    }
    if (mnemonic === "lwl" || mnemonic === "lwr") this.#loadPart(state, effects, instruction, mnemonic);
    else this.#spoil(state, effects, instruction);
    if (constant !== undefined) set(state, rt, this.#values.constant(constant));
  }

  /** The first part of a word leaves something of what was there, the second nothing. */
  #loadPart(state: State, effects: Effects, { rs, rt, immediate }: Instruction, mnemonic: WordPart["mnemonic"]): void {
    const isUpper = (mnemonic === "lwl") === (this.#image.endianness === "little");
    const start = isUpper ? immediate - 3 : immediate;
    const other = state.parts.get(rt);
    const isWhole = other !== undefined && other.mnemonic !== mnemonic && other.base === rs && other.start === start;
    effects.reads |= state.registers[rs]!.entries;
    set(state, rt, isWhole ? this.#values.other : this.#values.join(state.registers[rt]!, this.#values.other));
    if (!isWhole && rs !== rt) state.parts.set(rt, { mnemonic, base: rs, start });
  }

  /** What the global offset table has there, whose entries are constants. */
  #tableWord(offset: number): number | undefined {
    return this.#gp === undefined ? undefined : wordAt(this.#image, (this.#gp + offset) >>> 0);
  }

  #store(state: State, effects: Effects, instruction: Instruction, bytes: number): void {
    const { registers, frame } = state;
    const { mnemonic, rs, immediate } = instruction;
    const place = this.#placeOf(state, instruction);
    const base = registers[rs]!;
    if (mnemonic === "sc") this.#readAndSpoil(state, effects, LINK);
    if (place !== undefined && place + bytes <= HOME_BYTES) {
      const stored = registersRead(instruction, this.#registerBits).slice(1);
      for (const [slot, at] of this.#wordsOf(place, stored)) {
        const value = registers[slot]!;
        if ((value.entries & ~SAVED) !== 0n) effects.reads |= value.entries;
        frame.set(at, value);
      }
      return;
    }
    this.#spoil(state, effects, instruction);
    if (base.frame === undefined || base.frame + immediate + bytes > HOME_BYTES) effects.writesMemory = true;
    if (base.frame === undefined) return;
    for (const at of wordsIn(base.frame + immediate, bytes)) {
      frame.set(at, this.#values.join(frame.get(at) ?? this.#values.other, this.#values.other));
    }
  }
}

/** Nothing is written to register 0. */
function set({ registers, parts }: State, slot: number, value: Value): void {
  if (slot === 0) return;
  registers[slot] = value;
  if (parts.size === 0) return;
  for (const [register, { base }] of parts) if (register === slot || base === slot) parts.delete(register);
}

/** Places of the words that so many bytes lie in. */
function wordsIn(first: number, bytes: number): number[] {
  const words: number[] = [];
  for (let at = first & ~3; at < first + bytes; at += 4) words.push(at);
  return words;
}
