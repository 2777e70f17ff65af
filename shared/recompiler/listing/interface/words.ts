/** An interface in the words that people and programs read. */

import { CYCLES, F0, F0_HIGH, LINK, REGISTER_NAMES } from "../../register-file.ts";
import { KEPT_BY_CONVENTION } from "./effects.ts";
import type { FunctionInterface } from "./interface.ts";
import { type Slots, slotsIn, slotsOf } from "./values.ts";

export interface InterfaceWords {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Of the registers that the calling convention has functions preserve, those that it does. None where it does not return. */
  readonly preserves: readonly string[];
  readonly returns: boolean;
  readonly makes_system_calls: boolean;
}

/** @param hasFloats whether the program has a floating-point unit */
export function interfaceWords(found: FunctionInterface, hasFloats: boolean): InterfaceWords {
  const { reads, writes, returns } = found;
  return {
    reads: [
      ...namesOf(reads),
      ...(found.readsStackArguments ? ["arguments on the stack"] : []),
      ...(found.readsThreadPointer ? ["the thread pointer"] : []),
      ...(found.readsMemory ? ["memory"] : []),
    ],
    writes: [...namesOf(writes), ...(found.writesMemory ? ["memory"] : [])],
    preserves: returns ? namesOf(KEPT_BY_CONVENTION & ~writes & (hasFloats ? -1n : GENERAL)) : [],
    returns,
    makes_system_calls: found.makesSystemCalls,
  };
}

/** Slots that are no registers to whoever reads code. */
const NAMELESS = slotsOf([0, LINK, CYCLES]);

/** The slots before those of the floating-point unit. */
const GENERAL: Slots = (1n << BigInt(F0)) - 1n;

/** A register is named once, whichever of its words is meant. */
function namesOf(slots: Slots): string[] {
  const isHigh = (slot: number) => slot >= F0_HIGH;
  const named = slotsIn(slots & ~NAMELESS).map((slot) => (isHigh(slot) ? F0 + slot - F0_HIGH : slot));
  return [...new Set(named)].sort((a, b) => a - b).map((slot) => REGISTER_NAMES[slot]!);
}

/** `s0, s1, s2, s3, sp` as `s0-s3, sp`. */
export function shortened(names: readonly string[]): string {
  const runs: string[][] = [];
  for (const name of names) {
    const last = runs.at(-1);
    if (last !== undefined && name === following(last.at(-1)!)) last.push(name);
    else runs.push([name]);
  }
  return runs.map((run) => (run.length < 3 ? run.join(", ") : `${run[0]}-${run.at(-1)}`)).join(", ");
}

function following(name: string): string | undefined {
  const [, family, number] = /^([a-z])(\d+)$/.exec(name) ?? [];
  return family === undefined ? undefined : `${family}${Number(number) + 1}`;
}
