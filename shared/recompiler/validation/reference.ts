/** The oracle's side of a test: runs one input from the function's entry to its end and can take it all back. */

import { GuestTrap, RA, SP } from "../machine.ts";
import type { Code } from "../oracle/code.ts";
import { type DecodedInstruction, ENTRY, type Machine, type Observer, UNSEEN } from "../oracle/machine.ts";
import type { PageAccess } from "../oracle/page-access.ts";
import { Halt, run, type Stop } from "../oracle/run.ts";
import { PAGE_BYTES, type WatchedMemory } from "../oracle/watched-memory.ts";
import { type AskedSyscall, answerSyscall, askedSyscall } from "./syscall-player.ts";
import type { Vector } from "./vector.ts";

export interface ReferenceRun {
  readonly stop: Stop;
  readonly registers: Int32Array;
  readonly instructions: number;
  /** How many calls were under way at once, at most. */
  readonly depth: number;
  readonly asked: readonly AskedSyscall[];
  /** Instructions that ran, each once. */
  readonly visited: readonly DecodedInstruction[];
  /** Entries of the functions that ran, by position, the tested one among them. */
  readonly functions: ReadonlySet<number>;
  /** A made-up state sent a jump, which is no call, to where no function starts. The run has trapped there. */
  readonly hasLeft: boolean;
}

export interface Reference {
  readonly memory: WatchedMemory;
  /** Puts the input's pages in place, then runs. The memory is left as the run leaves it, until `undo`. */
  run(address: number, vector: Vector): ReferenceRun;
  /** Pages touched since the run began, in order of first touch, with their contents before. Good until the next run. */
  readonly touched: ReadonlyMap<number, Uint8Array>;
  /** Puts every touched page back as it was before `run`. */
  undo(): void;
}

/**
 * @param rights what made-up states may access. What the program had asked for at a captured one is not known here, and
 *   it did nothing there that it might not: such states are not held to it.
 */
export function createReference(code: Code, memory: WatchedMemory, rights: PageAccess): Reference {
  const touched = new Map<number, Uint8Array>();
  /** Taken up again by every run: there are thousands, and making arrays costs more than filling them. */
  const copies: Uint8Array[] = [];
  memory.onFirstTouch = (page) => {
    const copy = copies[touched.size] ?? new Uint8Array(PAGE_BYTES);
    copies[touched.size] = copy;
    memory.copyPageInto(copy, page);
    touched.set(page, copy);
  };
  return {
    memory,
    touched,
    run(address, vector) {
      touched.clear();
      memory.rights = vector.isReal ? undefined : rights;
      memory.nextMoment();
      for (const { page, bytes } of vector.pages) memory.replacePage(page, bytes);
      return runVector(code, memory, address, vector);
    },
    undo() {
      for (const [page, bytes] of touched) memory.replacePage(page, bytes);
    },
  };
}

/** Where control may go, and when the call that is tested has ended. */
function observeCall(code: Code, vector: Vector, answer: (machine: Machine) => void) {
  const returnAddress = vector.registers[RA]! >>> 0;
  const stackPointer = vector.registers[SP]! >>> 0;
  const waiting: number[] = [];
  const visited: DecodedInstruction[] = [];
  const functions = new Set<number>();
  let depth = 0;
  let hasLeft = false;

  const push = (continuation: number): void => {
    waiting.push(continuation);
    depth = Math.max(depth, waiting.length);
  };

  /** To somewhere that is no entry: real programs may, for the reference knows all code; random states may not. */
  const elsewhere = (target: number, isKnown: boolean): DecodedInstruction => {
    if ((target & 3) !== 0) throw new GuestTrap(vector.isReal ? "address_error" : "unknown_target", target);
    const slot = code.slotAt(target);
    if (!isKnown && !vector.isReal && (slot.attention & ENTRY) === 0) throw new GuestTrap("unknown_target", target);
    return slot;
  };

  const comeBack = (target: number): void => {
    const position = vector.isReal ? waiting.lastIndexOf(target) : waiting.at(-1) === target ? waiting.length - 1 : -1;
    if (position >= 0) waiting.length = position;
    else if (!vector.isReal || waiting.length === 0) throw new Halt({ kind: "left", target });
  };

  const observer: Observer = {
    attend(_machine, slot) {
      if ((slot.attention & ENTRY) !== 0) functions.add(slot.owner);
      if ((slot.attention & UNSEEN) !== 0) {
        slot.attention &= ~UNSEEN;
        visited.push(slot);
      }
    },
    called(_machine, call, target) {
      // A linking branch to what follows it only asks where it stands.
      if ((target.attention & ENTRY) !== 0 || target.address !== call.address + 8) push(call.address + 8);
    },
    calledIndirectly(_machine, call, target) {
      const slot = elsewhere(target, false);
      push(call.address + 8);
      return slot;
    },
    jumped(machine, jump, target) {
      const isBack = target === returnAddress && machine.registers[SP]! >>> 0 === stackPointer;
      if (isBack && (vector.isReal || waiting.length === 0)) throw new Halt({ kind: "returned" });
      if (jump.rs === RA || waiting.at(-1) === target) {
        comeBack(target);
        return code.slotAt(target);
      }
      const isInside = jump.owner >= 0 && (target & 3) === 0 && code.slotAt(target).owner === jump.owner;
      // Undone when there is a function: only the trap leaves it standing.
      hasLeft = !vector.isReal;
      const slot = elsewhere(target, isInside);
      hasLeft = false;
      return slot;
    },
    systemCall: answer,
  };
  return { observer, visited, functions, waiting, depth: () => depth, hasLeft: () => hasLeft };
}

/** The machine at the function's entry, and who sees where it goes from there. The input's pages are in place. */
export function startCall(code: Code, memory: WatchedMemory, address: number, vector: Vector) {
  const asked: AskedSyscall[] = [];
  const registers = vector.registers.slice();
  const registerFile = {
    get: (register: number) => registers[register]!,
    set: (register: number, value: number) => {
      registers[register] = value;
    },
  };
  const seen = observeCall(code, vector, (machine) => {
    asked.push(askedSyscall(vector.answers, asked.length, registerFile, memory));
    const { threadPointer } = answerSyscall(vector.answers, asked.length - 1, registerFile, memory);
    machine.threadPointer = threadPointer ?? machine.threadPointer;
  });
  const machine: Machine = {
    registers,
    memory,
    observer: seen.observer,
    float: code.float,
    at: code.slotAt(address),
    remaining: vector.maxInstructions,
    threadPointer: vector.threadPointer,
  };
  return { ...seen, machine, asked };
}

function runVector(code: Code, memory: WatchedMemory, address: number, vector: Vector): ReferenceRun {
  const { machine, asked, visited, functions, depth, hasLeft } = startCall(code, memory, address, vector);
  const { registers } = machine;
  const stop = run(machine);
  for (const slot of visited) slot.attention |= UNSEEN;
  const instructions = vector.maxInstructions - machine.remaining;
  return { stop, registers, instructions, depth: depth(), asked, visited, functions, hasLeft: hasLeft() };
}
