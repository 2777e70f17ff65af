/** The signals of a process: what it does about each, which are blocked, which wait, and the timer that sends one. */

import type { GuestClock } from "./ports.ts";
import { SIGALRM, SIGKILL, SIGSTOP } from "./signals.ts";

export const SIG_DFL = 0;
export const SIG_IGN = 1;

/** The kernel's `struct sigaction`. */
export interface SignalAction {
  readonly flags: number;
  /** Address, or {@link SIG_DFL}, {@link SIG_IGN}. */
  readonly handler: number;
  /** Blocked while the handler runs: bit n - 1 for signal n. */
  readonly mask: bigint;
}

const DEFAULT_ACTION: SignalAction = { flags: 0, handler: SIG_DFL, mask: 0n };

/** A signal that was sent. */
export interface SentSignal {
  readonly signal: number;
  /** `si_code`. */
  readonly code: number;
}

/** Signals whose default is to be ignored: SIGCHLD, SIGWINCH, SIGURG, SIGCONT (asm/signal.h). */
const HARMLESS_SIGNALS: ReadonlySet<number> = new Set([0, 18, 20, 21, 25]);

export function bitOf(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

/** Signals that cannot be blocked. */
const UNBLOCKABLE = bitOf(SIGKILL) | bitOf(SIGSTOP);

/** `SI_KERNEL`: sent by the kernel itself. */
const SI_KERNEL = 0x80;

export interface Timer {
  /** Nanoseconds of the monotonic clock. */
  readonly due: bigint;
  /** Nanoseconds; 0 where it is due once. */
  readonly interval: bigint;
}

export class SignalState {
  readonly #actions = new Map<number, SignalAction>();
  #blocked = 0n;
  /** In the order in which they came. */
  readonly #pending: SentSignal[] = [];
  /** What is blocked again once a handler has run, where a call has blocked others for as long as it waits. */
  blockedAfter: bigint | undefined;
  /** `sigaltstack`; of no bytes where there is none. */
  alternateStack = { address: 0, size: 0 };
  /** ITIMER_REAL. */
  timer: Timer | undefined;

  get blocked(): bigint {
    return this.#blocked;
  }

  set blocked(mask: bigint) {
    this.#blocked = mask & ~UNBLOCKABLE;
  }

  action(signal: number): SignalAction {
    return this.#actions.get(signal) ?? DEFAULT_ACTION;
  }

  /** What waits for a signal that is ignored from now on is dropped. */
  setAction(signal: number, action: SignalAction): void {
    this.#actions.set(signal, action);
    if (this.isIgnored(signal)) this.#drop(signal);
  }

  isIgnored(signal: number): boolean {
    const { handler } = this.action(signal);
    return handler === SIG_IGN || (handler === SIG_DFL && HARMLESS_SIGNALS.has(signal));
  }

  /** One that is ignored is not kept, nor the same one twice. */
  send(sent: SentSignal): void {
    const isBlocked = (this.#blocked & bitOf(sent.signal)) !== 0n;
    if (this.isIgnored(sent.signal) && !isBlocked) return;
    if (!this.#pending.some(({ signal }) => signal === sent.signal)) this.#pending.push(sent);
  }

  /** Signals that were sent and are blocked. */
  get pending(): bigint {
    return this.#pending.reduce((mask, { signal }) => mask | bitOf(signal), 0n);
  }

  /** Takes the signal that is to be delivered next. */
  next(): SentSignal | undefined {
    // As nearly always, and it is asked behind every system call.
    if (this.#pending.length === 0) return undefined;
    const deliverable = this.#pending.filter(({ signal }) => (this.#blocked & bitOf(signal)) === 0n);
    const first = deliverable.reduce<SentSignal | undefined>(
      (lowest, each) => (lowest === undefined || each.signal < lowest.signal ? each : lowest),
      undefined,
    );
    if (first !== undefined) this.#drop(first.signal);
    return first;
  }

  /** Takes the first of so many signals that was sent. */
  take(mask: bigint): SentSignal | undefined {
    const found = this.#pending.find(({ signal }) => (mask & bitOf(signal)) !== 0n);
    if (found !== undefined) this.#drop(found.signal);
    return found;
  }

  /** Whether one waits that is not blocked. */
  get isDue(): boolean {
    return (this.pending & ~this.#blocked) !== 0n;
  }

  /** Sends what the timer owes. */
  checkTimer(clock: GuestClock): void {
    if (this.timer === undefined) return;
    const now = clock.now("monotonic");
    if (now < this.timer.due) return;
    const { due, interval } = this.timer;
    this.timer = interval === 0n ? undefined : { due: due + interval * ((now - due) / interval + 1n), interval };
    this.send({ signal: SIGALRM, code: SI_KERNEL });
  }

  /**
   * Sleeps so long, or until the timer interrupts it.
   *
   * @returns nanoseconds that are left; undefined where nothing interrupted it
   */
  sleep(clock: GuestClock, nanoseconds: bigint): bigint | undefined {
    const { timer } = this;
    const left = timer === undefined ? undefined : timer.due - clock.now("monotonic");
    const interrupts = (this.#blocked & bitOf(SIGALRM)) === 0n && !this.isIgnored(SIGALRM);
    if (left === undefined || left >= nanoseconds || !interrupts) {
      clock.sleep(nanoseconds);
      return undefined;
    }
    if (left > 0n) clock.sleep(left);
    this.#expire(clock);
    return nanoseconds - (left > 0n ? left : 0n);
  }

  /** Sleeps until the timer sends its signal. @returns false where none will come that anybody would notice */
  sleepUntilTimer(clock: GuestClock): boolean {
    if (this.isDue) return true;
    if (this.timer === undefined || this.isIgnored(SIGALRM) || (this.#blocked & bitOf(SIGALRM)) !== 0n) return false;
    const left = this.timer.due - clock.now("monotonic");
    if (left > 0n) clock.sleep(left);
    this.#expire(clock);
    return true;
  }

  /** A clock that counts milliseconds may have woken a little early. */
  #expire(clock: GuestClock): void {
    if (this.timer !== undefined) this.timer = { ...this.timer, due: clock.now("monotonic") };
    this.checkTimer(clock);
  }

  #drop(signal: number): void {
    const at = this.#pending.findIndex((each) => each.signal === signal);
    if (at >= 0) this.#pending.splice(at, 1);
  }
}
