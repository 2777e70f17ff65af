/** The control flow of one function. */

import { lastStartingAtOrBefore } from "../image.ts";
import type { BasicBlock, ControlFlowGraph, GuestFunction, JumpTable, ProgramImage } from "../program.ts";
import { decode } from "./decode.ts";
import { knownBlocks } from "./explorations.ts";
import { type Exploration, explore } from "./explore.ts";
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

/** Follows a function's flow as a lift does: nothing is guessed, and its bounds are those of the function table. */
export function exploreFunction(
  image: ProgramImage,
  { address: start, size }: GuestFunction,
  functions: readonly GuestFunction[],
  { jumpTables = [], registerJumps }: ControlFlowOptions,
): Exploration {
  const end = start + size;
  const flow = flowMapOf({
    image,
    isOwn: (address) => address >= start && address < end,
    startsFunction: (address) => startsFunction(functions, address),
  });
  return explore({
    image,
    entry: start,
    decode,
    flow,
    jumpTables,
    ...(registerJumps && { registerJumps }),
    scope: {
      image,
      isOwn: (address) => address > start && address < end,
      isReachable: (address) => startsInstruction(image, address) && flow.jumpTo(address).kind === "block",
    },
  });
}

/** The blocks of a function, where a search found them and a lift would find the same. */
export function foundBlocks(
  image: ProgramImage,
  { address: start, size }: GuestFunction,
  functions: readonly GuestFunction[],
  jumpTables: readonly JumpTable[],
): readonly BasicBlock[] | undefined {
  const isStart = (address: number) => startsFunction(functions, address);
  return knownBlocks({ image, start, end: start + size, startsFunction: isStart }, jumpTables);
}

/**
 * Builds the graph of a function. What stands in the way of following it ends a block.
 *
 * A `function` target is the start of one of `functions`, except after a call that ends the function (one that does
 * not return): it may then be an address that starts nothing.
 *
 * @param functions all functions, sorted by address
 */
export function buildControlFlow(
  image: ProgramImage,
  fn: GuestFunction,
  functions: readonly GuestFunction[],
  options: ControlFlowOptions = {},
): ControlFlowGraph {
  const known = foundBlocks(image, fn, functions, options.jumpTables ?? []);
  return { function: fn, blocks: known ?? exploreFunction(image, fn, functions, options).blocks };
}
