import type { Entropy } from "../scope.ts";
import { evaluationFailure, MemoryExceeded } from "./failure.ts";
import { bindStepFunctions } from "./functions.ts";
import { hazardsOf, longestText } from "./limits.ts";
import { compileWithLibrary } from "./parse.ts";
import { toPlainJson } from "./result.ts";

/** @returns plain JSON, or undefined for nothing @throws EvaluationFailure */
export type Evaluation = (bindings: Readonly<Record<string, unknown>>, entropy: Entropy) => unknown;

/** Compiles an expression for the library to evaluate, in whatever thread it stands. @throws QuerySyntaxError */
export function compileEvaluation(text: string): Evaluation {
  const expression = compileWithLibrary(text);
  let current: Entropy | undefined;
  bindStepFunctions(expression, () => current as Entropy);
  if (hazardsOf(expression.ast()).text) expression.assign(Symbol.for("jsonata.__evaluate_exit"), refuseLongText);
  return (bindings, entropy) => {
    current = entropy;
    try {
      return toPlainJson(expression.evaluate(undefined, bindings));
    } catch (error) {
      throw evaluationFailure(error);
    }
  };
}

function refuseLongText(_node: unknown, _input: unknown, _environment: unknown, result: unknown): void {
  if (typeof result === "string" && result.length > longestText) throw new MemoryExceeded();
}
