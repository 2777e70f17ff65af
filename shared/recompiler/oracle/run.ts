/** The machine's loop, and the ways it stops. */

import { GuestTrap } from "../machine.ts";
import { ExitSignal } from "../runtime/exit.ts";
import { AccessTrap } from "../runtime/memory.ts";
import type { Machine } from "./machine.ts";
import { type AccessKind, ForbiddenAccess } from "./page-access.ts";

/**
 * - `exit`: the program ended itself
 * - `trap`: it did what traps
 * - `budget`: the instructions it was given are used up
 * - `returned`: the activation that was run has returned to its caller
 * - `left`: the activation jumped to where no caller of its waits (as `longjmp` does)
 * - `written_code`: control came to an instruction that the program has written: what it is now is not known here
 * - `forbidden_access`: the instruction at `address` did to `accessed` what Linux would not have let it do
 */
export type Stop =
  | { readonly kind: "exit"; readonly signal: ExitSignal }
  | { readonly kind: "trap"; readonly trap: GuestTrap }
  | { readonly kind: "budget" }
  | { readonly kind: "returned" }
  | { readonly kind: "left"; readonly target: number }
  | { readonly kind: "written_code"; readonly address: number }
  | {
      readonly kind: "forbidden_access";
      readonly address: number;
      readonly accessed: number;
      readonly access: AccessKind;
    };

/** Thrown by an observer to stop the machine. */
export class Halt {
  readonly stop: Stop;
  constructor(stop: Stop) {
    this.stop = stop;
  }
}

function stopFor(thrown: unknown, address: number): Stop {
  if (thrown instanceof Halt) return thrown.stop;
  if (thrown instanceof ExitSignal) return { kind: "exit", signal: thrown };
  if (!(thrown instanceof GuestTrap)) throw thrown;
  if (thrown instanceof ForbiddenAccess) {
    return { kind: "forbidden_access", address, accessed: thrown.accessed, access: thrown.access };
  }
  const detail = thrown instanceof AccessTrap ? thrown.detail : undefined;
  return { kind: "trap", trap: new GuestTrap(thrown.kind, thrown.address ?? address, detail) };
}

/** Runs the machine from `machine.at` until something stops it; it always ends, for `machine.remaining` runs out. */
export function run(machine: Machine): Stop {
  const { registers, observer } = machine;
  let slot = machine.at;
  try {
    while (machine.remaining > 0) {
      machine.remaining--;
      slot = machine.at;
      machine.at = slot.next;
      if (slot.attention !== 0) observer.attend(machine, slot);
      slot.execute(machine, slot);
      registers[0] = 0;
    }
  } catch (thrown) {
    registers[0] = 0;
    return stopFor(thrown, slot.address);
  }
  return { kind: "budget" };
}
