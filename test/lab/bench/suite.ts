/** What a benchmark suite is made of. A suite names what to measure; the runner decides when and how often. */

import type { FoundNode, NodeMajor } from "../nodes.ts";

/** Milliseconds since some fixed moment, never going back. */
export type Now = () => number;

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: "lower" | "higher";
}

/** One measurement: a positive number for each metric, by its name. */
export type Sample = Readonly<Record<string, number>>;

/** Something that can be measured again and again, alone on the machine. */
export interface Contender {
  readonly name: string;
  /** Runs the work once. Rejects when the work failed or its result is wrong: a wrong answer has no speed. */
  sample(): Promise<Sample> | Sample;
}

export interface BenchCase {
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly subject: Contender;
  /** What the subject is compared with, measured in turns with it; it may leave metrics out. */
  readonly against?: Contender;
}

export interface SuiteContext {
  readonly now: Now;
  /** A folder of the run's own, deleted at the end. */
  readonly scratch: string;
  /** Whether a command can be started on this machine. */
  isInstalled(command: string): boolean;
  /** Another version of Node, fetched where it is not here yet. */
  getNode(major: NodeMajor): FoundNode;
  /** Says what could not be measured and why. */
  warn(message: string): void;
}

export interface Suite {
  readonly name: string;
  /** One line for the list of suites. */
  readonly summary: string;
  /** Makes each case ready right before it is measured; what it holds is let go when the next one is asked for. */
  cases(context: SuiteContext): AsyncGenerator<BenchCase, void, void>;
}
