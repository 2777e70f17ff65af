/** Signals that a system call sends its own process. They are delivered when the call has ended. */

import type { ProcessState } from "./call.ts";

/** `SI_USER`, `SI_TKILL`: sent by `kill`, by `tgkill`. */
export const SI_USER = 0;
export const SI_TKILL = -6;

export function raiseSignal(process: ProcessState, signal: number, code = SI_USER): void {
  process.signals.send({ signal, code });
}
