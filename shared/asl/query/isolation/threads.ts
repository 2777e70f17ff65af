import { availableParallelism } from "node:os";
import { memoryReason, timeoutReason } from "../jsonata/failure.ts";
import { bounds } from "../jsonata/limits.ts";
import { type Answer, type Job, sendJob } from "./job.ts";
import { endThread, GRACE_MS, START_MS, startThread, type Thread } from "./thread-start.ts";

/** Milliseconds after which a text is slow: from then on its evaluations wait for each other, and no others for them. */
const SLOW_MS = 100;

/** Texts that are remembered as slow. */
const MOST_SLOW_TEXTS = 1_000;

/** Milliseconds until a thread is ended. */
const MOST_MS = bounds.timeout + GRACE_MS;

/** A job under way, or waiting for a thread. */
interface Ticket {
  readonly job: Job;
  readonly owner: object;
  readonly answer: (answer: Answer) => void;
}

/**
 * Threads in which expressions are evaluated, kept for the next ones. What takes too long or too much memory ends with
 * its thread, and the next job gets a new one.
 */
export class ExpressionThreads {
  readonly #quick: Lane;
  readonly #slow: Lane;
  readonly #slowTexts = new Set<string>();

  constructor(count: number = Math.max(1, Math.min(4, availableParallelism() - 1)), mostMs: number = MOST_MS) {
    const note = (text: string, milliseconds: number) => this.#note(text, milliseconds);
    const newSeat = () => new Seat(mostMs);
    this.#quick = new Lane(count, newSeat, note);
    this.#slow = new Lane(1, newSeat, note);
  }

  /**
   * Has a job done. The process is kept alive until it is.
   *
   * @param owner jobs of one wait for each other before they make those of another wait
   * @returns a function that gives it up
   */
  run(job: Job, owner: object, answer: (answer: Answer) => void): () => void {
    return (this.#slowTexts.has(job.text) ? this.#slow : this.#quick).add({ job, owner, answer });
  }

  #note(text: string, milliseconds: number): void {
    if (milliseconds <= SLOW_MS) this.#slowTexts.delete(text);
    else {
      if (this.#slowTexts.size >= MOST_SLOW_TEXTS) this.#slowTexts.clear();
      this.#slowTexts.add(text);
    }
  }
}

/** Jobs that wait for each other, and the threads that do them. */
class Lane {
  readonly #most: number;
  readonly #newSeat: () => Seat;
  readonly #note: (text: string, milliseconds: number) => void;
  readonly #lines = new Map<object, Ticket[]>();
  readonly #idle: Seat[] = [];
  #busy = 0;

  constructor(most: number, newSeat: () => Seat, note: (text: string, milliseconds: number) => void) {
    this.#most = most;
    this.#newSeat = newSeat;
    this.#note = note;
  }

  add(ticket: Ticket): () => void {
    const line = this.#lines.get(ticket.owner);
    if (line === undefined) this.#lines.set(ticket.owner, [ticket]);
    else line.push(ticket);
    this.#fill();
    return () => this.#giveUp(ticket);
  }

  /** What waits is forgotten; what is under way ends by itself or by its deadline, and nobody hears of it. */
  #giveUp(ticket: Ticket): void {
    const line = this.#lines.get(ticket.owner);
    const position = line?.indexOf(ticket) ?? -1;
    if (line === undefined || position === -1) return;
    line.splice(position, 1);
    if (line.length === 0) this.#lines.delete(ticket.owner);
  }

  #fill(): void {
    while (this.#busy < this.#most) {
      const ticket = this.#next();
      if (ticket === undefined) return;
      this.#busy += 1;
      const idle = this.#idle.pop();
      const seat = idle?.isUsable === true ? idle : this.#newSeat();
      seat.work(ticket, (milliseconds) => {
        this.#busy -= 1;
        this.#note(ticket.job.text, milliseconds);
        this.#idle.push(seat.isUsable ? seat : this.#newSeat());
        this.#fill();
      });
    }
  }

  /** One owner after the other. */
  #next(): Ticket | undefined {
    for (const [owner, line] of this.#lines) {
      const ticket = line.shift();
      this.#lines.delete(owner);
      if (line.length > 0) this.#lines.set(owner, line);
      return ticket;
    }
    return undefined;
  }
}

/** A thread and what it does. */
class Seat {
  readonly #thread: Thread = startThread();
  readonly #mostMs: number;
  #isReady = false;
  #ticket: Ticket | undefined = undefined;
  #release: (milliseconds: number) => void = () => undefined;
  #deadline: NodeJS.Timeout | undefined = undefined;
  #begun = 0;
  #isOver = false;
  /** Messages that came from the thread. */
  #received = 0;

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
    const { port, worker } = this.#thread;
    port.on("message", (message: "ready" | Answer) => this.#receive(message));
    port.unref();
    worker.on("error", (error) => this.#died(error));
    worker.on("exit", () => this.#died(undefined));
  }

  /** False once its thread has ended. */
  get isUsable(): boolean {
    return !this.#isOver;
  }

  work(ticket: Ticket, release: (milliseconds: number) => void): void {
    this.#ticket = ticket;
    this.#release = release;
    this.#thread.worker.ref();
    if (this.#isReady) this.#begin(ticket);
    else this.#deadline = setTimeout(() => this.#tooLate(), START_MS);
  }

  #begin({ job }: Ticket): void {
    clearTimeout(this.#deadline);
    this.#begun = performance.now();
    this.#deadline = setTimeout(() => this.#tooLate(), this.#mostMs);
    try {
      sendJob(this.#thread.port, job);
    } catch (error) {
      // It is no JSON, and cannot be cloned.
      this.#end({ failure: `: ${String(error)}` });
    }
  }

  #receive(message: "ready" | Answer): void {
    this.#received += 1;
    if (message !== "ready") this.#end(message);
    else {
      this.#isReady = true;
      if (this.#ticket !== undefined) this.#begin(this.#ticket);
    }
  }

  #tooLate(): void {
    if (Atomics.load(this.#thread.answered, 0) > this.#received) {
      // This process was busy for so long: the answer is there, and comes next.
      this.#deadline = setTimeout(() => this.#tooLate(), GRACE_MS);
      return;
    }
    this.#isOver = true;
    endThread(this.#thread);
    this.#end({ failure: timeoutReason });
  }

  #died(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const isMemory = error === undefined || (error as { readonly code?: unknown }).code === "ERR_WORKER_OUT_OF_MEMORY";
    endThread(this.#thread);
    if (this.#ticket !== undefined) this.#end({ failure: isMemory ? memoryReason : `: ${String(error)}` });
  }

  #end(answer: Answer): void {
    const ticket = this.#ticket;
    if (ticket === undefined) return;
    clearTimeout(this.#deadline);
    this.#ticket = undefined;
    this.#thread.worker.unref();
    this.#release(performance.now() - this.#begun);
    ticket.answer(answer);
  }
}

let shared: ExpressionThreads | undefined;

/** The threads of this process. */
export function expressionThreads(): ExpressionThreads {
  shared ??= new ExpressionThreads();
  return shared;
}
