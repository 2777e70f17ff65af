/** Follows one input through reference and lifted code at once, instruction by instruction, to where they first differ. */

import { wordAt } from "../image.ts";
import { hex, TOLD } from "../machine.ts";
import { decode } from "../mips/decode.ts";
import { hasDelaySlot, type Instruction, registersWritten } from "../mips/instruction.ts";
import { type Code, codeOf } from "../oracle/code.ts";
import { type Machine, UNSEEN } from "../oracle/machine.ts";
import { NotedMemory } from "../oracle/noted-memory.ts";
import { run, type Stop } from "../oracle/run.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../program.ts";
import { loadImage } from "../runtime/memory.ts";
import { type Candidate, createCandidate, type MeteredModule } from "./candidate.ts";
import type { CandidateEnd } from "./candidate-run.ts";
import {
  endText,
  isSameTrap,
  type RegisterMasks,
  registerDifference,
  stopText,
  wordDifference,
} from "./differences.ts";
import type { Difference } from "./function-test.ts";
import { type ReferenceRun, startCall } from "./reference.ts";
import type { Vector } from "./vector.ts";

/** An instruction that has run. */
export interface PastInstruction {
  readonly address: number;
  /** Its number since the function was entered, from 1. */
  readonly step: number;
}

/** The first instruction after which the two differ. */
export interface FirstDifference extends PastInstruction {
  readonly difference: Difference;
  /** The register file before it, the same on both sides. */
  readonly before: Int32Array;
  /** After it, as far as a side came behind it. */
  readonly expected?: Int32Array;
  readonly found?: Int32Array;
  /** What wrote last, before it, the register or word that differs; none: that is as it was at entry. */
  readonly lastWriter?: PastInstruction;
  /** By register that it reads, what wrote that last. */
  readonly writers: ReadonlyMap<number, PastInstruction>;
  /** Words of memory that the reference read or wrote there, and what wrote them last before. */
  readonly words: readonly { readonly address: number; readonly lastWriter?: PastInstruction }[];
  /** Addresses of the calls under way, the outermost first. */
  readonly calls: readonly number[];
  /** The instructions that ran up to it, the last ones. */
  readonly trail: readonly PastInstruction[];
}

export interface LockstepRequest {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
  /** The functions that the input runs through, lifted with `isStepped`. */
  readonly module: MeteredModule;
  readonly masks: RegisterMasks;
  readonly memoryBytes: number;
  readonly address: number;
  readonly vector: Vector;
  /** The reference's run of the input. */
  readonly reference: Pick<ReferenceRun, "asked" | "instructions">;
}

/** Undefined: they do the same all the way. */
export function firstDifference(request: LockstepRequest): FirstDifference | undefined {
  const { image, layout, module, memoryBytes, address, vector, reference } = request;
  const memory = new NotedMemory(loadImage(image, layout), layout.base, image.endianness);
  memory.growTo(memoryBytes);
  for (const { page, bytes } of vector.pages) memory.replacePage(page, bytes);
  const candidate = createCandidate(module, layout.base, image.endianness, (what, at) => lockstep.told(what, at));
  candidate.memory.growTo(memoryBytes);
  const lockstep = new Lockstep(request, codeOf(image, request.functions, UNSEEN), memory, candidate);
  try {
    const { end } = candidate.run(address, vector, reference.asked, reference.instructions);
    lockstep.ended(end);
  } catch (thrown) {
    if (thrown instanceof Found) return thrown.difference;
    throw thrown;
  }
  return undefined;
}

/** Stops the lifted code from inside. */
class Found {
  readonly difference: FirstDifference;
  constructor(difference: FirstDifference) {
    this.difference = difference;
  }
}

/** As many instructions before the first difference are told of. */
const TRAIL = 12;

/** What the lifted code came to: the next instruction, or its end. */
type Arrival = { readonly kind: "at"; readonly address: number } | CandidateEnd;

/** The lifted code in a delay slot: what precedes the slot has run. */
interface AtSlot {
  readonly address: number;
  readonly registers: Int32Array;
}

/**
 * The reference stands before an instruction, or before one and its delay slot; the lifted code has just run it, and says
 * where it is now. Then the reference runs it too, and both are compared.
 */
class Lockstep {
  readonly #image: ProgramImage;
  readonly #masks: RegisterMasks;
  readonly #memory: NotedMemory;
  readonly #candidate: Candidate;
  readonly #machine: Machine;
  readonly #code: Code;
  readonly #waiting: readonly number[];
  readonly #asGiven: Int32Array;
  readonly #decoded = new Map<number, Instruction | undefined>();
  /** The instruction that the reference stands before. */
  #current: number | undefined;
  /** Where the lifted code has come to its delay slot. */
  #slot: AtSlot | undefined;
  /** Words that the lifted code has written to since. */
  readonly #stores = new Set<number>();
  #steps = 0;
  readonly #trail: PastInstruction[] = [];
  readonly #registerWriters = new Map<number, PastInstruction>();
  readonly #wordWriters = new Map<number, PastInstruction>();
  /** Of the reference, before the instruction, and before its delay slot where it came to that. */
  #before: Int32Array;
  #beforeSlot: Int32Array | undefined;
  #attended = 0;
  #calls: readonly number[] = [];

  constructor(
    { image, masks, address, vector }: LockstepRequest,
    code: Code,
    memory: NotedMemory,
    candidate: Candidate,
  ) {
    this.#image = image;
    this.#masks = masks;
    this.#memory = memory;
    this.#candidate = candidate;
    this.#code = code;
    const { machine, observer, waiting } = startCall(code, memory, address, vector);
    // Instructions stay unseen, so that each is attended whenever it runs, in delay slots too.
    const attend = (): void => {
      this.#attended += 1;
      if (this.#attended === 2) this.#beforeSlot = machine.registers.slice();
    };
    this.#machine = { ...machine, observer: { ...observer, attend } };
    this.#waiting = waiting;
    this.#asGiven = vector.registers;
    this.#before = machine.registers.slice();
  }

  /** The lifted code speaks. @throws Found */
  told(what: number, address: number): void {
    if (what === TOLD.store) {
      this.#stores.add(address - (address & 3));
      // Doubles, which need not be aligned where a row is wrong.
      this.#stores.add(address - (address & 3) + 4);
      return;
    }
    const current = this.#current;
    if (current === undefined) {
      this.#current = address;
      return;
    }
    const isSlot = this.#slot === undefined && address === current + 4 && this.#hasDelaySlot(current);
    if (isSlot) {
      this.#slot = { address, registers: this.#foundRegisters() };
      return;
    }
    this.#compare({ kind: "at", address });
    this.#current = address;
  }

  /** @throws Found */
  ended(end: CandidateEnd): void {
    this.#compare(end);
  }

  #compare(arrival: Arrival): void {
    const current = this.#current ?? this.#machine.at.address;
    const slot = this.#slot;
    const stop = this.#advance(arrival);
    const behind = this.#attended === 2 ? current + 4 : current;
    const isRun = (this.#attended === 2) === (slot !== undefined);
    const atSlot = slot && this.#beforeSlot && registerDifference(this.#beforeSlot, slot.registers, this.#masks);
    if (slot !== undefined && atSlot !== undefined) {
      throw this.#found(current, atSlot, this.#beforeSlot, slot.registers);
    }
    const expected = slot === undefined && this.#attended === 2 ? current + 4 : undefined;
    if (!isRun || !isSamePlace(stop, this.#machine.at.address, arrival)) {
      const difference = this.#controlDifference(stop, slot !== undefined && !isRun ? slot : arrival, expected);
      const isOfSlot = isRun && slot !== undefined && (hasTrapped(stop) || hasTrapped(arrival));
      throw this.#found(isOfSlot ? behind : current, difference);
    }
    const goesOn = arrival.kind === "at" || arrival.kind === "returned";
    if (goesOn) {
      const found = this.#foundRegisters();
      const registers = registerDifference(this.#machine.registers, found, this.#masks);
      if (registers !== undefined) throw this.#found(behind, registers, this.#machine.registers, found);
    }
    const memory = this.#memoryDifference();
    if (memory !== undefined)
      throw this.#found(behind, memory, ...(goesOn ? [this.#machine.registers, this.#foundRegisters()] : []));
    this.#goOn(current);
  }

  /** The reference runs the instruction, and its delay slot. */
  #advance(arrival: Arrival): Stop {
    const machine = this.#machine;
    this.#memory.forget();
    this.#attended = 0;
    this.#beforeSlot = undefined;
    this.#before = machine.registers.slice();
    this.#calls = this.#waiting.map((continuation) => continuation - 8);
    machine.remaining = 1;
    const stop = run(machine);
    // Lifted code does not come to an instruction outside the code: it traps where it would go there.
    const isOutside = stop.kind === "budget" && arrival.kind !== "at" && machine.at.attention === 0;
    if (!isOutside || this.#code.slotAt(machine.at.address).attention !== 0) return stop;
    machine.remaining = 1;
    return run(machine);
  }

  #goOn(current: number): void {
    const ran = this.#attended === 2 ? [current, current + 4] : [current];
    for (const address of ran) {
      this.#note(address);
      const instruction = this.#decode(address);
      if (instruction === undefined) continue;
      for (const register of registersWritten(instruction)) this.#registerWriters.set(register, this.#trail.at(-1)!);
    }
    for (const word of this.#memory.written) this.#wordWriters.set(word, this.#trail.at(-1)!);
    this.#slot = undefined;
    this.#stores.clear();
  }

  #note(address: number): PastInstruction {
    this.#steps += 1;
    const past = { address, step: this.#steps };
    this.#trail.push(past);
    if (this.#trail.length > TRAIL) this.#trail.shift();
    return past;
  }

  #memoryDifference(): Difference | undefined {
    const [expected, found] = [this.#memory, this.#candidate.memory];
    const words = [...new Set([...this.#memory.written, ...this.#stores])].sort((a, b) => a - b);
    for (const address of words) {
      const index = (address - expected.base) >>> 2;
      if (index < expected.words.length && expected.words[index] !== found.words[index]) {
        return wordDifference(expected, found, index);
      }
    }
    return undefined;
  }

  /** @param expected where the reference went from the instruction, if not to where it is now */
  #controlDifference(stop: Stop, found: Arrival | AtSlot, expected: number | undefined): Difference {
    if ("kind" in found && found.kind === "other_syscall") return found.difference;
    const at = (address: number): string => `on to ${hex(address)}`;
    const isOn = stop.kind === "budget" || expected !== undefined;
    return {
      what: "control",
      expected: isOn ? at(expected ?? this.#machine.at.address) : stopText(stop),
      found: "kind" in found && found.kind !== "at" ? endText(found) : at(found.address),
    };
  }

  #found(address: number, difference: Difference, expected?: Int32Array, found?: Int32Array): Found {
    const { read, written } = this.#memory;
    const isOfSlot = address !== this.#current;
    if (isOfSlot) this.#note(this.#current ?? address);
    const { step } = this.#note(address);
    const before = isOfSlot ? (this.#beforeSlot ?? this.#before) : this.#before;
    const register = expected && found ? firstDiffering(expected, found, this.#masks) : undefined;
    const word = /^memory (0x[0-9a-f]+)$/.exec(difference.what)?.[1];
    const lastWriter =
      word !== undefined
        ? this.#wordWriters.get(Number(word))
        : register === undefined
          ? undefined
          : this.#registerWriters.get(register);
    return new Found({
      address,
      step,
      difference,
      before,
      ...(expected && { expected: expected.slice() }),
      ...(found && { found: found.slice() }),
      ...(lastWriter && { lastWriter }),
      writers: new Map(this.#registerWriters),
      words: [...new Set([...read, ...written])].map((at) => {
        const writer = this.#wordWriters.get(at);
        return { address: at, ...(writer && { lastWriter: writer }) };
      }),
      calls: this.#calls,
      trail: [...this.#trail],
    });
  }

  #foundRegisters(): Int32Array {
    const { registers, kept } = this.#candidate;
    const found = this.#asGiven.slice();
    for (const register of kept) found[register] = registers.get(register);
    return found;
  }

  #hasDelaySlot(address: number): boolean {
    const instruction = this.#decode(address);
    return instruction !== undefined && hasDelaySlot(instruction);
  }

  #decode(address: number): Instruction | undefined {
    const known = this.#decoded.get(address);
    if (known !== undefined || this.#decoded.has(address)) return known;
    const word = wordAt(this.#image, address);
    const instruction = word === undefined ? undefined : decode(word, address);
    this.#decoded.set(address, instruction);
    return instruction;
  }
}

/** In the instruction itself: a jump to nowhere is that of the jump, whose delay slot has run by then. */
function hasTrapped(end: Stop | Arrival): boolean {
  if (end.kind !== "trap") return false;
  return (typeof end.trap === "string" ? end.trap : end.trap.kind) !== "unknown_target";
}

/** @param at where the reference stands, if nothing stopped it */
function isSamePlace(stop: Stop, at: number, arrival: Arrival): boolean {
  if (arrival.kind === "at") return stop.kind === "budget" && at === arrival.address;
  if (arrival.kind === "trap") return stop.kind === "trap" && isSameTrap(stop.trap, arrival.trap);
  return stop.kind === arrival.kind;
}

function firstDiffering(expected: Int32Array, found: Int32Array, masks: RegisterMasks): number | undefined {
  const slot = expected.findIndex(
    (value, register) => ((value ^ found[register]!) & (masks.get(register) ?? -1)) !== 0,
  );
  return slot < 0 ? undefined : slot;
}
