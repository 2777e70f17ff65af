import { StepsExceeded, stepsInProcess } from "../isolation/steps.ts";
import { PathFault } from "./path-fault.ts";
import { compileReader } from "./reader.ts";
import { hasBranchingPattern, isDefinite, type Segment } from "./syntax.ts";
import { visits } from "./visits.ts";
import { fragmentsOf, reasonOfMiss, walk } from "./walk.ts";

/** What a path selects from a document: one value or a list as it is definite or not, undefined if it misses. */
export type Selector = (document: unknown) => unknown;

export function compileSelector(segments: readonly Segment[]): Selector {
  if (isDefinite(segments)) return compileReader(segments);
  return (document) => {
    try {
      return walk(segments, document);
    } catch (error) {
      if (error instanceof PathFault) return undefined;
      throw error;
    }
  };
}

/** Why a path selects nothing. */
export interface Explanation {
  readonly reason: string;
  /** `fault`: the path does not fit the document. `past`: it ends in an index that its array does not have. */
  readonly kind: "absent" | "fault" | "past";
}

/** Called only after a selector answered undefined. What took long to be missed is not gone through once more. */
export function explainMiss(segments: readonly Segment[], document: unknown): Explanation {
  const unexplained = { reason: `No results for path: $${fragmentsOf(segments)}`, kind: "absent" } as const;
  if (hasBranchingPattern(segments)) return unexplained;
  const { left } = visits;
  visits.left = stepsInProcess;
  try {
    const reason = reasonOfMiss(segments, document);
    return reason === undefined ? { ...unexplained, kind: "past" } : { reason, kind: "absent" };
  } catch (error) {
    if (error instanceof PathFault) return { reason: error.message, kind: "fault" };
    if (error instanceof StepsExceeded) return unexplained;
    throw error;
  } finally {
    visits.left = left;
  }
}
