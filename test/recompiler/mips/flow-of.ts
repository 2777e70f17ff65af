/** Control flow as text, so that a test can show what it expects of a graph. */

import { hex } from "../../../shared/recompiler/machine.ts";
import { buildControlFlow, type ControlFlowOptions } from "../../../shared/recompiler/mips/control-flow.ts";
import { disassemble } from "../../../shared/recompiler/mips/disassemble.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import type { Instruction } from "../../../shared/recompiler/mips/instruction.ts";
import type { BasicBlock, FlowTarget, GuestFunction, LiftObstacle } from "../../../shared/recompiler/program.ts";
import { assembleProgram, type Labels, type ProgramSource, TEXT } from "./assemble.ts";

const text = (instruction: Instruction): string => disassemble(instruction).replace("\t", " ");

export function nameOf(labels: Labels, address: number): string {
  return [...labels].find(([, value]) => value === address)?.[0] ?? hex(address);
}

function terminatorText({ terminator }: BasicBlock, labels: Labels): string {
  const place = ({ kind, address }: FlowTarget): string => `${kind === "block" ? "" : "@"}${nameOf(labels, address)}`;
  const slot = "delaySlot" in terminator ? ` [${text(terminator.delaySlot)}]` : "";
  switch (terminator.kind) {
    case "fallthrough":
      return `fallthrough ${place(terminator.next)}`;
    case "jump":
      return `jump ${place(terminator.target)}${slot}`;
    case "branch":
      return `branch${terminator.isLikely ? " likely" : ""} ${place(terminator.taken)} else ${place(terminator.notTaken)}${slot}`;
    case "call":
      return `call ${nameOf(labels, terminator.target)} then ${place(terminator.next)}${slot}`;
    case "conditional_call":
      return `conditional_call${terminator.isLikely ? " likely" : ""} ${nameOf(labels, terminator.target)} then ${place(terminator.next)}${slot}`;
    case "call_indirect":
      return `call_indirect then ${place(terminator.next)}${slot}`;
    case "switch":
      return `switch ${terminator.table.entries.map((entry) => nameOf(labels, entry)).join(" ")}${slot}`;
    case "obstacle":
      return `obstacle ${terminator.obstacle.instruction}`;
    case "trap":
      return `trap ${text(terminator.instruction)}`;
    default:
      return `${terminator.kind}${slot}`;
  }
}

export interface Flow {
  /** One line a block: its label, its instructions, how it ends. */
  readonly lines: readonly string[];
  /** The first by address. */
  readonly obstacle: LiftObstacle | undefined;
  readonly functions: readonly GuestFunction[];
  readonly blocks: readonly BasicBlock[];
  readonly labels: Labels;
}

/** By address. */
export function obstaclesOf(blocks: readonly BasicBlock[]): LiftObstacle[] {
  return blocks
    .flatMap(({ terminator }) => (terminator.kind === "obstacle" ? terminator.obstacle : []))
    .sort((one, other) => one.address - other.address);
}

/** The control flow of the function at the start of the text (or at a label of it). */
export function flowOf(source: ProgramSource, options: ControlFlowOptions & { readonly at?: string } = {}): Flow {
  const { image, labels } = assembleProgram(source);
  const functions = discoverFunctions(image);
  const address = options.at === undefined ? TEXT : labels.get(options.at)!;
  const fn = functions.find((candidate) => candidate.address === address)!;
  const built = buildControlFlow(image, fn, functions, options);
  const { blocks } = built;
  const lines = blocks.map((block) => {
    const body = block.instructions.map((instruction) => `${text(instruction)}; `).join("");
    return `${nameOf(labels, block.address)}: ${body}${terminatorText(block, labels)}`;
  });
  return { lines, obstacle: obstaclesOf(blocks)[0], functions, blocks, labels };
}
