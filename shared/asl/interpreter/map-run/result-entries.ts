import { stringifyExact } from "../../query/index.ts";
import type { ChildResult } from "./results.ts";

/** How the results of children are given: with what is known of each execution, their outputs alone, or those with lists taken apart. */
export type Transformation = "NONE" | "COMPACT" | "FLATTEN";

/** What a child adds to the results. One that failed is described, whatever the transformation. */
export function entriesOf(
  transformation: Transformation,
  stateMachineArn: string,
): (result: ChildResult) => readonly unknown[] {
  return (result) => {
    if (result.status !== "SUCCEEDED" || transformation === "NONE") return [describe(result, stateMachineArn)];
    const isFlat = transformation === "FLATTEN" && Array.isArray(result.output);
    return isFlat ? (result.output as unknown[]) : [result.output];
  };
}

/** The output of a child that succeeded; one that failed adds nothing. */
export const outputsOnly = ({ status, output }: ChildResult): readonly unknown[] =>
  status === "SUCCEEDED" ? [output] : [];

function describe(result: ChildResult, stateMachineArn: string) {
  const { status, input, output, failure } = result;
  const isRedrivable = status !== "SUCCEEDED";
  return {
    ExecutionArn: result.identity.arn,
    Input: stringifyExact(input),
    InputDetails: { Included: true },
    Name: result.identity.name,
    ...(status === "SUCCEEDED"
      ? { Output: stringifyExact(output), OutputDetails: { Included: true } }
      : { Error: failure.error, Cause: failure.cause }),
    RedriveCount: result.redriveCount,
    RedriveStatus: isRedrivable ? "REDRIVABLE" : "NOT_REDRIVABLE",
    ...(isRedrivable ? {} : { RedriveStatusReason: `Execution is ${status} and cannot be redriven` }),
    StartDate: new Date(result.startedAt).toISOString(),
    StateMachineArn: stateMachineArn,
    Status: status,
    StopDate: new Date(result.stoppedAt).toISOString(),
  };
}
