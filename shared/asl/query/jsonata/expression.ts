import { Script } from "node:vm";
import { type Entropy, type Query, systemEntropy } from "../scope.ts";
import { bindingsOf } from "./bindings.ts";
import { compileDirect, undecided } from "./direct.ts";
import { evaluationFailure, MemoryExceeded } from "./failure.ts";
import { bindStepFunctions } from "./functions.ts";
import type { LibraryExpression } from "./library.ts";
import { bounds, hazardsOf, longestText } from "./limits.ts";
import { compileWithLibrary } from "./parse.ts";
import { toPlainJson } from "./result.ts";

/**
 * Compiles an expression without delimiters to a query that gives plain JSON, or undefined for nothing.
 *
 * @throws QuerySyntaxError now; the query throws EvaluationFailure.
 */
export function compileExpression(text: string): Query {
  const expression = compileWithLibrary(text);
  const general = compileGeneral(expression);
  let direct = compileDirect(expression.ast());
  return (scope) => {
    if (direct === undefined) return general(scope);
    const value = direct(scope);
    if (value !== undecided) return value;
    // Data of this shape will come again; asking twice each time would cost more than it saves.
    direct = undefined;
    return general(scope);
  };
}

function compileGeneral(expression: LibraryExpression): Query {
  let entropy: Entropy = systemEntropy;
  bindStepFunctions(expression, () => entropy);
  const hazards = hazardsOf(expression.ast());
  if (hazards.text) expression.assign(Symbol.for("jsonata.__evaluate_exit"), refuseLongText);
  return (scope) => {
    entropy = scope.entropy ?? systemEntropy;
    const evaluate = () => expression.evaluate(undefined, bindingsOf(scope));
    try {
      return toPlainJson(hazards.patterns ? runWithDeadline(evaluate) : evaluate());
    } catch (error) {
      throw evaluationFailure(error);
    }
  };
}

const jobKey = Symbol.for("restep.jsonata.job");
const jobScript = new Script(`globalThis[Symbol.for(${JSON.stringify(jobKey.description)})]()`);

/**
 * Runs a job that V8 stops when its time is over, even within a regular expression, where the library cannot look at
 * the clock. It costs a thread, so only expressions with a pattern that can loop are run like this.
 */
function runWithDeadline(job: () => unknown): unknown {
  const global = globalThis as unknown as Record<symbol, unknown>;
  global[jobKey] = job;
  try {
    return jobScript.runInThisContext({ timeout: bounds.timeout });
  } finally {
    delete global[jobKey];
  }
}

function refuseLongText(_node: unknown, _input: unknown, _environment: unknown, result: unknown): void {
  if (typeof result === "string" && result.length > longestText) throw new MemoryExceeded();
}
