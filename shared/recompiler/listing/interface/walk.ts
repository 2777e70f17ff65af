/** Goes through one function, until nothing more is found that its registers and its frame may hold. */

import { RA, SP } from "../../machine.ts";
import type { Instruction } from "../../mips/instruction.ts";
import type { BasicBlock, ControlFlowGraph, FlowTarget } from "../../program.ts";
import { copyOf, type Effects, noEffects, type State, type Transfer } from "./effects.ts";
import { hasSlot, type Value, type Values } from "./values.ts";

/** What callers have to know of a function: its effects, and of each slot what it may hold at a return. */
export interface Summary {
  readonly effects: Readonly<Effects>;
  /** None where it does not return. */
  readonly exits: readonly Value[] | undefined;
}

/** A call or jump whose target cannot be told. */
export interface UnknownCall {
  /** Of the instruction. */
  readonly at: number;
  readonly kind: "call" | "jump";
}

export interface Walked {
  readonly summary: Summary;
  readonly callees: ReadonlySet<number>;
  readonly unknownCalls: readonly UnknownCall[];
}

export interface Surroundings {
  readonly values: Values;
  readonly transfer: Transfer;
  /** What is known so far of the function at an address. */
  readonly summaryOf: (address: number) => Summary;
  readonly isFunction: (address: number) => boolean;
  /** What is taken for true of a callee that cannot be told. */
  readonly convention: Summary;
}

export function walk(graph: ControlFlowGraph, surroundings: Surroundings): Walked {
  return new Walk(graph, surroundings).run();
}

class Walk {
  readonly #surroundings: Surroundings;
  readonly #entry: number;
  readonly #blocks: ReadonlyMap<number, BasicBlock>;
  readonly #effects = noEffects();
  #exits: Value[] | undefined;
  readonly #callees = new Set<number>();
  readonly #unknownCalls = new Map<number, UnknownCall>();
  /** By block. */
  readonly #before = new Map<number, State>();
  readonly #pending = new Set<number>();

  constructor({ function: fn, blocks }: ControlFlowGraph, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#entry = fn.address;
    this.#blocks = new Map(blocks.map((block) => [block.address, block]));
  }

  run(): Walked {
    this.#goTo({ kind: "block", address: this.#entry }, this.#surroundings.transfer.atEntry());
    while (this.#pending.size > 0) {
      // In the order of the code, ways back apart: what comes before a block is known by then.
      const address = Math.min(...this.#pending);
      this.#pending.delete(address);
      this.#passBlock(this.#blocks.get(address)!, copyOf(this.#before.get(address)!));
    }
    const unknownCalls = [...this.#unknownCalls.values()];
    return { summary: { effects: this.#effects, exits: this.#exits }, callees: this.#callees, unknownCalls };
  }

  #pass(state: State, instruction: Instruction): void {
    this.#surroundings.transfer.pass(state, this.#effects, instruction);
  }

  #passBlock({ instructions, terminator }: BasicBlock, state: State): void {
    for (const instruction of instructions) this.#pass(state, instruction);
    switch (terminator.kind) {
      case "trap":
      case "obstacle":
        return;
      case "fallthrough":
        this.#goTo(terminator.next, state);
        return;
      case "return":
        this.#pass(state, terminator.delaySlot);
        this.#leave(state);
        return;
    }
    const { instruction, delaySlot } = terminator;
    const target = state.registers[instruction.rs]!.constant;
    this.#pass(state, instruction);
    if (terminator.kind === "branch" || terminator.kind === "conditional_call") {
      const notTaken = copyOf(state);
      if (!terminator.isLikely) this.#pass(notTaken, delaySlot);
      this.#goTo(terminator.kind === "branch" ? terminator.notTaken : terminator.next, notTaken);
    }
    this.#pass(state, delaySlot);
    switch (terminator.kind) {
      case "jump":
        this.#goTo(terminator.target, state);
        return;
      case "branch":
        this.#goTo(terminator.taken, state);
        return;
      case "switch":
        for (const address of terminator.table.entries) this.#goTo({ kind: "block", address }, copyOf(state));
        return;
      case "call":
      case "conditional_call":
        if (this.#call(terminator.target, state)) this.#comeBack(terminator.next, state);
        return;
      case "call_indirect":
        if (this.#callThrough(instruction, "call", target, state)) this.#comeBack(terminator.next, state);
        return;
      case "jump_indirect":
        if (this.#callThrough(instruction, "jump", target, state)) this.#leave(state);
        return;
    }
  }

  /** A call that a function ends by does not come back: what follows is another function. */
  #comeBack(next: FlowTarget, state: State): void {
    if (next.kind === "block") this.#goTo(next, state);
  }

  #goTo({ address }: FlowTarget, state: State): void {
    if (!this.#blocks.has(address)) {
      if (this.#call(address, state)) this.#leave(state);
      return;
    }
    const before = this.#before.get(address);
    if (before === undefined) this.#before.set(address, state);
    else if (!this.#joinInto(before, state)) return;
    this.#pending.add(address);
  }

  /** @returns whether that changes anything */
  #joinInto(before: State, { registers, frame }: State): boolean {
    const { values } = this.#surroundings;
    let isChanged = false;
    for (let slot = 0; slot < registers.length; slot++) {
      const joined = values.join(before.registers[slot]!, registers[slot]!);
      if (joined === before.registers[slot]) continue;
      before.registers[slot] = joined;
      isChanged = true;
    }
    const joinWord = (place: number) => {
      const known = before.frame.get(place);
      const joined = values.join(known ?? values.other, frame.get(place) ?? values.other);
      if (joined === known) return;
      before.frame.set(place, joined);
      isChanged = true;
    };
    for (const place of before.frame.keys()) joinWord(place);
    for (const place of frame.keys()) if (!before.frame.has(place)) joinWord(place);
    return isChanged;
  }

  /** @returns whether it comes back */
  #call(address: number, state: State): boolean {
    this.#callees.add(address);
    return this.#apply(this.#surroundings.summaryOf(address), state);
  }

  #callThrough({ address }: Instruction, kind: UnknownCall["kind"], target: number | undefined, state: State): boolean {
    if (target !== undefined && this.#surroundings.isFunction(target)) return this.#call(target, state);
    this.#unknownCalls.set(address, { at: address, kind });
    return this.#apply(this.#surroundings.convention, state);
  }

  /** Does to the state what the function does. @returns whether it comes back */
  #apply({ effects, exits }: Summary, state: State): boolean {
    const { values } = this.#surroundings;
    const mine = this.#effects;
    const before = [...state.registers];
    for (const slot of values.slotsIn(effects.reads)) mine.reads |= before[slot]!.entries;
    mine.readsMemory ||= effects.readsMemory;
    mine.writesMemory ||= effects.writesMemory;
    mine.readsThreadPointer ||= effects.readsThreadPointer;
    mine.makesSystemCalls ||= effects.makesSystemCalls;
    // Its arguments on the stack lie in this function's frame, or, of a jump, where its own do.
    const { frame } = before[SP]!;
    mine.readsStackArguments ||= effects.readsStackArguments && (frame === undefined || frame >= 0);
    if (exits === undefined) return false;
    for (const [slot, exit] of exits.entries()) {
      if (exit === values.entry(slot)) continue;
      if (exit.frame !== undefined) {
        state.registers[slot] = frame === undefined ? values.other : values.frame(frame + exit.frame);
        continue;
      }
      if (exit.constant !== undefined) {
        state.registers[slot] = exit;
        continue;
      }
      const held = values.slotsIn(exit.entries).map((each) => before[each]!);
      state.registers[slot] = [...held, ...(exit.isOther ? [values.other] : [])].reduce((a, b) => values.join(a, b));
    }
    return true;
  }

  /**
   * Goes back to the caller. What one register held at the entry and another holds now was read. Who has another return address
   * than the caller's, as `longjmp` does, or has not taken its frame down, is on another way: a call that never comes back.
   */
  #leave({ registers }: State): void {
    const { values } = this.#surroundings;
    if (!hasSlot(registers[RA]!.entries, RA) || registers[SP] !== values.frame(0)) return;
    for (const [slot, { entries }] of registers.entries()) this.#effects.reads |= entries & ~(1n << BigInt(slot));
    this.#exits = registers.map((value, slot) => {
      const before = this.#exits?.[slot];
      return before === undefined ? value : values.join(before, value);
    });
  }
}
