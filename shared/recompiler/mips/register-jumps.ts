/**
 * Where the jumps through registers of a function lead. To find it is most of the work of following a function's flow:
 * who has the answers need not look again, in another process or elsewhere.
 */

import { RA } from "../machine.ts";
import type { GuestFunction, JumpTable, ProgramImage } from "../program.ts";
import { exploreFunction, foundBlocks } from "./control-flow.ts";
import { isRegisterJump, type RegisterJump } from "./terminator.ts";

/** By the address of the jump. A register jump of the function that is not among them leads where nothing can tell. */
export type RegisterJumps = ReadonlyMap<number, RegisterJump>;

/**
 * What a lift would find, from what the search found where that is the same, else looked for here.
 *
 * @param jumpTables known from elsewhere: jumps through them are not among those found
 * @returns undefined where there is no such jump
 */
export function registerJumpsOf(
  image: ProgramImage,
  fn: GuestFunction,
  functions: readonly GuestFunction[],
  jumpTables: readonly JumpTable[],
): RegisterJumps | undefined {
  const blocks = foundBlocks(image, fn, functions, jumpTables);
  if (blocks === undefined) return exploreFunction(image, fn, functions, { jumpTables }).registerJumps;
  const found = new Map<number, RegisterJump>();
  let hasAny = false;
  for (const { terminator } of blocks) {
    if (terminator.kind === "jump_indirect") hasAny = true;
    else if (terminator.kind === "switch") found.set(terminator.instruction.address, { table: terminator.table });
    else if (terminator.kind === "return" && terminator.instruction.rs !== RA) {
      found.set(terminator.instruction.address, { returns: true });
    } else if (terminator.kind === "jump" && isRegisterJump(terminator.instruction)) {
      found.set(terminator.instruction.address, { target: terminator.target.address });
    }
  }
  return hasAny || found.size > 0 ? found : undefined;
}
