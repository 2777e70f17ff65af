import type { ExecutionClock } from "./clock.ts";

/** What waits for a turn. */
export interface TurnTaker {
  /** Runs for a while, and adds to what is spent what that cost. */
  takeTurn(): void;
}

/**
 * Work of all executions together between two looks at the rest of the process, measured in bytes of JSON that could be
 * written meanwhile: what an execution does never depends on how fast the machine is. A turn is a few milliseconds.
 */
export const WORK_PER_TURN = 1_000_000;

/** Work of one execution before others that have as much to do get their turn. */
export const WORK_PER_SLICE = WORK_PER_TURN / 2;

/** Of making an event, and of writing it, without a payload. */
export const EVENT_WORK = 16;
export const WRITTEN_EVENT_WORK = 48;

/** Large writes under way at which executions that have used up their slice wait: they would only queue for the disk. */
const LARGE_WRITES_AT_ONCE = 2;

/**
 * Who runs next, of executions that share a process. Those that something happened to come first; those that ran as long
 * as they were let share, in turn, what is left of each turn and at least half of it. Between turns the process looks at
 * its sockets, timers and files.
 */
export class Turns {
  /** Work done in this turn. Added to directly by what is done for nearly each event. */
  spent = 0;
  readonly #clock: ExecutionClock;
  readonly #woken = new Line();
  readonly #spent = new Line();
  #largeWrites = 0;
  #isPlanned = false;
  #endHold: (() => void) | undefined = undefined;

  constructor(clock: ExecutionClock) {
    this.#clock = clock;
  }

  /** Whether there is work left in this turn. */
  get hasTime(): boolean {
    return this.spent < WORK_PER_TURN;
  }

  spend(work: number): void {
    this.spent += work;
    this.#plan();
  }

  /** @param hasSpent it has used up its slice; otherwise it comes before those that have. */
  wait(taker: TurnTaker, hasSpent: boolean): void {
    (hasSpent ? this.#spent : this.#woken).add(taker);
    this.#endHold ??= this.#clock.hold?.();
    this.#plan();
  }

  largeWriteBegan(): void {
    this.#largeWrites += 1;
  }

  largeWriteEnded(): void {
    this.#largeWrites -= 1;
    if (this.#spent.length > 0) this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isPlanned = false;
    this.spent = 0;
    const mayRunSpent = () => this.#spent.length > 0 && this.#largeWrites < LARGE_WRITES_AT_ONCE;
    const ofWoken = WORK_PER_TURN - (mayRunSpent() ? WORK_PER_SLICE : 0);
    // Each once: one that waits again waits for the next turn.
    for (let count = this.#woken.length; count > 0 && this.spent < ofWoken; count--) this.#woken.take()?.takeTurn();
    for (let count = this.#spent.length; count > 0 && this.hasTime && mayRunSpent(); count--) {
      this.#spent.take()?.takeTurn();
    }
    if (this.#woken.length > 0 || mayRunSpent()) this.#plan();
    else if (this.#spent.length === 0) {
      this.#endHold?.();
      this.#endHold = undefined;
    }
  }
}

/** First come, first served; taking one does not move the others. */
class Line {
  #takers: (TurnTaker | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#takers.length - this.#first;
  }

  add(taker: TurnTaker): void {
    this.#takers.push(taker);
  }

  take(): TurnTaker | undefined {
    if (this.length === 0) return undefined;
    const taker = this.#takers[this.#first];
    this.#takers[this.#first++] = undefined;
    if (this.#first * 2 > this.#takers.length) {
      this.#takers = this.#takers.slice(this.#first);
      this.#first = 0;
    }
    return taker;
  }
}
