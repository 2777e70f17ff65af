import type { ExecutionRecord, ListedExecution } from "../records/records.ts";

/** Texts that many executions have in common are one text in memory, also where each was read from a file of its own. */
type Share = <Text extends string | undefined>(text: Text) => Text;

/** What stays in memory of an execution that has ended: there may be any number of them. */
class EndedExecution implements ListedExecution {
  readonly arn: string;
  readonly machineArn: string;
  readonly status: ExecutionRecord["status"];
  readonly startDate: number;
  readonly stopDate: number | undefined;
  readonly redriveCount: number;
  readonly redriveDate: number | undefined;
  readonly versionArn: string | undefined;
  readonly aliasArn: string | undefined;

  constructor(execution: ExecutionRecord, share: Share) {
    this.arn = execution.arn;
    this.machineArn = share(execution.machineArn);
    this.status = share(execution.status);
    this.startDate = execution.startDate;
    this.stopDate = execution.stopDate;
    this.redriveCount = execution.redriveCount;
    this.redriveDate = execution.redriveDate;
    this.versionArn = share(execution.versionArn);
    this.aliasArn = share(execution.aliasArn);
  }

  /** The last part of its ARN, and so not kept beside it. */
  get name(): string {
    return this.arn.slice(this.arn.lastIndexOf(":") + 1);
  }
}

/** Lets executions rest that have ended. What is shown of one that is damaged is not what is stored, and stays. */
export function restingExecutions(): (execution: ExecutionRecord) => ListedExecution | undefined {
  const texts = new Map<string, string>();
  const share: Share = (text) => {
    if (text === undefined) return text;
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return (known ?? text) as typeof text;
  };
  return (execution) => {
    if (execution.status === "RUNNING" || execution.damage !== undefined) return undefined;
    return new EndedExecution(execution, share);
  };
}
