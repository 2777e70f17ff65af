import { readArn } from "../api/arns.ts";
import { type ExecutionRecord, executionRecord } from "../records/records.ts";

/** What an execution that is damaged where it is stored is shown to have failed with; its cause says what, where and what to do. */
const damagedError = "CorruptionError";

/** An execution whose history is damaged. It is whole otherwise, and goes on once its history is restored. */
export function withDamagedHistory(execution: ExecutionRecord, damage: Error, now: number): ExecutionRecord {
  const { output, ...rest } = execution;
  return { ...rest, ...failedBy(damage, now), damage: "history" };
}

/** An execution of which all that is known is its ARN: of the rest, what is left of its record. */
export function withDamagedRecord(arn: string, damage: Error, text: string, now: number): ExecutionRecord {
  const [machineName = "", name = ""] = readArn(arn, "execution").names;
  const machineArn = arn.slice(0, arn.lastIndexOf(":")).replace(":execution:", ":stateMachine:");
  const { startDate = 0, ...left } = leftOf(text);
  return {
    definition: "",
    roleArn: "",
    input: "",
    redriveCount: 0,
    redriveTokens: [],
    takenTasks: [],
    ...left,
    arn,
    name,
    machineArn,
    machineName,
    machineType: "STANDARD",
    startDate,
    ...failedBy(damage, now),
    damage: "record",
  };
}

function failedBy({ message }: Error, now: number) {
  return { status: "FAILED", stopDate: now, error: damagedError, cause: message } as const;
}

/** Where the record is one still, it says at least when it began. */
function leftOf(text: string): Partial<ExecutionRecord> {
  try {
    const { sha256, ...fields } = JSON.parse(text) as Record<string, unknown>;
    const { startDate } = executionRecord.parse(fields);
    return { startDate };
  } catch {
    return {};
  }
}
