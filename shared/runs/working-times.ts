import type { EventEnvelope } from "../contracts/event.ts";
import { stageOf } from "../kernel/state-ids.ts";

/** What a log says of the work on a stage, or on all of a run. */
export interface Work {
  /** Milliseconds in which at least one of its states was under way. */
  readonly duration_ms: number;
  /** Attempts made again because the one before failed. */
  readonly retries: number;
  /** Attempts made again because the process died, or was stopped, in the one before. */
  readonly reentries: number;
}

interface Counting {
  duration_ms: number;
  retries: number;
  reentries: number;
  running: number;
}

interface Entered {
  isRunning: boolean;
  attempt: number;
}

type Told = Pick<EventEnvelope, "kind" | "name" | "payload" | "ts" | "attempt">;

/**
 * How long a run was worked on, and how often for nothing: fed its events, in order. The time in which it waits for a person
 * is no work, and neither is that between the last sign of a process that died and the first of the one that goes on.
 */
export class WorkingTimes {
  readonly #all: Counting = counting();
  readonly #stages = new Map<string, Counting>();
  readonly #entered = new Map<string, Entered>();
  #last: number | undefined;
  #shards: number | undefined;

  take({ kind, name, payload, ts, attempt }: Told): void {
    const now = Date.parse(ts);
    const stateId = kind === "kernel" && typeof payload.state_id === "string" ? payload.state_id : undefined;
    const before = stateId === undefined ? undefined : this.#entered.get(stateId);
    const isEntry = stateId !== undefined && name === "state_entered";
    // Whoever entered it before is gone: nobody knows since when.
    const isTakenUp = isEntry && before?.isRunning === true && attempt <= before.attempt;
    if (!isTakenUp) this.#pass(now - (this.#last ?? now));
    this.#last = now;
    if (name === "recomp.run.planned") this.#shards = Number(payload.shards);
    if (stateId === undefined) return;
    if (isEntry) this.#enter(stateId, attempt, before);
    else if (name === "state_completed" || name === "state_failed") this.#leave(stateId, before);
  }

  /** Of the whole run. */
  get all(): Work {
    return this.#all;
  }

  of(stage: string): Work {
    return this.#stages.get(stage) ?? counting();
  }

  /** Milliseconds, up to now where it is under way. @param now milliseconds since 1970; default: as of the last event */
  durationOf(stage: string, now?: number): number {
    const { duration_ms, running } = this.#stages.get(stage) ?? counting();
    const since = now === undefined || this.#last === undefined || running === 0 ? 0 : now - this.#last;
    return duration_ms + Math.max(0, since);
  }

  /** Whoever worked on it is gone, and another begins now: the time between was none of work. */
  goOn(now: number): void {
    if (this.#last !== undefined) this.#last = now;
  }

  /** Into how many shards the plan splits the program; undefined before it is made. */
  get shards(): number | undefined {
    return this.#shards;
  }

  #enter(stateId: string, attempt: number, before: Entered | undefined): void {
    for (const each of this.#countings(stateId)) {
      if (before !== undefined) each[attempt > before.attempt ? "retries" : "reentries"]++;
      if (before?.isRunning !== true) each.running++;
    }
    this.#entered.set(stateId, { isRunning: true, attempt: Math.max(attempt, before?.attempt ?? 0) });
  }

  #leave(stateId: string, before: Entered | undefined): void {
    if (before?.isRunning !== true) return;
    before.isRunning = false;
    for (const each of this.#countings(stateId)) each.running--;
  }

  /** Clocks of two machines may differ: time never goes back. */
  #pass(milliseconds: number): void {
    for (const each of [this.#all, ...this.#stages.values()]) {
      if (each.running > 0) each.duration_ms += Math.max(0, milliseconds);
    }
  }

  #countings(stateId: string): [Counting, Counting] {
    const stage = stageOf(stateId);
    const known = this.#stages.get(stage) ?? counting();
    this.#stages.set(stage, known);
    return [this.#all, known];
  }
}

function counting(): Counting {
  return { duration_ms: 0, retries: 0, reentries: 0, running: 0 };
}
