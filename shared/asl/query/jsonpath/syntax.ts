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
  /** `[(@.length-1)]`: an index counted from the end, its offset negative. */
  | { readonly kind: "fromEnd"; readonly offset: number }
  | { readonly kind: "indexes"; readonly indexes: readonly number[] }
  | { readonly kind: "slice"; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: "wildcard" }
  | { readonly kind: "filter"; readonly anyOf: readonly Conjunction[] }
  /** `..`: the segments that follow apply to every value below, this one included. */
  | { readonly kind: "descend" };

/** Criteria that must all hold. */
export type Conjunction = readonly Criterion[];

export type Criterion =
  /** `@.field`, and `!@.field` where it is wanted that there is none. */
  | { readonly kind: "exists"; readonly path: FilterPath; readonly wanted: boolean }
  | { readonly kind: "compare"; readonly operator: string; readonly left: Operand; readonly right: Operand };

export type Operand =
  /** Whatever is no path and no pattern is a text: `'x'`, `x`, `5` and `null`. What it is compared with decides. */
  | { readonly kind: "text"; readonly text: string }
  /** `source` as it was written; the pattern asks that the whole value matches. */
  | { readonly kind: "pattern"; readonly pattern: RegExp; readonly source: string }
  | { readonly kind: "path"; readonly path: FilterPath };

/** A definite path inside a filter starts at the item (`@`) or at the document's root (`$`). */
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

export function isDefinite(segments: readonly Segment[]): boolean {
  return segments.every(({ kind }) => kind === "name" || kind === "names" || kind === "index" || kind === "fromEnd");
}

/** Whether a filter has a pattern that may take any time. */
export function hasBranchingPattern(segments: readonly Segment[]): boolean {
  return segments.some((segment) => segment.kind === "filter" && segment.anyOf.flat().some(branches));
}

function branches(criterion: Criterion): boolean {
  if (criterion.kind === "exists") return false;
  return [criterion.left, criterion.right].some((each) => each.kind === "pattern" && canBranch(each.source));
}
