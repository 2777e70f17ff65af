import type { Query } from "../scope.ts";
import { compileSelector } from "./evaluate.ts";
import type { Path, PathRoot } from "./syntax.ts";

/** Reads the document that a path starts in. */
export function rootReader(root: PathRoot): Query {
  if (root.kind === "input") return (scope) => scope.input;
  if (root.kind === "context") return (scope) => scope.context;
  const { name } = root;
  return (scope) => (Object.hasOwn(scope.variables, name) ? scope.variables[name] : undefined);
}

/** A query that answers undefined where a definite path selects nothing. */
export function compileLookup(path: Path): Query {
  const readRoot = rootReader(path.root);
  if (path.segments.length === 0) return readRoot;
  const select = compileSelector(path.segments);
  return path.root.kind === "input" ? (scope) => select(scope.input) : (scope) => select(readRoot(scope));
}
