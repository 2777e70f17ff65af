import { compileSelector, explainMiss } from "../../../shared/asl/query/jsonpath/evaluate.ts";
import { parsePath } from "../../../shared/asl/query/jsonpath/parse.ts";
import type { Answer, Asked } from "./peer.ts";

/** What is answered here, in the peer's form. */
export function ownAnswer({ path, document }: Asked): Answer {
  const parsed = attempt(() => parsePath(path));
  if (parsed === undefined) return { error: "refused" };
  const { segments, isDefinite } = parsed;
  const value = compileSelector(segments)(document);
  if (value !== undefined) return { isDefinite, value };
  const { reason, kind } = explainMiss(segments, document);
  if (kind === "past") return { isDefinite, value: null };
  return { isDefinite, error: kind === "fault" ? "InvalidPathException" : "PathNotFoundException", reason };
}

/** Java's own exceptions are faults of other words here; which text stands in quotes in a reason is not compared. */
export function agrees(theirs: Answer, ours: Answer): boolean {
  if (theirs.isDefinite !== ours.isDefinite) return false;
  if (theirs.error === undefined)
    return ours.error === undefined && JSON.stringify(theirs.value) === JSON.stringify(ours.value);
  if (
    theirs.error !== "InvalidPathException" &&
    theirs.error !== "PathNotFoundException" &&
    theirs.error !== "refused"
  ) {
    return ours.error === "InvalidPathException";
  }
  return theirs.error === ours.error && unquoted(theirs.reason) === unquoted(ours.reason);
}

const unquoted = (reason: string | undefined) => reason?.replaceAll('"', "");

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
