import { plainJson } from "../exact/plain.ts";
import { hereOrApart, StepsExceeded } from "../isolation/steps.ts";
import { type Entropy, type Query, systemEntropy } from "../scope.ts";
import { bindingsOf } from "./bindings.ts";
import { treatmentOf, variablesIn } from "./classify.ts";
import { compileDirect, undecided } from "./direct.ts";
import { evaluationFailure } from "./failure.ts";
import { bindStepFunctions } from "./functions.ts";
import { isolated } from "./isolated.ts";
import { type LibraryExpression, meter } from "./library.ts";
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
  const isReference = ["path", "variable"].includes(expression.ast().type);
  if (direct !== undefined && isReference) return asReferred(direct, general);
  return (scope) => {
    if (direct === undefined) return general(scope);
    const value = direct(scope);
    if (value !== undecided) return plainJson(value);
    // Data of this shape will come again; asking twice each time would cost more than it saves.
    direct = undefined;
    return general(scope);
  };
}

/** What is only referred to is handed on as it is, numbers as they were spelt. */
function asReferred(direct: Query, general: Query): Query {
  return (scope) => {
    const value = direct(scope);
    return value === undecided ? general(scope) : value;
  };
}

function compileGeneral(expression: LibraryExpression, text: string): Query {
  const names = variablesIn(expression.ast());
  const apart = isolated(text, names);
  if (treatmentOf(expression.ast()) === "isolated") return apart;
  return hereOrApart(meter, compileStepped(expression, names), apart);
}

function compileStepped(expression: LibraryExpression, names: ReadonlySet<string>): Query {
  let entropy: Entropy = systemEntropy;
  bindStepFunctions(expression, () => entropy);
  return (scope) => {
    entropy = scope.entropy ?? systemEntropy;
    try {
      return toPlainJson(expression.evaluate(undefined, bindingsOf(scope, names)));
    } catch (error) {
      throw error instanceof StepsExceeded ? error : evaluationFailure(error);
    }
  };
}
