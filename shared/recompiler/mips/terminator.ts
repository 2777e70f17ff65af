/** How a control instruction ends its block, in the terms of the program model. */

import { RA } from "../machine.ts";
import type { FlowTarget, JumpTable, Terminator } from "../program.ts";
import type { Instruction } from "./instruction.ts";
import { OPCODE_OF } from "./opcodes.ts";

/** Where control goes from a function: to one of its blocks or to another function. */
export interface FlowMap {
  /** The place a branch or a jump names. */
  readonly jumpTo: (address: number) => FlowTarget;
  /** The place that follows in memory; after a call it may never be reached. */
  readonly continueAt: (address: number, isAfterCall: boolean) => FlowTarget;
}

/** What is known of a jump through a register: its table, its only target, or that it goes where `ra` led on entry. */
export type RegisterJump = { readonly table: JumpTable } | { readonly target: number } | { readonly returns: true };

const ALWAYS_TAKEN: Readonly<Partial<Record<Instruction["mnemonic"], (instruction: Instruction) => boolean>>> = {
  beq: ({ rs, rt }) => rs === rt,
  beql: ({ rs, rt }) => rs === rt,
  bgez: ({ rs }) => rs === 0,
  bgezl: ({ rs }) => rs === 0,
  blez: ({ rs }) => rs === 0,
  blezl: ({ rs }) => rs === 0,
  bgezal: ({ rs }) => rs === 0,
  bgezall: ({ rs }) => rs === 0,
};

/** `jalr $zero` links nothing, so it is a jump. */
export function isRegisterJump(instruction: Instruction): boolean {
  return instruction.mnemonic === "jr" || (instruction.mnemonic === "jalr" && instruction.rd === 0);
}

/**
 * The terminator that a control instruction and its delay slot make.
 *
 * A linking jump to the instruction after its slot is how position-independent code asks for its own address: it is a
 * `jump` whose instruction writes the link register, not a call.
 *
 * @param resolved what is known of the target when the instruction is a jump through a register
 */
export function terminatorOf(
  instruction: Instruction,
  delaySlot: Instruction,
  flow: FlowMap,
  resolved: RegisterJump | undefined,
): Terminator {
  const next = instruction.address + 8;
  const isAlwaysTaken = ALWAYS_TAKEN[instruction.mnemonic]?.(instruction) ?? false;
  const { control } = OPCODE_OF[instruction.mnemonic];
  const jump = (target: number): Terminator => ({ kind: "jump", instruction, delaySlot, target: flow.jumpTo(target) });
  const call = (): Terminator =>
    instruction.target === next
      ? jump(next)
      : { kind: "call", instruction, delaySlot, target: instruction.target, next: flow.continueAt(next, true) };

  switch (control) {
    case "jump":
      return jump(instruction.target);
    case "branch":
    case "branch_likely":
      if (isAlwaysTaken) return jump(instruction.target);
      return {
        kind: "branch",
        instruction,
        delaySlot,
        isLikely: control === "branch_likely",
        taken: flow.jumpTo(instruction.target),
        notTaken: flow.continueAt(next, false),
      };
    case "call":
      return call();
    case "branch_call":
    case "branch_call_likely":
      if (isAlwaysTaken) return call();
      return {
        kind: "conditional_call",
        instruction,
        delaySlot,
        isLikely: control === "branch_call_likely",
        target: instruction.target,
        next: flow.continueAt(next, true),
      };
    case "jump_register":
    case "call_register":
      if (!isRegisterJump(instruction)) {
        return { kind: "call_indirect", instruction, delaySlot, next: flow.continueAt(next, true) };
      }
      return registerJump(instruction, delaySlot, flow, resolved);
    case "trap":
    case "none":
      return { kind: "trap", instruction };
  }
}

/** Of a jump of which nothing is known, `ra` says that it returns. */
function registerJump(
  instruction: Instruction,
  delaySlot: Instruction,
  flow: FlowMap,
  resolved: RegisterJump | undefined,
): Terminator {
  if (resolved === undefined) {
    return { kind: instruction.rs === RA ? "return" : "jump_indirect", instruction, delaySlot };
  }
  if ("table" in resolved) return { kind: "switch", instruction, delaySlot, table: resolved.table };
  if ("returns" in resolved) return { kind: "return", instruction, delaySlot };
  return { kind: "jump", instruction, delaySlot, target: flow.jumpTo(resolved.target) };
}

/** Where a terminator goes without leaving for good: the next blocks and the functions it tail-calls. */
export function flowTargets(terminator: Terminator): FlowTarget[] {
  switch (terminator.kind) {
    case "fallthrough":
    case "call":
    case "conditional_call":
    case "call_indirect":
      return [terminator.next];
    case "jump":
      return [terminator.target];
    case "branch":
      return [terminator.taken, terminator.notTaken];
    case "switch":
      return terminator.table.entries.map((address) => ({ kind: "block", address }));
    case "return":
    case "jump_indirect":
    case "trap":
    case "obstacle":
      return [];
  }
}
