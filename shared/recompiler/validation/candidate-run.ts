/** What the lifted code did with one input. */

import type { TrapKind } from "../machine.ts";
import type { Difference } from "./function-test.ts";

/** How the lifted code's run of an input ended. */
export type CandidateEnd =
  | { readonly kind: "returned" }
  | { readonly kind: "exit" }
  | { readonly kind: "trap"; readonly trap: TrapKind; readonly address: number | undefined }
  /** It did not ask the kernel for what the reference asked for. */
  | { readonly kind: "other_syscall"; readonly difference: Difference }
  /** It ran many times as long as the reference. */
  | { readonly kind: "endless" }
  /** The engine stopped it for what no guest can do. */
  | { readonly kind: "broken"; readonly message: string };

export interface CandidateRun {
  readonly end: CandidateEnd;
  readonly registers: Int32Array;
  readonly syscalls: number;
}
