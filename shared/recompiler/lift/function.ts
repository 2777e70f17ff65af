/**
 * Translates one function's control flow graph to the body of one WebAssembly function, straight to bytes. V8's
 * optimising compiler does what a WebAssembly optimiser would do first: binaryen's function passes behind this, on six
 * kernels, changed no running time by more than the noise (2%), took 6% off the size, and cost ten times the lift.
 */

import type { IrFunction } from "../ir/function.ts";
import { runPasses } from "../ir/passes/index.ts";
import { disassemble } from "../mips/disassemble.ts";
import type { Instruction } from "../mips/instruction.ts";
import type { ControlFlowGraph, LiftObstacle, MemoryLayout, ProgramImage } from "../program.ts";
import { buildFunction } from "./build.ts";
import { emitFunction } from "./emit/emit.ts";
import { type RelocatedBody, relocate } from "./emit/relocate.ts";
import { type LiftNode, nodesOf } from "./nodes.ts";
import { refusalOf } from "./rows/table.ts";
import { type ModuleShape, wasmFunctionOf } from "./shape.ts";
import { caseSourceOf } from "./switches.ts";
import type { MachineUse } from "./use.ts";

/** What a function's translation depends on besides its graph. */
export interface LiftSurroundings {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly shape: ModuleShape;
  /** Guest address of the function table's slot 0. */
  readonly tableBase: number;
  /** Position in the function table of the function at an address. */
  readonly indexOf: (address: number) => number | undefined;
  /** Passes from this one on are left out if they may be. Default: none is. */
  readonly passesUntil?: number;
  /** Who looks closely: is shown the IR that code is written from, and the code says where it comes from. */
  readonly inspect?: (fn: IrFunction) => void;
}

export type FunctionLift =
  /** The body as the code section holds it, without its size. */
  RelocatedBody | { readonly obstacle: LiftObstacle };

/** No engine that follows the JavaScript API's implementation limits takes a larger body. */
const MAXIMUM_BODY_BYTES = 7_654_321;

export function liftFunction(graph: ControlFlowGraph, surroundings: LiftSurroundings): FunctionLift {
  const { image, layout, shape, indexOf, tableBase } = surroundings;
  const built = buildGraph(graph, image, shape.use, (address) => indexOf(address) !== undefined);
  if ("obstacle" in built) return built;
  const fn = runPasses(built.fn, { base: layout.base }, surroundings.passesUntil);
  surroundings.inspect?.(fn);
  const emitted = emitFunction(fn, shape, surroundings.inspect !== undefined);
  fn.release();
  const relocated = relocate(emitted, ({ kind, address }) =>
    kind === "table" ? tableBase : wasmFunctionOf(shape, indexOf(address)!),
  );
  const { length } = relocated.body;
  if (length > MAXIMUM_BODY_BYTES) {
    const reason = `the function's code takes ${length} bytes, more than the ${MAXIMUM_BODY_BYTES} engines accept`;
    return { obstacle: obstacleAt(firstInstruction(nodesOf(graph)), reason) };
  }
  return relocated;
}

/** The function in the IR as the rows have it, before any pass; or what stands in the way. */
export function buildGraph(
  graph: ControlFlowGraph,
  image: ProgramImage,
  use: MachineUse,
  isFunction: (address: number) => boolean,
): { readonly fn: IrFunction } | { readonly obstacle: LiftObstacle } {
  const nodes = nodesOf(graph);
  const refusal = firstRefusal(nodes);
  if (refusal !== undefined) return { obstacle: refusal };
  const switches = nodes.map((node) => caseSourceOf(image, node));
  const unplanned = nodes.find(({ exit }, index) => exit.kind === "switch" && switches[index] === undefined);
  if (unplanned?.exit.kind === "switch") {
    return { obstacle: obstacleAt(unplanned.exit.jump, "the jump table's targets are too many or too far apart") };
  }
  return { fn: buildFunction({ fn: graph.function, endianness: image.endianness, use, nodes, switches, isFunction }) };
}

function firstRefusal(nodes: readonly LiftNode[]): LiftObstacle | undefined {
  let first: LiftObstacle | undefined;
  for (const { instructions } of nodes) {
    for (const instruction of instructions) {
      // Nodes are cut at system calls, so one that is left is in a delay slot.
      const isSlot = instruction.mnemonic === "syscall";
      const reason = isSlot ? "a system call in a delay slot" : refusalOf(instruction);
      if (reason === undefined || (first !== undefined && first.address <= instruction.address)) continue;
      first = obstacleAt(instruction, reason);
    }
  }
  return first;
}

function firstInstruction(nodes: readonly LiftNode[]): Instruction {
  return nodes.flatMap(({ instructions }) => instructions.slice(0, 1))[0]!;
}

function obstacleAt(instruction: Instruction, reason: string): LiftObstacle {
  const word = instruction.word.toString(16).padStart(8, "0");
  return { address: instruction.address, word, instruction: disassemble(instruction), reason };
}
