import { type Query, systemEntropy } from "../scope.ts";
import { bindingsOf } from "./bindings.ts";
import { isBounded } from "./cost.ts";
import { compileDirect, undecided } from "./direct.ts";
import { compileEvaluation } from "./evaluation.ts";
import { compileWithLibrary } from "./parse.ts";
import { evaluateInThread } from "./thread.ts";

/**
 * Compiles an expression without delimiters to a query that gives plain JSON, or undefined for nothing. What can be shown to
 * cost little is evaluated here; all else in a thread that is ended when it takes too long.
 *
 * @throws QuerySyntaxError now; the query throws EvaluationFailure.
 */
export function compileExpression(text: string): Query {
  const tree = compileWithLibrary(text).ast();
  const general = isBounded(tree) ? compileHere(text) : evaluateThere(text);
  let direct = compileDirect(tree);
  return (scope) => {
    if (direct === undefined) return general(scope);
    const value = direct(scope);
    if (value !== undecided) return value;
    // Data of this shape will come again; asking twice each time would cost more than it saves.
    direct = undefined;
    return general(scope);
  };
}

function compileHere(text: string): Query {
  const evaluate = compileEvaluation(text);
  return (scope) => evaluate(bindingsOf(scope), scope.entropy ?? systemEntropy);
}

function evaluateThere(text: string): Query {
  return (scope) => evaluateInThread(text, bindingsOf(scope), scope.entropy ?? systemEntropy);
}
