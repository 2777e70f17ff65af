/** Which calls are under way: follows entries, returns, tail calls and non-local jumps of a program that runs for real. */

import { GuestTrap, RA, SP } from "../machine.ts";
import type { Code } from "./code.ts";
import { type DecodedInstruction, ENTRY, type Machine, type Observer, UNSEEN, WRITTEN } from "./machine.ts";
import { Halt } from "./run.ts";

/** One call of a function that is under way. */
export interface Activation {
  /** Position of the function in {@link Code.functions}. */
  readonly function: number;
  /** Which call of the function, counted from 1. */
  readonly call: number;
  /** A call ends when control comes back to this address with this stack pointer. */
  readonly returnAddress: number;
  readonly stackPointer: number;
  /** `machine.remaining` at entry. */
  readonly remainingAtEntry: number;
  /** Instructions of the function that no call before had run. */
  newInstructions: number;
}

/** How a call ended: `returned`, by its own jump past its caller (`left`), or swept away by a callee's (`unwound`). */
export type Departure = "returned" | "left" | "unwound";

export interface ActivationListener {
  entered(machine: Machine, activation: Activation): void;
  departed(machine: Machine, activation: Activation, departure: Departure): void;
  systemCall(machine: Machine): void;
  /** The process ended by itself (not for want of instructions) with these calls under way, outermost first. */
  processEnded(machine: Machine, underWay: readonly Activation[], end: "exit" | "trap"): void;
}

export interface ActivationObserver extends Observer {
  /** Outermost first. */
  readonly underWay: readonly Activation[];
  /** Targets of `jr` and `jalr` outside the jumping function, returns left out. */
  readonly indirectTargets: ReadonlySet<number>;
  /** Calls by position of the function. */
  readonly callCounts: readonly number[];
  /** By position of the function: of the one that called it first, -1 where none did. */
  readonly firstCallers: readonly number[];
  /** How many calls were under way at once, at most. */
  readonly deepest: number;
}

export function observeActivations(code: Code, listener: ActivationListener): ActivationObserver {
  const underWay: Activation[] = [];
  const indirectTargets = new Set<number>();
  const callCounts = code.functions.map(() => 0);
  const firstCallers = code.functions.map(() => -1);
  let deepest = 0;
  /** Where calls of code that is no function of its own come back to. */
  const localContinuations = new Set<number>();

  const enter = (machine: Machine, position: number): void => {
    const returnAddress = machine.registers[RA]! >>> 0;
    const stackPointer = machine.registers[SP]! >>> 0;
    const top = underWay.at(-1);
    const isLoopToStart =
      top?.function === position && top.returnAddress === returnAddress && top.stackPointer === stackPointer;
    if (isLoopToStart) return;
    const call = callCounts[position]! + 1;
    callCounts[position] = call;
    if (call === 1) firstCallers[position] = top?.function ?? -1;
    const remainingAtEntry = machine.remaining + 1;
    const activation = { function: position, call, returnAddress, stackPointer, remainingAtEntry, newInstructions: 0 };
    underWay.push(activation);
    deepest = Math.max(deepest, underWay.length);
    listener.entered(machine, activation);
  };

  const depart = (machine: Machine, departure: Departure): void => {
    listener.departed(machine, underWay.pop()!, departure);
  };

  /** Ends the calls that wait at `target`: a function and those that tail-called it. False when none does. */
  const comeBack = (machine: Machine, target: number): boolean => {
    const stackPointer = machine.registers[SP]! >>> 0;
    let deepest = underWay.length - 1;
    while (deepest >= 0 && !waitsAt(underWay[deepest]!, target, stackPointer)) deepest--;
    if (deepest < 0) return false;
    while (underWay.length - 1 > deepest) depart(machine, "unwound");
    while (underWay.length > 0 && waitsAt(underWay.at(-1)!, target, stackPointer)) depart(machine, "returned");
    return true;
  };

  /**
   * The stack tells which calls a non-local jump leaves behind: those that began below its new top, and those that
   * began right there but for the function the jump goes to.
   */
  const leave = (machine: Machine, landing: number): void => {
    const stackPointer = machine.registers[SP]! >>> 0;
    depart(machine, "left");
    for (let top = underWay.at(-1); top !== undefined; top = underWay.at(-1)) {
      const isKept = top.stackPointer > stackPointer || (top.stackPointer === stackPointer && top.function === landing);
      if (isKept) return;
      depart(machine, "unwound");
    }
  };

  return {
    underWay,
    indirectTargets,
    callCounts,
    firstCallers,
    get deepest() {
      return deepest;
    },
    attend(machine, slot) {
      if ((slot.attention & WRITTEN) !== 0) throw new Halt({ kind: "written_code", address: slot.address });
      if ((slot.attention & ENTRY) !== 0) enter(machine, slot.owner);
      if ((slot.attention & UNSEEN) !== 0) {
        slot.attention &= ~UNSEEN;
        const top = underWay.at(-1);
        if (top !== undefined && top.function === slot.owner) top.newInstructions++;
      }
    },
    called(_machine, call, target) {
      const continuation = call.address + 8;
      if ((target.attention & ENTRY) === 0 && target.address !== continuation) localContinuations.add(continuation);
    },
    calledIndirectly(_machine, _call, target) {
      indirectTargets.add(target);
      return resolve(code, target);
    },
    jumped(machine, jump, target) {
      const slot = resolve(code, target);
      const top = underWay.at(-1);
      if (top?.returnAddress === target || jump.rs === RA) {
        const isLocal = localContinuations.has(target);
        const isBack = comeBack(machine, target);
        if (!isBack && jump.rs === RA && top?.function === jump.owner && !isLocal) leave(machine, slot.owner);
      } else if (slot.owner !== jump.owner || jump.owner < 0) {
        indirectTargets.add(target);
      }
      return slot;
    },
    systemCall: (machine) => listener.systemCall(machine),
  };
}

function waitsAt({ returnAddress, stackPointer }: Activation, target: number, top: number): boolean {
  return returnAddress === target && stackPointer === top;
}

function resolve(code: Code, target: number): DecodedInstruction {
  if ((target & 3) !== 0) throw new GuestTrap("address_error", target);
  return code.slotAt(target);
}
