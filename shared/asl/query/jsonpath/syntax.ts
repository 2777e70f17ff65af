import { canBranch } from "../pattern.ts";

/** Where a path starts: the input (`$`), the context object (`$$`) or a workflow variable (`$name`). */
export type PathRoot =
  | { readonly kind: "input" }
  | { readonly kind: "context" }
  | { readonly kind: "variable"; readonly name: string };

export type Segment =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "wildcard" }
  | { readonly kind: "filter"; readonly test: Condition }
  /** `..`: the segments that follow apply to every value below, this one included. */
  | { readonly kind: "descend" }
  /** A function at the end, such as `.length()`. */
  | { readonly kind: "call"; readonly name: PathFunctionName; readonly argument: number | undefined };

export type PathFunctionName =
  | "avg"
  | "first"
  | "index"
  | "keys"
  | "last"
  | "length"
  | "max"
  | "min"
  | "size"
  | "stddev"
  | "sum";

/** The test of a filter `[?(...)]`. */
export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly operand: Condition }
  | { readonly kind: "exists"; readonly path: FilterPath }
  | { readonly kind: "compare"; readonly operator: string; readonly left: Operand; readonly right: Operand };

export type Operand =
  | { readonly kind: "literal"; readonly value: unknown }
  /** `source` as it was written; the pattern asks that the whole value matches. */
  | { readonly kind: "pattern"; readonly pattern: RegExp; readonly source: string }
  | { readonly kind: "path"; readonly path: FilterPath };

/** A path inside a filter starts at the item (`@`) or at the document's root (`$`). */
export interface FilterPath {
  readonly fromItem: boolean;
  readonly segments: readonly Segment[];
}

export interface Path {
  readonly text: string;
  readonly root: PathRoot;
  readonly segments: readonly Segment[];
  /** True if the path selects at most one value; then a value is returned, and otherwise a list of what matched. */
  readonly isDefinite: boolean;
}

/** The dialect's rule: names and single indexes are definite, and so are several names at the very end. */
export function isDefinite(segments: readonly Segment[]): boolean {
  return segments.every(
    (segment, position) =>
      segment.kind === "name" ||
      segment.kind === "index" ||
      segment.kind === "call" ||
      (segment.kind === "names" && position === segments.length - 1),
  );
}

/** Whether a path looks at as many values as there are, and not only at those on its way. */
export function looksAround(segments: readonly Segment[]): boolean {
  return !isDefinite(segments) || segments.at(-1)?.kind === "call";
}

/** Whether a filter has a pattern that may take any time. */
export function hasBranchingPattern(segments: readonly Segment[]): boolean {
  return segments.some((segment) => segment.kind === "filter" && branches(segment.test));
}

function branches(condition: Condition): boolean {
  switch (condition.kind) {
    case "and":
    case "or":
      return branches(condition.left) || branches(condition.right);
    case "not":
      return branches(condition.operand);
    case "exists":
      return hasBranchingPattern(condition.path.segments);
    case "compare":
      return [condition.left, condition.right].some(operandBranches);
  }
}

function operandBranches(operand: Operand): boolean {
  if (operand.kind === "path") return hasBranchingPattern(operand.path.segments);
  return operand.kind === "pattern" && canBranch(operand.source);
}
