/** The reference machine: registers, memory, and decoded instructions it steps through. */

import type { Instruction } from "../mips/instruction.ts";
import type { FloatMode } from "../program.ts";
import type { WatchedMemory } from "./watched-memory.ts";

/** What an instruction does to the machine. `machine.at` already points behind it. */
export type Semantics = (machine: Machine, instruction: DecodedInstruction) => void;

/** Why the machine must look up before it runs an instruction: bits of {@link DecodedInstruction.attention}. */
export const UNSEEN = 1;
export const ENTRY = 2;
/** The program has put another word there than its file has. */
export const WRITTEN = 4;

/** An instruction, decoded once, with its neighbours at hand: fields as in {@link Instruction}. */
export interface DecodedInstruction {
  readonly execute: Semantics;
  readonly address: number;
  readonly rs: number;
  readonly rt: number;
  readonly rd: number;
  readonly sa: number;
  readonly immediate: number;
  /** What follows in memory. */
  readonly next: DecodedInstruction;
  /** The destination of a direct jump or branch; of no meaning for other instructions. */
  readonly taken: DecodedInstruction;
  /** Bits of `UNSEEN`, `ENTRY` and `WRITTEN`. */
  attention: number;
  /** Position, in the list given to `codeOf`, of the function the instruction belongs to; or -1. */
  readonly owner: number;
}

/** Sees where control goes, decides where indirect jumps may go, and carries out system calls. */
export interface Observer {
  /** The machine is about to run an instruction with attention bits set. */
  attend(machine: Machine, slot: DecodedInstruction): void;
  /** A direct call is made: the link register is written and the delay slot has run. */
  called(machine: Machine, call: DecodedInstruction, target: DecodedInstruction): void;
  /** `jalr`, after its delay slot: resolves the target. */
  calledIndirectly(machine: Machine, call: DecodedInstruction, target: number): DecodedInstruction;
  /** `jr`, after its delay slot: resolves the target. */
  jumped(machine: Machine, jump: DecodedInstruction, target: number): DecodedInstruction;
  systemCall(machine: Machine): void;
}

export interface Machine {
  /** The register file, by slots. `r0` is put back to 0 after every instruction. */
  readonly registers: Int32Array;
  readonly memory: WatchedMemory;
  readonly observer: Observer;
  readonly float: FloatMode;
  /** The next instruction. */
  at: DecodedInstruction;
  /** Instructions that may still run; delay slots count. Below zero by one when the last had a delay slot. */
  remaining: number;
  /** What `rdhwr $29` reads. */
  threadPointer: number;
}

/**
 * Runs the instruction in the delay slot of a branch or jump and leaves the machine behind it. The slot of a control
 * instruction never holds another one: decoding sees to that.
 */
export function runDelaySlot(machine: Machine, control: DecodedInstruction): void {
  const slot = control.next;
  machine.remaining--;
  machine.at = slot.next;
  if ((slot.attention & (UNSEEN | WRITTEN)) !== 0) machine.observer.attend(machine, slot);
  slot.execute(machine, slot);
  machine.registers[0] = 0;
}
