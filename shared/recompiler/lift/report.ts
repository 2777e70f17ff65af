/** What became of a function. */

import type { FunctionFlow, GuestFunction, LiftObstacle } from "../program.ts";
import type { FunctionLift } from "./function.ts";

export interface LiftReport {
  readonly index: number;
  readonly name: string;
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  readonly status: "lifted" | "not_lifted";
  /** Why it was not lifted. */
  readonly obstacle?: LiftObstacle;
  /** Basic blocks and instructions (delay slots included) of the graph; 0 where there is none. */
  readonly blocks: number;
  readonly instructions: number;
  /** Bytes of the body; 0 when not lifted. */
  readonly wasmBytes: number;
  /** Jumps to a register that no jump table explains: they go through the function table at run time. */
  readonly indirectJumps: number;
}

export function reportOf(fn: GuestFunction, flow: FunctionFlow, lift: FunctionLift): LiftReport {
  const blocks = "graph" in flow ? flow.graph.blocks : [];
  let instructions = 0;
  let indirectJumps = 0;
  for (const { instructions: straight, terminator } of blocks) {
    instructions += straight.length;
    if (terminator.kind !== "fallthrough") instructions += terminator.kind === "trap" ? 1 : 2;
    if (terminator.kind === "jump_indirect") indirectJumps += 1;
  }
  return {
    index: fn.index,
    name: fn.name,
    address: fn.address,
    size: fn.size,
    ...("body" in lift
      ? { status: "lifted", wasmBytes: lift.body.length }
      : { status: "not_lifted", obstacle: lift.obstacle, wasmBytes: 0 }),
    blocks: blocks.length,
    instructions,
    indirectJumps,
  };
}
