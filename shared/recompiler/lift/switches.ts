/** Which case a jump through a table takes: from the index, where the load of the target is in sight. */

import { segmentAt } from "../image.ts";
import { FP, GP, SP } from "../machine.ts";
import { type Instruction, writesRegister } from "../mips/instruction.ts";
import type { ProgramImage } from "../program.ts";
import type { LiftNode } from "./nodes.ts";

/** WebAssembly engines take at most this many targets in one `br_table`. */
const MAXIMUM_CASES = 65_520;

/** How the case number is found. */
export type CaseSource =
  /** From the address that `load` loads from: 4 bytes a case from the table's start. */
  | { readonly kind: "load"; readonly load: Instruction; readonly cases: readonly number[] }
  /** From the loaded target: 4 bytes of code a case from `first`; `undefined` for code that is no target. */
  | { readonly kind: "target"; readonly first: number; readonly cases: readonly (number | undefined)[] };

/**
 * Plans the switch that ends a node.
 *
 * @returns undefined when it would have too many cases
 */
export function caseSourceOf(image: ProgramImage, node: LiftNode): CaseSource | undefined {
  if (node.exit.kind !== "switch") return undefined;
  const { table, targets, jump } = node.exit;
  const load = isReadOnly(image, table.address) ? loadOf(node.instructions, jump) : undefined;
  if (load !== undefined) return targets.length > MAXIMUM_CASES ? undefined : { kind: "load", load, cases: targets };
  const first = table.entries.reduce((lowest, address) => Math.min(lowest, address), Number.POSITIVE_INFINITY);
  const last = table.entries.reduce((highest, address) => Math.max(highest, address), 0);
  if ((last - first) / 4 >= MAXIMUM_CASES) return undefined;
  const cases: (number | undefined)[] = Array.from({ length: (last - first) / 4 + 1 });
  table.entries.forEach((address, index) => {
    cases[(address - first) / 4] = targets[index];
  });
  return { kind: "target", first, cases };
}

function isReadOnly(image: ProgramImage, address: number): boolean {
  return segmentAt(image, address)?.isWritable === false;
}

/** The `lw` that gives the jump its target, perhaps by way of an addition of `gp`; no reload from the stack. */
function loadOf(instructions: readonly Instruction[], jump: Instruction): Instruction | undefined {
  let source = jump.rs;
  for (const instruction of instructions.slice(0, instructions.indexOf(jump)).reverse()) {
    const { mnemonic, rs, rt } = instruction;
    if (!writesRegister(instruction, source)) continue;
    if (mnemonic === "lw") return rs === SP || rs === FP ? undefined : instruction;
    if (mnemonic !== "addu" || (rs !== GP && rt !== GP)) return undefined;
    source = rs === GP ? rt : rs;
  }
  return undefined;
}
