/** Whether a file can be read or written at once. What would wait for ever is a deadlock: one thread runs here, and nobody else. */

import type { OpenDescription } from "../descriptors.ts";
import { SyscallError } from "../errno.ts";
import { ExitSignal, SIGPIPE } from "../exit.ts";
import type { Readiness } from "../ports.ts";
import type { SystemCall } from "./call.ts";
import { raiseSignal } from "./raise.ts";

export const O_NONBLOCK = 0x0080;

const ALWAYS: Readiness = { readable: true, writable: true, isHungUp: false, waiting: 0 };

export function readinessOf({ file }: OpenDescription): Readiness {
  return file.readiness?.() ?? ALWAYS;
}

/**
 * Waits for what only a signal can end.
 *
 * @throws SyscallError `EINTR` once a timer has sent one
 * @throws ExitSignal where none is set: the program would wait for ever
 */
export function waitForSignal(call: SystemCall): never {
  if (call.process.signals.sleepUntilTimer(call.process.world.clock)) throw new SyscallError("EINTR");
  throw ExitSignal.ofDeadlock();
}

/** @throws SyscallError `EAGAIN`, and as {@link waitForSignal} does */
export function awaitReadable(call: SystemCall, description: OpenDescription): void {
  const { readable, isHungUp } = readinessOf(description);
  // A file that cannot be read at all says so itself.
  if (readable || isHungUp || description.file.readiness === undefined || isWriteOnly(description)) return;
  if ((description.flags & O_NONBLOCK) !== 0) throw new SyscallError("EAGAIN");
  waitForSignal(call);
}

/** @throws SyscallError `EAGAIN`, `EPIPE`, and as {@link waitForSignal} does */
export function expectWritable(call: SystemCall, description: OpenDescription): void {
  const { writable, isHungUp } = readinessOf(description);
  if (!isWriteOnly(description) || description.file.readiness === undefined) return;
  if (isHungUp) {
    raiseSignal(call.process, SIGPIPE);
    throw new SyscallError("EPIPE");
  }
  if (writable) return;
  if ((description.flags & O_NONBLOCK) !== 0) throw new SyscallError("EAGAIN");
  waitForSignal(call);
}

const ACCESS_MODE = 3;
const WRITE_ONLY = 1;

function isWriteOnly({ flags }: OpenDescription): boolean {
  return (flags & ACCESS_MODE) === WRITE_ONLY;
}
