/**
 * What a call of a function reads, writes and leaves as it was, as its code and that of all that it calls say it.
 *
 * What is taken for granted: nobody writes to the words of a frame but by the stack pointer of the function whose frame it is, or by
 * addresses made of it in plain sight; the global offset table holds what the file has there. A call or jump through a register
 * whose target cannot be told is taken to keep to the calling convention, and named: who does not trust that must take it that
 * everything is read and written.
 */

import { A0, A1, A2, A3, GP, SP } from "../../machine.ts";
import type { ControlFlowGraph, ProgramImage } from "../../program.ts";
import { CYCLES, F0, F0_HIGH, FCSR, LINK, REGISTER_COUNT } from "../../register-file.ts";
import { type Effects, noEffects, SAVED, Transfer } from "./effects.ts";
import { hasSlot, type Slots, slotsOf, type Value, Values } from "./values.ts";
import { type Summary, type Surroundings, type UnknownCall, type Walked, walk } from "./walk.ts";

export interface FunctionInterface extends Readonly<Effects> {
  /** Registers that may hold something else at a return than at the entry. */
  readonly writes: Slots;
  /** Whether there is a way to a return. */
  readonly returns: boolean;
  /** In the function and in all that it calls, by address. */
  readonly unknownCalls: readonly UnknownCall[];
}

/** What is not found to be otherwise: it does nothing and does not come back. */
const NOTHING: Summary = { effects: noEffects(), exits: undefined };

const T9 = 25;
const FLOAT_ARGUMENTS = [12, 13, 14, 15].flatMap((number) => [F0 + number, F0_HIGH + number]);
const READ_BY_CONVENTION = slotsOf([A0, A1, A2, A3, T9, GP, FCSR, ...FLOAT_ARGUMENTS]);

/** The system's registers, and what no program names. */
const OUT_OF_SIGHT = slotsOf([26, 27, LINK, CYCLES]);

function byConvention(values: Values): Summary {
  const effects: Effects = {
    reads: READ_BY_CONVENTION,
    readsMemory: true,
    writesMemory: true,
    readsStackArguments: true,
    readsThreadPointer: true,
    makesSystemCalls: true,
  };
  const isKept = (slot: number) => hasSlot(SAVED | OUT_OF_SIGHT, slot);
  return { effects, exits: asBefore(values).map((value, slot) => (isKept(slot) ? value : values.other)) };
}

/** Of each slot what it holds at the entry. */
function asBefore(values: Values): Value[] {
  const before = Array.from({ length: REGISTER_COUNT }, (_, slot) => values.entry(slot));
  before[0] = values.constant(0);
  before[SP] = values.frame(0);
  return before;
}

/** The interfaces of a program's functions by their addresses; what one of them needs to be known, others need not find again. */
export class Interfaces {
  readonly #graphAt: (address: number) => ControlFlowGraph | undefined;
  readonly #values = new Values();
  readonly #before = asBefore(this.#values);
  readonly #surroundings: Surroundings;
  readonly #walked = new Map<number, Walked>();
  readonly #callersOf = new Map<number, Set<number>>();

  /** @param graphAt the control flow of the function that starts at an address; undefined where none does */
  constructor(image: ProgramImage, graphAt: (address: number) => ControlFlowGraph | undefined) {
    this.#graphAt = graphAt;
    this.#surroundings = {
      values: this.#values,
      transfer: new Transfer(image, this.#values),
      convention: byConvention(this.#values),
      summaryOf: (address) => this.#walked.get(address)?.summary ?? NOTHING,
      isFunction: (address) => graphAt(address) !== undefined,
    };
  }

  /** @param address at which a function starts */
  of(address: number): FunctionInterface {
    if (!this.#walked.has(address)) this.#walkFrom(address);
    const { effects, exits } = this.#surroundings.summaryOf(address);
    const isWritten = (slot: number) => exits !== undefined && exits[slot] !== this.#before[slot];
    return {
      ...effects,
      writes: slotsOf([...this.#before.keys()].filter(isWritten)),
      returns: exits !== undefined,
      unknownCalls: this.#unknownCallsFrom(address),
    };
  }

  /** Walks a function and all that it calls, again and again, until none is found to do more than was known of it. */
  #walkFrom(first: number): void {
    const isKnown = (address: number) => this.#walked.has(address);
    /** Those that were never walked come first, callees before their callers; then whoever calls what has become other. */
    const fresh = [first];
    const again = new Set<number>();
    for (;;) {
      const address = fresh.pop() ?? again.values().next().value;
      if (address === undefined) return;
      const graph = this.#graphAt(address);
      // It traps where no function starts.
      if (graph === undefined || (isKnown(address) && !again.delete(address))) continue;
      const before = this.#surroundings.summaryOf(address);
      const now = walk(graph, this.#surroundings);
      this.#walked.set(address, now);
      if (!isSame(before, now.summary)) for (const caller of this.#callersOf.get(address) ?? []) again.add(caller);
      for (const callee of now.callees) {
        const callers = this.#callersOf.get(callee) ?? new Set();
        this.#callersOf.set(callee, callers.add(address));
        if (!isKnown(callee)) fresh.push(callee);
      }
    }
  }

  #unknownCallsFrom(first: number): UnknownCall[] {
    const reached = new Set([first]);
    for (const address of reached) for (const callee of this.#walked.get(address)?.callees ?? []) reached.add(callee);
    return [...reached].flatMap((address) => this.#walked.get(address)?.unknownCalls ?? []).sort((a, b) => a.at - b.at);
  }
}

function isSame(one: Summary, another: Summary): boolean {
  const names = Object.keys(one.effects) as (keyof Effects)[];
  if (!names.every((name) => one.effects[name] === another.effects[name])) return false;
  if (one.exits === undefined || another.exits === undefined) return one.exits === another.exits;
  return one.exits.every((value, slot) => value === another.exits![slot]);
}
