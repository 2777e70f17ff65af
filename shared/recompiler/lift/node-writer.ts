/** Writes the code of one node: its instructions, the loads and stores of globals, and what ends it. */

import { RA } from "../machine.ts";
import { hasDelaySlot, type Instruction } from "../mips/instruction.ts";
import { OPCODE_OF } from "../mips/opcodes.ts";
import type { MemoryLayout, ProgramImage } from "../program.ts";
import { OP } from "../wasm/opcodes.ts";
import { type AlignmentFacts, factsAfter } from "./alignment.ts";
import type { Emitter } from "./emitter.ts";
import type { LiftNode, NodeExit } from "./nodes.ts";
import type { RegisterSet } from "./registers.ts";
import { pushCondition } from "./semantics/conditions.ts";
import { writeInstruction } from "./semantics/table.ts";
import { findUnalignedPairs, writeUnalignedWord } from "./semantics/unaligned-pairs.ts";
import { HOST_FUNCTION, TARGET_GLOBAL, TYPE, wasmFunctionOf } from "./shape.ts";
import type { CaseSource } from "./switches.ts";

/** What a function's translation depends on besides its graph. */
export interface LiftSurroundings {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  /** Guest address of the function table's slot 0. */
  readonly tableBase: number;
  /** Position in the function table of the function at an address. */
  readonly indexOf: (address: number) => number | undefined;
}

export interface NodePlan {
  readonly node: LiftNode;
  readonly facts: AlignmentFacts;
  /** Registers to load first, and to store before what ends the node. */
  readonly loads: RegisterSet;
  readonly stores: RegisterSet;
  /** For a switch. */
  readonly cases?: CaseSource | undefined;
  /** False when both ways of a branch are the same. */
  readonly hasCondition: boolean;
}

const LINK_OFFSET = 8;

/** Leaves a branch's condition or a switch's index on the stack; what goes on nowhere ends in a return or a trap. */
export function writeNode(emitter: Emitter, surroundings: LiftSurroundings, plan: NodePlan): void {
  const { node, cases } = plan;
  emitter.facts = plan.facts;
  emitter.areHalvesInTemporaries = false;
  emitter.load(plan.loads);
  const pairs = findUnalignedPairs(node.instructions, emitter.isBigEndian);
  node.instructions.forEach((instruction, position) => {
    const part = pairs.get(position);
    if (cases?.kind === "load" && cases.load === instruction) noteIndex(emitter, instruction, node.exit);
    if (hasDelaySlot(instruction)) writeControl(emitter, instruction, plan);
    else if (part === undefined) writeInstruction(emitter, instruction);
    else if (part !== "nothing") writeUnalignedWord(emitter, instruction, part);
    emitter.facts = factsAfter(emitter.facts, instruction);
  });
  emitter.store(plan.stores);
  writeExit(emitter, surroundings, plan);
}

/** What a control instruction does before its delay slot: read its operands onto the stack, write the link register. */
function writeControl(emitter: Emitter, instruction: Instruction, { node, hasCondition }: NodePlan): void {
  const { exit } = node;
  if (exit.kind === "branch" && hasCondition) pushCondition(emitter, instruction);
  const isIndirect = exit.kind === "call_indirect" || exit.kind === "tail_call_indirect" || exit.kind === "switch";
  if (isIndirect) emitter.get(instruction.rs);
  const link = linkRegisterOf(instruction);
  if (link === undefined) return;
  emitter.code.constant(instruction.address + LINK_OFFSET);
  emitter.set(link);
}

function linkRegisterOf({ mnemonic, rd }: Instruction): number | undefined {
  const { writes } = OPCODE_OF[mnemonic];
  if (writes.includes("ra")) return RA;
  return writes.includes("rd") && rd !== 0 ? rd : undefined;
}

/** The case number of a table, from where the target is about to be loaded. */
function noteIndex(emitter: Emitter, { rs, immediate }: Instruction, exit: NodeExit): void {
  if (exit.kind !== "switch") return;
  const { code } = emitter;
  emitter.get(rs);
  code.constant(immediate - exit.table.address);
  code.op(OP.i32Add);
  code.constant(2);
  code.op(OP.i32Rotr);
  code.localSet(emitter.temporary("index"));
}

function writeExit(emitter: Emitter, surroundings: LiftSurroundings, { node, cases }: NodePlan): void {
  const { code } = emitter;
  const { exit } = node;
  switch (exit.kind) {
    case "goto":
    case "branch":
      return;
    case "call":
    case "tail_call": {
      const index = surroundings.indexOf(exit.target);
      if (index === undefined) emitter.trap("unknown_target", exit.target);
      else if (exit.kind === "call") code.call(wasmFunctionOf(index));
      else code.returnCall(wasmFunctionOf(index));
      return;
    }
    case "call_indirect":
    case "tail_call_indirect":
      // A misaligned or outside address comes out beyond the table's end; `target` tells the host which it was.
      code.localTee(emitter.temporary("target"));
      code.globalSet(TARGET_GLOBAL);
      code.localGet(emitter.temporary("target"));
      code.constant(surroundings.tableBase);
      code.op(OP.i32Sub);
      code.constant(2);
      code.op(OP.i32Rotr);
      code.callIndirect(TYPE.guest, exit.kind === "tail_call_indirect");
      return;
    case "syscall":
      code.call(HOST_FUNCTION.syscall);
      return;
    case "return":
      code.op(OP.return);
      return;
    case "stop":
      code.op(OP.unreachable);
      return;
    case "switch":
      code.localSet(emitter.temporary("target"));
      if (cases?.kind === "load") {
        code.localGet(emitter.temporary("index"));
        return;
      }
      code.localGet(emitter.temporary("target"));
      code.constant(cases?.first ?? 0);
      code.op(OP.i32Sub);
      code.constant(2);
      code.op(OP.i32Rotr);
      return;
  }
}
