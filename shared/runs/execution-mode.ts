import type { Submission } from "../contracts/submission.ts";

export type ExecutionMode = Submission["execution_mode"];

/**
 * One sentence where a run is carried out in another way than its manifest says: that is a default, which whoever starts the run
 * overrides, and changes nothing of what comes out.
 */
export function otherMode({ execution_mode: stated }: Submission, carried: ExecutionMode): string | undefined {
  if (stated === carried) return undefined;
  return `its manifest says execution_mode ${JSON.stringify(stated)}; it is carried out as ${JSON.stringify(carried)}, with the same result`;
}
