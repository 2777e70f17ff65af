/** What passes between a campaign and the process that runs tests for it. */

/** One test file to run with one mutant on, or with none. */
export interface Trial {
  readonly testFile: string;
  readonly mutant?: number;
  /** The switch of the mutant throws when it is asked more often: a loop that does not end. */
  readonly mostHits?: number;
}

export interface Outcome {
  readonly verdict: "passed" | "failed" | "timed_out";
  readonly milliseconds: number;
  /** How often the switch of each mutant was asked. */
  readonly hits: readonly (readonly [mutant: number, times: number])[];
  /** The first thing that failed, for the report. */
  readonly why?: string;
}

declare module "vitest" {
  interface ProvidedContext {
    mutation: Omit<Trial, "testFile">;
  }
  interface TaskMeta {
    hits?: Outcome["hits"];
  }
}
