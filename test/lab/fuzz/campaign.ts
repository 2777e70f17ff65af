/** What a fuzz campaign is: a seeded generator of trials, and a bench that carries them out one after the other. */

import type { Random } from "./random.ts";

export interface Trial {
  /** From 1. With the campaign's name and the seed it decides what is tried: the same on every machine. */
  readonly number: number;
  readonly random: Random;
  /** An empty folder of the trial's own; it is removed afterwards. */
  readonly scratch: string;
}

export interface TrialResult {
  /** What was tried, as the table at the end counts it: a short name, one of few. */
  readonly kind: string;
  /** What did not hold, a sentence each; none when all did. */
  readonly problems: readonly string[];
  /** What is worth a look, though it breaks no promise: said, and not counted as failed. */
  readonly notes?: readonly string[];
  /** Figures whose largest is shown, by a name with its unit: `{ "peak MB": 120 }`. */
  readonly measures?: Readonly<Record<string, number>>;
}

/** Where trials are carried out: a process, a server, nothing at all. As many are open as there are workers. */
export interface Bench {
  /** What it throws counts as a problem of the trial. */
  attempt(trial: Trial): Promise<TrialResult>;
  /** Ends whatever was started, also in the midst of a trial that takes too long. */
  close(): Promise<void>;
}

export interface Campaign {
  readonly name: string;
  /** One line for `--help`. */
  readonly about: string;
  /** Trials of a whole campaign. */
  readonly count: number;
  /** A trial that takes longer has failed; its bench is closed and another opened. */
  readonly secondsPerTrial: number;
  open(around: BenchSurroundings): Promise<Bench>;
}

export interface BenchSurroundings {
  /** A folder of the bench's own; it is removed afterwards. */
  readonly scratch: string;
}
