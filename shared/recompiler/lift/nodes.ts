/** A function's control flow cut so that every call, tail call and system call ends a node. */

import { hex } from "../machine.ts";
import type { Instruction } from "../mips/instruction.ts";
import { isRegisterJump } from "../mips/terminator.ts";
import type { BasicBlock, ControlFlowGraph, FlowTarget, JumpTable, LiftObstacle, Terminator } from "../program.ts";

/** How a node ends. Numbers in `to`, `taken`, ... are positions in the list of nodes. */
export type NodeExit =
  | { readonly kind: "goto"; readonly to: number }
  /** A jump through a register that is taken to hold one target only. */
  | { readonly kind: "goto_known"; readonly target: number; readonly to: number }
  | { readonly kind: "branch"; readonly taken: number; readonly notTaken: number }
  | {
      readonly kind: "switch";
      readonly jump: Instruction;
      readonly table: JumpTable;
      readonly targets: readonly number[];
    }
  | { readonly kind: "call"; readonly target: number; readonly to: number }
  | { readonly kind: "call_indirect"; readonly to: number }
  /** `decides`: how the next node ends, where the call is in the delay slot of what decides that. */
  | { readonly kind: "syscall"; readonly instruction: Instruction; readonly to: number; readonly decides?: NodeExit }
  | { readonly kind: "tail_call"; readonly target: number }
  | { readonly kind: "tail_call_indirect" }
  | { readonly kind: "return"; readonly register: number }
  | { readonly kind: "stop" }
  | { readonly kind: "obstacle"; readonly obstacle: LiftObstacle };

/**
 * Straight code and an exit. The instructions are in the order in which they read and write registers; a control
 * instruction among them stands for what it reads and for the link register it writes, and its delay slot follows.
 */
export interface LiftNode {
  readonly instructions: readonly Instruction[];
  readonly exit: NodeExit;
}

/** Cuts the graph into nodes. Node 0 is the function's entry: it is empty and nothing leads back to it. */
export function nodesOf(graph: ControlFlowGraph): LiftNode[] {
  const nodes: (LiftNode | undefined)[] = [undefined];
  const tailCalls = new Map<number, number>();
  const heads = new Map<number, number>();
  for (const block of graph.blocks) heads.set(block.address, nodes.push(undefined) - 1);

  const add = (instructions: readonly Instruction[], exit: NodeExit) => nodes.push({ instructions, exit }) - 1;

  const nodeAt = (target: FlowTarget): number => {
    if (target.kind === "block") {
      const head = heads.get(target.address);
      if (head === undefined) throw new Error(`no block at ${hex(target.address)} in ${graph.function.name}`);
      return head;
    }
    let node = tailCalls.get(target.address);
    if (node === undefined) {
      node = add([], { kind: "tail_call", target: target.address });
      tailCalls.set(target.address, node);
    }
    return node;
  };

  const placeOf = (address: number): FlowTarget => ({ kind: heads.has(address) ? "block" : "function", address });

  nodes[0] = {
    instructions: [],
    exit: { kind: "goto", to: nodeAt({ kind: "block", address: graph.function.address }) },
  };
  for (const block of graph.blocks) {
    let head = heads.get(block.address)!;
    let start = 0;
    block.instructions.forEach((instruction, position) => {
      if (instruction.mnemonic !== "syscall") return;
      const next = nodes.push(undefined) - 1;
      nodes[head] = {
        instructions: block.instructions.slice(start, position),
        exit: { kind: "syscall", instruction, to: next },
      };
      head = next;
      start = position + 1;
    });
    nodes[head] = endOf(block, block.instructions.slice(start), nodeAt, placeOf, add);
  }
  return nodes as LiftNode[];
}

function endOf(
  { terminator }: BasicBlock,
  before: readonly Instruction[],
  nodeAt: (target: FlowTarget) => number,
  placeOf: (address: number) => FlowTarget,
  add: (instructions: readonly Instruction[], exit: NodeExit) => number,
): LiftNode {
  if (terminator.kind === "fallthrough") {
    return { instructions: before, exit: { kind: "goto", to: nodeAt(terminator.next) } };
  }
  if (terminator.kind === "trap") {
    return { instructions: [...before, terminator.instruction], exit: { kind: "stop" } };
  }
  if (terminator.kind === "obstacle") return { instructions: before, exit: terminator };
  const { instruction, delaySlot } = terminator;
  const isBranch = terminator.kind === "branch" || terminator.kind === "conditional_call";
  if (isBranch && terminator.isLikely) {
    // The slot runs on the taken path only.
    const slot = withSlot([], delaySlot, takenExit(terminator, nodeAt), add);
    const taken = add(slot.instructions, slot.exit);
    return {
      instructions: [...before, instruction],
      exit: { kind: "branch", taken, notTaken: nodeAt(notTakenOf(terminator)) },
    };
  }
  return withSlot([...before, instruction], delaySlot, exitOf(terminator, nodeAt, placeOf, add), add);
}

/** What runs the slot and then ends; a slot that ends a node by itself comes between. */
function withSlot(
  before: readonly Instruction[],
  slot: Instruction,
  exit: NodeExit,
  add: (instructions: readonly Instruction[], exit: NodeExit) => number,
): LiftNode {
  if (slot.mnemonic === "syscall") {
    return { instructions: before, exit: { kind: "syscall", instruction: slot, to: add([], exit), decides: exit } };
  }
  const instructions = [...before, slot];
  return { instructions, exit: slot.mnemonic === "break" ? { kind: "stop" } : exit };
}

function exitOf(
  terminator: Exclude<Terminator, { kind: "fallthrough" | "trap" | "obstacle" }>,
  nodeAt: (target: FlowTarget) => number,
  placeOf: (address: number) => FlowTarget,
  add: (instructions: readonly Instruction[], exit: NodeExit) => number,
): NodeExit {
  const { instruction } = terminator;
  switch (terminator.kind) {
    case "jump": {
      const { target } = terminator;
      const to = nodeAt(target);
      return isRegisterJump(instruction) ? { kind: "goto_known", target: target.address, to } : { kind: "goto", to };
    }
    case "branch":
      return { kind: "branch", taken: nodeAt(terminator.taken), notTaken: nodeAt(terminator.notTaken) };
    case "conditional_call":
      return {
        kind: "branch",
        taken: add([], takenExit(terminator, nodeAt)),
        notTaken: nodeAt(terminator.next),
      };
    case "call":
      return { kind: "call", target: terminator.target, to: nodeAt(terminator.next) };
    case "call_indirect":
      return { kind: "call_indirect", to: nodeAt(terminator.next) };
    case "return":
      return { kind: "return", register: instruction.rs };
    case "jump_indirect":
      return { kind: "tail_call_indirect" };
    case "switch":
      return {
        kind: "switch",
        jump: instruction,
        table: terminator.table,
        targets: terminator.table.entries.map((address) => nodeAt(placeOf(address))),
      };
  }
}

type ConditionalTerminator = Extract<Terminator, { kind: "branch" | "conditional_call" }>;

function takenExit(terminator: ConditionalTerminator, nodeAt: (target: FlowTarget) => number): NodeExit {
  return terminator.kind === "branch"
    ? { kind: "goto", to: nodeAt(terminator.taken) }
    : { kind: "call", target: terminator.target, to: nodeAt(terminator.next) };
}

function notTakenOf(terminator: ConditionalTerminator): FlowTarget {
  return terminator.kind === "branch" ? terminator.notTaken : terminator.next;
}
