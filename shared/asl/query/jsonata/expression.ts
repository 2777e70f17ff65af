import { type Entropy, type Query, systemEntropy } from "../scope.ts";
import { bindingsOf } from "./bindings.ts";
import { treatmentOf, variablesIn } from "./classify.ts";
import { compileDirect, undecided } from "./direct.ts";
import { evaluationFailure } from "./failure.ts";
import { bindStepFunctions } from "./functions.ts";
import { isolated } from "./isolated.ts";
import { type LibraryExpression, meter } from "./library.ts";
import { stepsInProcess } from "./limits.ts";
import { StepsExceeded } from "./meter.ts";
import { compileWithLibrary } from "./parse.ts";
import { toPlainJson } from "./result.ts";

/**
 * Compiles an expression without delimiters to a query that gives plain JSON, or undefined for nothing.
 *
 * It is evaluated in one of three ways: by a closure, if it is as plain as that; by the library, for as many steps as
 * leave the rest of the process its turn; and, if it takes more or cannot be counted, in a thread that can be ended.
 *
 * @throws QuerySyntaxError now; the query throws EvaluationFailure.
 */
export function compileExpression(text: string): Query {
  const expression = compileWithLibrary(text);
  const general = compileGeneral(expression, text);
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

/** Evaluations that go to the thread at once after one that took too many steps: the next are likely to be as long. */
const MOVED_IN_A_ROW = 100;

function compileGeneral(expression: LibraryExpression, text: string): Query {
  const names = variablesIn(expression.ast());
  const apart = isolated(text, names);
  if (treatmentOf(expression.ast()) === "isolated") return apart;
  const evaluate = compileStepped(expression, names);
  let toMove = 0;
  return (scope) => {
    if (toMove > 0) {
      toMove -= 1;
      return apart(scope);
    }
    const value = evaluate(scope);
    if (value !== tooManySteps) return value;
    toMove = MOVED_IN_A_ROW;
    return apart(scope);
  };
}

const tooManySteps: unique symbol = Symbol("too many steps");

function compileStepped(expression: LibraryExpression, names: ReadonlySet<string>): Query {
  let entropy: Entropy = systemEntropy;
  bindStepFunctions(expression, () => entropy);
  return (scope) => {
    entropy = scope.entropy ?? systemEntropy;
    const { evaluations } = scope;
    const granted = Math.min(stepsInProcess, evaluations?.steps ?? stepsInProcess);
    meter.left = granted;
    try {
      return toPlainJson(expression.evaluate(undefined, bindingsOf(scope, names)));
    } catch (error) {
      if (error instanceof StepsExceeded) return tooManySteps;
      throw evaluationFailure(error);
    } finally {
      if (evaluations !== undefined) evaluations.steps -= granted - meter.left;
    }
  };
}
