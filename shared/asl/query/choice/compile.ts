import { StatesError } from "../../errors.ts";
import { QuerySyntaxError } from "../errors.ts";
import { answerApart } from "../isolation/apart.ts";
import type { ComparisonJob } from "../isolation/job.ts";
import { takeSteps } from "../isolation/steps.ts";
import { isObject, type JsonObject } from "../json.ts";
import { compileJsonata } from "../jsonata/template.ts";
import { compileLookup } from "../jsonpath/lookup.ts";
import { parsePath } from "../jsonpath/parse.ts";
import type { Query, Scope } from "../scope.ts";
import { comparisons, stepsOfTexts, typeTests } from "./operators.ts";
import { hasOpenEscape } from "./wildcard.ts";

type Rule = (scope: Scope) => boolean;

/**
 * Compiles the Choices of a Choice state: JSONPath rules, or JSONata ones with a `Condition`. The query gives the
 * index of the first rule that holds, and undefined if none does; later rules are not evaluated.
 *
 * @throws QuerySyntaxError now; the query throws States.Runtime if a path selects nothing (except for IsPresent) and
 * States.QueryEvaluationError if a condition fails or is no boolean.
 */
export function compileChoice(choices: readonly unknown[]): Query<number | undefined> {
  const rules = choices.map(compileTopRule);
  return (scope) => {
    for (let index = 0; index < rules.length; index += 1) if (rules[index]?.(scope)) return index;
    return undefined;
  };
}

function compileTopRule(choice: unknown, index: number): Rule {
  if (!isObject(choice)) throw misfit("a choice rule must be an object", choice);
  if (!Object.hasOwn(choice, "Condition")) return compileRule(choice);
  const condition = compileJsonata(choice.Condition, `Choices[${index}]/Condition`);
  return (scope) => condition(scope) === true;
}

function compileRule(rule: unknown): Rule {
  if (!isObject(rule)) throw misfit("a choice rule must be an object", rule);
  if (Array.isArray(rule.And)) return all(rule.And.map(compileRule));
  if (Array.isArray(rule.Or)) return any(rule.Or.map(compileRule));
  if (Object.hasOwn(rule, "Not")) {
    const inner = compileRule(rule.Not);
    return (scope) => !inner(scope);
  }
  return compileTest(rule);
}

function all(rules: readonly Rule[]): Rule {
  return (scope) => {
    for (const rule of rules) if (!rule(scope)) return false;
    return true;
  };
}

function any(rules: readonly Rule[]): Rule {
  return (scope) => {
    for (const rule of rules) if (rule(scope)) return true;
    return false;
  };
}

function compileTest(rule: JsonObject): Rule {
  const operator = Object.keys(rule).find(isOperator);
  if (operator === undefined) throw misfit("a choice rule needs an operator such as StringEquals", rule);
  const wanted = rule[operator];
  if (operator === "IsPresent") {
    const lookup = compileLookup(parsePath(pathText(rule.Variable, "Variable")));
    return (scope) => (lookup(scope) !== undefined) === wanted;
  }
  const variable = compileRequired(rule.Variable, "Variable");
  const isOfType = typeTests[operator];
  if (isOfType !== undefined) return (scope) => isOfType(variable(scope)) === wanted;
  if (operator === "StringMatches" && hasOpenEscape(String(wanted))) return openEscape(String(wanted));
  if (comparisons[operator] !== undefined) return compileComparison(operator, variable, () => wanted);
  return compileComparison(operator.slice(0, -"Path".length), variable, compileRequired(wanted, operator));
}

/** An error when it is evaluated, not before (ASL: Data-test expression, StringMatches). The words are ours. */
function openEscape(pattern: string): Rule {
  const cause = `The pattern '${pattern}' of StringMatches has a backslash before neither '*' nor another backslash`;
  return () => {
    throw new StatesError("States.Runtime", cause);
  };
}

function compileComparison(operator: string, left: Query, right: Query): Rule {
  const comparison = comparisons[operator];
  if (comparison === undefined) throw misfit(`${operator} is no comparison operator`, operator);
  const steps = stepsOfTexts(operator);
  if (steps === undefined) return (scope) => comparison(left(scope), right(scope));
  const query = {};
  const compareApart = (scope: Scope, ...values: ComparisonJob["values"]): boolean => {
    const job = (): ComparisonJob => ({ kind: "comparison", text: operator, values });
    return answerApart(query, scope, job, (why) => {
      return new StatesError("States.Runtime", `${operator} could not be evaluated${why}`);
    }) as boolean;
  };
  return (scope) => {
    const value = left(scope);
    const wanted = right(scope);
    if (typeof value !== "string" || typeof wanted !== "string") return false;
    const taken = steps(value.length, wanted.length);
    return taken < 1 || takeSteps(scope, taken) ? comparison(value, wanted) : compareApart(scope, value, wanted);
  };
}

/** True for the 39 names that a rule may compare with (ASL: Data-test Expressions). */
export function isOperator(name: string): boolean {
  if (name === "IsPresent" || Object.hasOwn(typeTests, name) || Object.hasOwn(comparisons, name)) return true;
  return name.endsWith("Path") && name !== "StringMatchesPath" && Object.hasOwn(comparisons, name.slice(0, -4));
}

function compileRequired(text: unknown, field: string): Query {
  const path = parsePath(pathText(text, field));
  const lookup = compileLookup(path);
  return (scope) => {
    const value = lookup(scope);
    if (value !== undefined) return value;
    const cause = `Invalid path '${path.text}': The choice state's condition path references an invalid value.`;
    throw new StatesError("States.Runtime", cause);
  };
}

function pathText(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw misfit(`${field} must be a path`, value);
}

function misfit(message: string, value: unknown): QuerySyntaxError {
  return new QuerySyntaxError(message, JSON.stringify(value) ?? "nothing", 0);
}
