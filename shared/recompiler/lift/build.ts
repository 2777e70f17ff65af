/** From a function's control flow to the IR: one block a node, what each instruction means from the rows. */

import { EVERYTHING, LINK } from "../ir/cells.ts";
import type { IrFunction } from "../ir/function.ts";
import { IR } from "../ir/opcodes.ts";
import { type Endianness, RA } from "../machine.ts";
import { disassemble } from "../mips/disassemble.ts";
import { hasDelaySlot, type Instruction, writesRegister } from "../mips/instruction.ts";
import { type Mnemonic, OPCODE_OF } from "../mips/opcodes.ts";
import type { GuestFunction, LiftObstacle } from "../program.ts";
import type { LiftNode, NodeExit } from "./nodes.ts";
import { CONDITIONS } from "./rows/conditions.ts";
import { floatViewsOf, LiftBuilder } from "./rows/lift-builder.ts";
import { buildInstruction, refusalOf } from "./rows/table.ts";
import type { CaseSource } from "./switches.ts";
import type { MachineUse } from "./use.ts";

export interface BuildRequest {
  readonly fn: GuestFunction;
  readonly endianness: Endianness;
  readonly use: MachineUse;
  readonly nodes: readonly LiftNode[];
  /** By node, how the case of its switch is found. */
  readonly switches: readonly (CaseSource | undefined)[];
  /** Whether a function that can be called is at the address. */
  readonly isFunction: (address: number) => boolean;
  /** Whether the host is told of every instruction and of every store, before it. */
  readonly isStepped?: boolean | undefined;
}

const LINK_OFFSET = 8;

/** Instructions of the IR, as most functions have them. */
const EXPECTED_PER_INSTRUCTION = 4;
const EXPECTED_PER_NODE = 4;

export interface BuiltFunction {
  readonly fn: IrFunction;
  /** Where it traps because what stands there cannot be lifted; by address, each once. */
  readonly obstacles: readonly LiftObstacle[];
}

export function buildFunction(request: BuildRequest): BuiltFunction {
  const { fn, endianness, use, nodes, switches, isFunction } = request;
  const guestInstructions = nodes.reduce((sum, { instructions }) => sum + instructions.length, 0);
  const expected = EXPECTED_PER_INSTRUCTION * guestInstructions + EXPECTED_PER_NODE * nodes.length;
  const header = { name: fn.name, address: fn.address, endianness, interface: EVERYTHING };
  const b = new LiftBuilder(header, use, floatViewsOf(nodes, use.float), expected, request.isStepped);
  /** Blocks behind those of the nodes, which trap because a jump went nowhere known: the node and its target. */
  const outside: number[] = [];
  const obstacles = new Map<number, LiftObstacle>();
  /** What `ra` is on entry, which the places that return are held against; undefined where it stays what it is. */
  let entered: number | undefined;
  /** What was read for exits of later nodes. */
  const decided = new Map<NodeExit, number>();
  nodes.forEach((node, index) => {
    b.startBlock();
    if (index === 0 && mayReturnElsewhere(nodes)) entered = b.get(RA);
    const cases = switches[index];
    const obstacle = obstacleOf(node, cases);
    if (obstacle === undefined) {
      const outsideOf = (target: number) => nodes.length + outside.push(target) - 1;
      buildNode(b, node, { cases, isFunction, decided, entered, outsideOf });
      return;
    }
    obstacles.set(obstacle.address, obstacle);
    // Nothing leads to the node that waits for it then.
    if (node.exit.kind === "syscall" && node.exit.decides) decided.set(node.exit.decides, b.constant(0));
    buildUpTo(b, node, obstacle);
  });
  for (const target of outside) {
    b.startBlock();
    b.trapTarget(target);
  }
  return { fn: b.fn, obstacles: [...obstacles.values()].sort((one, other) => one.address - other.address) };
}

/** Whether a function returns by another value than `ra` has on entry, as far as its instructions tell. */
function mayReturnElsewhere(nodes: readonly LiftNode[]): boolean {
  return nodes.some(
    ({ instructions, exit }) =>
      exit.kind === "call" ||
      exit.kind === "call_indirect" ||
      (exit.kind === "return" && exit.register !== RA) ||
      instructions.some((instruction) => writesRegister(instruction, RA)),
  );
}

/** The first instruction of a node that has no translation, or what ends it. */
function obstacleOf({ instructions, exit }: LiftNode, cases: CaseSource | undefined): LiftObstacle | undefined {
  for (const instruction of instructions) {
    const reason = refusalOf(instruction);
    if (reason !== undefined) return obstacleAt(instruction, reason);
  }
  if (exit.kind === "obstacle") return exit.obstacle;
  if (exit.kind !== "switch" || cases !== undefined) return undefined;
  return obstacleAt(exit.jump, "the jump table's targets are too many or too far apart");
}

function obstacleAt(instruction: Instruction, reason: string): LiftObstacle {
  const word = instruction.word.toString(16).padStart(8, "0");
  return { address: instruction.address, word, instruction: disassemble(instruction).replace("\t", " "), reason };
}

/** What stands before an obstacle, then the trap. A control instruction before it is left out: nothing sees what it did. */
function buildUpTo(b: LiftBuilder, { instructions }: LiftNode, { address }: LiftObstacle): void {
  for (const instruction of instructions) {
    if (instruction.address === address || hasDelaySlot(instruction)) break;
    buildInstruction(b, instruction);
  }
  b.begin(address);
  b.trap("unlifted", address);
}

interface NodeContext {
  readonly cases: CaseSource | undefined;
  readonly isFunction: (address: number) => boolean;
  /** By an exit, what its control instruction read in a node before. */
  readonly decided: Map<NodeExit, number>;
  /** `ra` on entry, where a return is to be held against it. */
  readonly entered: number | undefined;
  /** The block that traps because a jump went to a value. */
  readonly outsideOf: (target: number) => number;
}

function buildNode(
  b: LiftBuilder,
  { instructions, exit }: LiftNode,
  { cases, isFunction, decided, entered, outsideOf }: NodeContext,
): void {
  /** What the control instruction read, before its delay slot ran: a condition or a target. */
  let read = decided.get(exit) ?? 0;
  let index = 0;
  for (const instruction of instructions) {
    if (cases?.kind === "load" && cases.load === instruction && exit.kind === "switch") {
      b.at = instruction.address;
      index = caseOf(b, b.get(instruction.rs), instruction.immediate - exit.table.address);
    }
    if (exit.kind === "stop" && instruction === instructions.at(-1)) {
      b.begin(instruction.address);
      break;
    }
    if (!hasDelaySlot(instruction)) {
      buildInstruction(b, instruction);
      continue;
    }
    b.begin(instruction.address, instruction);
    const isPlainReturn = entered === undefined;
    if (exit.kind !== "syscall") read = readFor(b, exit, instruction, isPlainReturn);
    else if (exit.decides !== undefined)
      decided.set(exit.decides, readFor(b, exit.decides, instruction, isPlainReturn));
    const link = linkRegisterOf(instruction);
    if (link !== undefined) b.set(link, b.constant(instruction.address + LINK_OFFSET));
  }
  switch (exit.kind) {
    case "goto":
      b.jump(exit.to);
      return;
    case "goto_known":
      b.branch(b.op(IR["i32.eq"], read, b.constant(exit.target)), exit.to, outsideOf(read));
      return;
    case "branch":
      if (exit.taken === exit.notTaken) b.jump(exit.taken);
      else b.branch(read, exit.taken, exit.notTaken);
      return;
    case "call":
      if (isFunction(exit.target)) b.call(exit.target, exit.to);
      else b.trap("unknown_target", exit.target);
      return;
    case "tail_call":
      if (isFunction(exit.target)) b.tailCall(exit.target);
      else b.trap("unknown_target", exit.target);
      return;
    case "call_indirect":
      b.callIndirect(read, exit.to);
      return;
    case "tail_call_indirect":
      b.tailCallIndirect(read);
      return;
    case "syscall":
      b.begin(exit.instruction.address);
      // The kernel returns with `eret`, which breaks a link.
      if (b.use.hasLink) b.setCell(LINK, b.constant(0));
      b.syscall(exit.to);
      return;
    case "return":
      if (entered === undefined) b.return();
      else b.returnTo(read, entered);
      return;
    case "stop":
      b.trap("breakpoint", instructions.at(-1)?.address ?? b.at);
      return;
    case "switch": {
      if (cases === undefined) throw new Error("a switch without cases");
      if (cases.kind === "target") index = caseOf(b, read, -cases.first);
      const fallback = outsideOf(read);
      b.switch(index, [...cases.cases.map((to) => to ?? fallback), fallback]);
      return;
    }
  }
}

/** What a control instruction has to know for an exit; 0 where that is nothing. */
function readFor(b: LiftBuilder, exit: NodeExit, instruction: Instruction, isPlainReturn: boolean): number {
  switch (exit.kind) {
    case "return":
      return isPlainReturn ? 0 : b.get(instruction.rs);
    case "branch":
      return exit.taken === exit.notTaken ? 0 : conditionOf(b, instruction);
    case "goto_known":
    case "call_indirect":
    case "tail_call_indirect":
    case "switch":
      return b.get(instruction.rs);
    default:
      return 0;
  }
}

function conditionOf(b: LiftBuilder, instruction: Instruction): number {
  const condition = (CONDITIONS as Partial<Record<Mnemonic, (typeof CONDITIONS)["beq"]>>)[instruction.mnemonic];
  if (condition === undefined) throw new Error(`${instruction.mnemonic} is no conditional branch`);
  return condition(b);
}

/** The case number from an address, 4 bytes a case; out of every table where the address is no multiple of 4. */
function caseOf(b: LiftBuilder, address: number, minusFirst: number): number {
  const distance = b.op(IR["i32.add"], address, b.constant(minusFirst));
  return b.op(IR["i32.rotr"], distance, b.constant(2));
}

function linkRegisterOf({ mnemonic, rd }: Instruction): number | undefined {
  const { writes } = OPCODE_OF[mnemonic];
  if (writes.includes("ra")) return RA;
  return writes.includes("rd") && rd !== 0 ? rd : undefined;
}
