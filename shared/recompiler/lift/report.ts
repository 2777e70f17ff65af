/** What became of a function. */

import type { ControlFlowGraph, GuestFunction, LiftObstacle } from "../program.ts";
import type { FunctionLift } from "./function.ts";

export interface LiftReport {
  readonly index: number;
  readonly name: string;
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  readonly status: "lifted" | "not_lifted";
  /** Why it was not lifted, none of it. */
  readonly obstacle?: LiftObstacle;
  /** Where what was lifted traps because what stands there cannot be; by address. */
  readonly obstacles: readonly LiftObstacle[];
  /** Basic blocks and instructions (delay slots included) of the graph; 0 where there is none. */
  readonly blocks: number;
  readonly instructions: number;
  /** Bytes of the body; 0 when not lifted. */
  readonly wasmBytes: number;
  /** Jumps to a register that no jump table explains: they go through the function table at run time. */
  readonly indirectJumps: number;
}

/** @param graph where there is one */
export function reportOf(fn: GuestFunction, graph: ControlFlowGraph | undefined, lift: FunctionLift): LiftReport {
  const blocks = graph?.blocks ?? [];
  let instructions = 0;
  let indirectJumps = 0;
  for (const { instructions: straight, terminator } of blocks) {
    instructions += straight.length;
    if ("delaySlot" in terminator) instructions += 2;
    else if (terminator.kind === "trap") instructions += 1;
    if (terminator.kind === "jump_indirect") indirectJumps += 1;
  }
  return {
    index: fn.index,
    name: fn.name,
    address: fn.address,
    size: fn.size,
    ...("body" in lift
      ? { status: "lifted", obstacles: lift.obstacles, wasmBytes: lift.body.length }
      : { status: "not_lifted", obstacle: lift.obstacle, obstacles: [], wasmBytes: 0 }),
    blocks: blocks.length,
    instructions,
    indirectJumps,
  };
}
