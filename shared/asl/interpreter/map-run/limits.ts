/** What holds for a Map Run, and may be changed while it runs. */
export interface MapRunLimits {
  /** Child executions that run at the same time at most; 0 for as many as there can be. */
  readonly maxConcurrency: number;
  /** Items of child executions that did not succeed, above which the run fails. */
  readonly toleratedFailureCount?: number;
  /** The same in percent of all items, 0 to 100. Without either, no failure is tolerated. */
  readonly toleratedFailurePercentage?: number;
}

/**
 * Whether more items failed than a Map Run tolerates.
 *
 * @param total all items; undefined as long as that is not known.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/maprun-fail-threshold.html
 */
export function exceedsTolerance(limits: MapRunLimits, failed: number, total: number | undefined): boolean {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = limits;
  if (failed === 0) return false;
  if (count === undefined && percentage === undefined) return true;
  if (count !== undefined && failed > count) return true;
  return percentage !== undefined && total !== undefined && (100 * failed) / total > percentage;
}
