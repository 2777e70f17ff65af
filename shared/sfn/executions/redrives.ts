import type { ExecutionRecord } from "../records/records.ts";

/** How long after its end an execution may be redriven (developer guide: Redriving executions). */
const redrivablePeriod = 14 * 24 * 60 * 60 * 1000;

const redrivable: readonly string[] = ["FAILED", "TIMED_OUT", "ABORTED"];

/** Why an execution cannot be redriven, in AWS's words; undefined if it can. */
export function redriveFault({ status, stopDate, damage }: ExecutionRecord, now: number): string | undefined {
  if (damage !== undefined) return "Execution is damaged where it is stored and cannot be redriven";
  if (!redrivable.includes(status)) return `Execution is ${status} and cannot be redriven`;
  if (stopDate !== undefined && now - stopDate > redrivablePeriod) return "Execution redrivable period exceeded";
  return undefined;
}

/** What DescribeExecution says of it. */
export function redriveFacts(execution: ExecutionRecord, now: number) {
  const fault = redriveFault(execution, now);
  if (fault === undefined) return { redriveStatus: "REDRIVABLE" };
  return { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: fault };
}
