/**
 * Where the jumps through registers of a function lead, as a search for functions found out. To find it is most of the
 * work of following a function's flow: who has the answers need not search again, in another process or elsewhere.
 */

import type { GuestFunction, JumpTable, ProgramImage } from "../program.ts";
import { startsFunction } from "./control-flow.ts";
import { knownBlocks } from "./explorations.ts";
import { isRegisterJump, type RegisterJump } from "./terminator.ts";

/** By the address of the jump. A register jump of the function that is not among them leads where nothing can tell. */
export type RegisterJumps = ReadonlyMap<number, RegisterJump>;

/**
 * @param jumpTables known from elsewhere: functions with one of these are left to whoever lifts them
 * @returns undefined where there is no such jump, or where tracing the function took other ways than the lift will
 */
export function knownRegisterJumps(
  image: ProgramImage,
  { address: start, size }: GuestFunction,
  functions: readonly GuestFunction[],
  jumpTables: readonly JumpTable[],
): RegisterJumps | undefined {
  const bounds = {
    image,
    start,
    end: start + size,
    startsFunction: (address: number) => startsFunction(functions, address),
  };
  const found = new Map<number, RegisterJump>();
  let hasAny = false;
  for (const { terminator } of knownBlocks(bounds, jumpTables) ?? []) {
    if (terminator.kind === "jump_indirect") hasAny = true;
    else if (terminator.kind === "switch") found.set(terminator.instruction.address, { table: terminator.table });
    else if (terminator.kind === "jump" && isRegisterJump(terminator.instruction)) {
      found.set(terminator.instruction.address, { target: terminator.target.address });
    }
  }
  return hasAny || found.size > 0 ? found : undefined;
}
