/** How a guest program ends in order. Thrown by system calls and caught by whoever started the program; not an error. */

/** `128 + signal`, the way a shell reports a program that a signal ended. */
export const SIGNAL_STATUS = 128;

/**
 * - `exit`: the program called `exit` or `exit_group`
 * - `signal`: it sent itself a deadly signal (`abort`)
 * - `deadlock`: it waits for what nobody is left to do
 * - `closed_pipe`: whoever read its output is gone; Linux would have sent SIGPIPE
 */
export type ExitReason = "exit" | "signal" | "closed_pipe" | "deadlock";

/** On Linux it would not end. */
const DEADLOCK_STATUS = 1;

export class ExitSignal {
  /** 0 to 255. */
  readonly status: number;
  readonly reason: ExitReason;
  constructor(status: number, reason: ExitReason = "exit") {
    this.status = status & 0xff;
    this.reason = reason;
  }

  static ofDeadlock(): ExitSignal {
    return new ExitSignal(DEADLOCK_STATUS, "deadlock");
  }

  static ofSignal(signal: number, reason: ExitReason = "signal"): ExitSignal {
    return new ExitSignal(SIGNAL_STATUS + signal, reason);
  }
}

/** SIGPIPE has the same number on MIPS as elsewhere. */
export const SIGPIPE = 13;
