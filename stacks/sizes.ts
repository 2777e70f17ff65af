import type { StageName } from "../shared/stages/declarations.ts";

/** Whose work is to read and write a few documents. */
export const LIGHT = { memory: "512 MB", timeout: "2 minutes" } as const;

/** Lambda gives a whole core from 1,769 MB on, and a state machine's task the longest that Lambda knows. */
export const COMPUTING = { memory: "1769 MB", timeout: "15 minutes" } as const;

/** Those that have the whole program before them. */
const WHOLE = { ...COMPUTING, memory: "3008 MB" } as const;

/** What a stage's function is given. */
export const SIZES: Readonly<Record<StageName, typeof LIGHT | typeof COMPUTING | typeof WHOLE>> = {
  intake: LIGHT,
  plan: WHOLE,
  lift: COMPUTING,
  link: WHOLE,
  validate: COMPUTING,
  compare_runs: WHOLE,
  validation_gate: LIGHT,
  override: LIGHT,
  package: COMPUTING,
  verify_artifacts: COMPUTING,
  approve: LIGHT,
  publish: COMPUTING,
  attest: LIGHT,
  complete: LIGHT,
  record_failure: COMPUTING,
};
