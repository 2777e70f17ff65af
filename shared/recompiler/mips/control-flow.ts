/** The control flow of one function. */

import { lastStartingAtOrBefore } from "../image.ts";
import type { ControlFlowGraph, GuestFunction, JumpTable, LiftObstacle, ProgramImage } from "../program.ts";
import { decode } from "./decode.ts";
import { knownBlocks } from "./explorations.ts";
import { explore } from "./explore.ts";
import { flowMapOf } from "./flow-map.ts";
import type { RegisterJump } from "./terminator.ts";
import { startsInstruction } from "./trace-decode.ts";

export interface ControlFlowOptions {
  /** Tables known from elsewhere, by the address of their `jr`. They win over what is found. */
  readonly jumpTables?: readonly JumpTable[];
  /** All that can be told of the function's register jumps besides: no more is looked for. */
  readonly registerJumps?: ReadonlyMap<number, RegisterJump>;
}

/** Whether some function starts at the address. */
export function startsFunction(functions: readonly GuestFunction[], address: number): boolean {
  return functions[lastStartingAtOrBefore(functions, address, (fn) => fn.address)]?.address === address;
}

/**
 * Builds the graph of a function, or says what stands in the way of it.
 *
 * A `function` target is the start of one of `functions`, except after a call that ends the function (one that does
 * not return): it may then be an address that starts nothing.
 *
 * @param functions all functions, sorted by address
 * @returns the obstacle with the lowest address when some reachable word cannot be lifted
 */
export function buildControlFlow(
  image: ProgramImage,
  fn: GuestFunction,
  functions: readonly GuestFunction[],
  options: ControlFlowOptions = {},
): { readonly graph: ControlFlowGraph } | { readonly obstacle: LiftObstacle } {
  const start = fn.address;
  const end = start + fn.size;
  const jumpTables = options.jumpTables ?? [];
  const bounds = { image, start, end, startsFunction: (address: number) => startsFunction(functions, address) };
  const known = knownBlocks(bounds, jumpTables);
  if (known !== undefined) return { graph: { function: fn, blocks: known } };
  const flow = flowMapOf({ ...bounds, isOwn: (address) => address >= start && address < end });
  const { blocks, obstacles } = explore({
    image,
    entry: start,
    decode,
    flow,
    jumpTables,
    ...(options.registerJumps && { registerJumps: options.registerJumps }),
    scope: {
      image,
      isOwn: (address) => address > start && address < end,
      isReachable: (address) => startsInstruction(image, address) && flow.jumpTo(address).kind === "block",
    },
  });
  const [obstacle] = obstacles;
  return obstacle === undefined ? { graph: { function: fn, blocks } } : { obstacle };
}
