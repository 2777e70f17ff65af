/** The first of two runs: how long each call is and what it shows, so that the second knows which to keep. */

import type { Activation, ActivationListener } from "./activations.ts";
import type { Machine } from "./machine.ts";
import type { CallSummary } from "./select-calls.ts";

export interface Survey extends ActivationListener {
  /** By position of the function. */
  readonly summaries: readonly (readonly CallSummary[])[];
}

const isPowerOfTwo = (value: number): boolean => (value & (value - 1)) === 0;

/** Remembers the 1st, 2nd, 4th, 8th ... call of each function, every call with new instructions, and the shortest. */
export function surveyCalls(functionCount: number, systemCall: (machine: Machine) => void): Survey {
  const summaries = Array.from({ length: functionCount }, (): CallSummary[] => []);
  const shortest = Array.from({ length: functionCount }, (): CallSummary | undefined => undefined);

  const remember = (machine: Machine, activation: Activation): void => {
    const { call, newInstructions } = activation;
    const instructions = activation.remainingAtEntry - machine.remaining;
    const best = shortest[activation.function];
    if (isPowerOfTwo(call) || newInstructions > 0) {
      summaries[activation.function]!.push({ call, instructions, newInstructions });
    } else if (best === undefined || instructions < best.instructions) {
      shortest[activation.function] = { call, instructions, newInstructions };
    }
  };

  return {
    entered() {},
    departed(machine, activation, departure) {
      if (departure !== "unwound") remember(machine, activation);
    },
    systemCall,
    processEnded(machine, underWay) {
      for (const activation of underWay) remember(machine, activation);
    },
    get summaries() {
      return summaries.map((list, position) => {
        const best = shortest[position];
        return best === undefined ? list : [...list, best];
      });
    },
  };
}
