/**
 * Translates one function's control flow graph to the body of one WebAssembly function, straight to bytes. V8's
 * optimising compiler does what a WebAssembly optimiser would do first: binaryen's function passes behind this, on six
 * kernels, changed no running time by more than the noise (2%), took 6% off the size, and cost ten times the lift.
 */

import type { IrFunction } from "../ir/function.ts";
import { runForSteps, runPasses } from "../ir/passes/index.ts";
import type { ControlFlowGraph, LiftObstacle, MemoryLayout, ProgramImage } from "../program.ts";
import { type BuiltFunction, buildFunction } from "./build.ts";
import { emitFunction } from "./emit/emit.ts";
import { type RelocatedBody, relocate } from "./emit/relocate.ts";
import { nodesOf } from "./nodes.ts";
import { type ModuleShape, wasmFunctionOf } from "./shape.ts";
import { caseSourceOf } from "./switches.ts";
import type { MachineUse } from "./use.ts";
import { wholeFunction } from "./whole-function.ts";

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
  /** Code tells its host of every instruction and of every store, before it; no pass has made it better then. */
  readonly isStepped?: boolean;
  /** Who looks closely: is shown the IR that code is written from, and the code says where it comes from. */
  readonly inspect?: (fn: IrFunction) => void;
}

export type FunctionLift =
  /** The body as the code section holds it, without its size; and where it traps for want of a translation. */
  (RelocatedBody & Pick<BuiltFunction, "obstacles">) | { readonly obstacle: LiftObstacle };

/** No engine that follows the JavaScript API's implementation limits takes a larger body. */
const MAXIMUM_BODY_BYTES = 7_654_321;

export function liftFunction(graph: ControlFlowGraph, surroundings: LiftSurroundings): FunctionLift {
  const { image, layout, shape, indexOf, tableBase } = surroundings;
  const { isStepped = false, passesUntil } = surroundings;
  const built = buildGraph(graph, image, shape.use, (address) => indexOf(address) !== undefined, isStepped);
  const target = { base: layout.base };
  const fn = isStepped ? runForSteps(built.fn, target) : runPasses(built.fn, target, passesUntil);
  surroundings.inspect?.(fn);
  const emitted = emitFunction(fn, shape, surroundings.inspect !== undefined);
  fn.release();
  const relocated = relocate(emitted, ({ kind, address }) =>
    kind === "table" ? tableBase : wasmFunctionOf(shape, indexOf(address)!),
  );
  const { length } = relocated.body;
  if (length > MAXIMUM_BODY_BYTES) {
    const reason = `the function's code takes ${length} bytes, more than the ${MAXIMUM_BODY_BYTES} engines accept`;
    return { obstacle: wholeFunction(graph.function, image, reason) };
  }
  return { ...relocated, obstacles: built.obstacles };
}

/** The function in the IR as the rows have it, before any pass. */
export function buildGraph(
  graph: ControlFlowGraph,
  image: ProgramImage,
  use: MachineUse,
  isFunction: (address: number) => boolean,
  isStepped = false,
): BuiltFunction {
  const nodes = nodesOf(graph);
  const switches = nodes.map((node) => caseSourceOf(image, node));
  const { endianness } = image;
  return buildFunction({ fn: graph.function, endianness, use, nodes, switches, isFunction, isStepped });
}
