/** What a task token says: the attempt is the one of this entry into a state, in this execution. */
export interface TaskTokenParts {
  readonly executionArn: string;
  readonly enteredId: number;
  /** Attempts before this one. */
  readonly retryCount: number;
}

/** A branch that stands in a Task state, as far as its token tells of it. */
export interface TokenHolder {
  readonly execution: { readonly arn: string; readonly redriveCount: number; readonly startedAt: number };
  readonly entered: { readonly id: number };
  readonly retryCount: number;
}

/**
 * The token of the task attempt a branch is about to make. It follows from the history alone, so an attempt that is
 * resumed in another process answers to the same token, and it names its execution, so the answer finds its way.
 */
export function taskTokenOf({ execution, entered, retryCount }: TokenHolder): string {
  const parts = [execution.arn, entered.id, retryCount, execution.redriveCount, execution.startedAt];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** What a token says, or undefined if it is none of this interpreter. */
export function readTaskToken(token: string): TaskTokenParts | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (!Array.isArray(parts) || typeof parts[0] !== "string") return undefined;
    return { executionArn: parts[0], enteredId: Number(parts[1]), retryCount: Number(parts[2]) };
  } catch {
    return undefined;
  }
}

/** The ARN of the execution a token belongs to, or undefined if it is no token of this interpreter. */
export const executionOfTaskToken = (token: string): string | undefined => readTaskToken(token)?.executionArn;
