/** What goes over the pipes of a worker: one line of JSON for a request, one for its answer. Its input's end ends it. */

import * as z from "zod";

/** Runs executions until both are reached. */
export const runRequest = z.strictObject({
  milliseconds: z.number().nonnegative(),
  executions: z.int().positive(),
});

export type RunRequest = z.infer<typeof runRequest>;

export const runReport = z.strictObject({
  /** States entered. */
  transitions: z.int().positive(),
  /** How long it took, without the checks of the answers. */
  milliseconds: z.number().positive(),
  /** The most memory the process ever had resident. */
  peakBytes: z.int().positive(),
});

export type RunReport = z.infer<typeof runReport>;

export const answer = z.union([runReport, z.strictObject({ error: z.string() })]);

export type Answer = z.infer<typeof answer>;
