import { PRIORITIES, type Priority } from "../contracts/priorities.ts";
import type { Submission } from "../contracts/submission.ts";
import type { Carrying, RunOutcome } from "./executor.ts";

/** A run that waits for its turn to be carried out. */
export interface WaitingRun {
  readonly priority: Priority;
  /** Since when, in milliseconds since 1970 or as a number that grows. */
  readonly since: number;
}

/** Whose turn comes first: a higher priority's, and of one priority whose has waited longest. */
export function byTurn(one: WaitingRun, other: WaitingRun): number {
  return PRIORITIES.indexOf(other.priority) - PRIORITIES.indexOf(one.priority) || one.since - other.since;
}

/** Lets so many runs be carried out at once, the others in their turn. */
export interface Turns {
  /**
   * Resolves when it is the run's turn. @returns what gives the place to the next; undefined when `signal` was aborted before
   */
  take(run: Pick<Submission, "priority">, signal: AbortSignal): Promise<(() => void) | undefined>;
}

interface Waiting extends WaitingRun {
  readonly begin: () => void;
}

/** @param atOnce so many, at least one */
export function createTurns(atOnce: number): Turns {
  const waiting: Waiting[] = [];
  let places = atOnce;
  let last = 0;

  const beginNext = () => {
    if (places === 0) return;
    const next = waiting.sort(byTurn).shift();
    if (next === undefined) return;
    places -= 1;
    next.begin();
  };
  const giveBack = () => {
    places += 1;
    beginNext();
  };

  return {
    take({ priority }, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const leave = () => {
          waiting.splice(waiting.indexOf(one), 1);
          resolve(undefined);
        };
        const one: Waiting = {
          priority,
          since: last++,
          begin() {
            signal.removeEventListener("abort", leave);
            resolve(giveBack);
          },
        };
        signal.addEventListener("abort", leave, { once: true });
        waiting.push(one);
        beginNext();
      });
    },
  };
}

/**
 * Carries a run out in its turn. One that is to be cancelled waits for none, and one that is left while it waits is interrupted.
 * @param turns undefined where all go on at once
 */
export async function inTurn(
  turns: Turns | undefined,
  run: Pick<Submission, "priority">,
  { signal, cancel }: Pick<Carrying, "signal" | "cancel">,
  carry: () => Promise<RunOutcome>,
): Promise<RunOutcome> {
  if (turns === undefined) return carry();
  const giveBack = await turns.take(run, cancel === undefined ? signal : AbortSignal.any([signal, cancel]));
  if (giveBack === undefined) return signal.aborted ? "interrupted" : carry();
  try {
    return await carry();
  } finally {
    giveBack();
  }
}
