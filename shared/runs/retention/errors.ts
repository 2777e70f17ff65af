import type { RunId } from "../../contracts/ids.ts";

/** A run that cannot be told apart from one that refers to anything. */
export class UnreadableRun extends Error {
  override readonly name = "UnreadableRun";
  readonly runId: RunId;

  constructor(runId: RunId, reason: string, cause?: unknown) {
    super(`run ${runId}: ${reason}`, { cause });
    this.runId = runId;
  }
}
