import { StatesError } from "../../errors.ts";
import { answerApart } from "../isolation/apart.ts";
import type { PathJob } from "../isolation/job.ts";
import { hereOrApart } from "../isolation/steps.ts";
import type { Query } from "../scope.ts";
import { compileSelector } from "./evaluate.ts";
import { hasBranchingPattern, type Path, type PathRoot } from "./syntax.ts";
import { visits } from "./visits.ts";

/** Reads the document that a path starts in. */
export function rootReader(root: PathRoot): Query {
  if (root.kind === "input") return (scope) => scope.input;
  if (root.kind === "context") return (scope) => scope.context;
  const { name } = root;
  return (scope) => (Object.hasOwn(scope.variables, name) ? scope.variables[name] : undefined);
}

/**
 * A query that answers undefined where a definite path selects nothing. What looks at any number of values does so here for
 * some steps and then in another thread; what has patterns that may take any time, there at once.
 */
export function compileLookup(path: Path): Query {
  const { root, segments } = path;
  const readRoot = rootReader(root);
  if (segments.length === 0) return readRoot;
  if (hasBranchingPattern(segments)) return compileApart(path, readRoot);
  const select = compileSelector(segments);
  const lookup: Query = root.kind === "input" ? (scope) => select(scope.input) : (scope) => select(readRoot(scope));
  return path.isDefinite ? lookup : hereOrApart(visits, lookup, compileApart(path, readRoot));
}

function compileApart({ text }: Path, readRoot: Query): Query {
  const query = {};
  return (scope) => {
    const job = (): PathJob => ({ kind: "path", text, document: readRoot(scope) });
    return answerApart(query, scope, job, (why) => {
      return new StatesError("States.Runtime", `The path '${text}' could not be evaluated${why}`);
    });
  };
}
