import type { RunOutcome } from "../../recompiler/runtime/host.ts";

/** A program that was run and trapped. */
export type Trap = Extract<RunOutcome, { kind: "trap" }>;

/** A call of a guest function that was under way. */
export interface GuestFrame {
  readonly function: string;
  /** Of the instruction: the one that trapped, or the call that did not come back; where it is known. */
  readonly address?: string;
  /** The same as a place in the function. */
  readonly place?: string;
  readonly instruction?: string;
}
