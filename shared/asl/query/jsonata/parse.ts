import { QuerySyntaxError } from "../errors.ts";
import { StepsExceeded } from "../isolation/steps.ts";
import { isObject } from "../json.ts";
import { MemoryExceeded } from "./failure.ts";
import { type LibraryExpression, loadLibrary, meter } from "./library.ts";
import { bounds, type LibraryBounds, stepsToParse } from "./limits.ts";

/** True for a string that is an expression: `{% ... %}` without anything around it (ASL: JSONata strings). */
export function isExpression(value: unknown): value is string {
  return typeof value === "string" && value.length >= 4 && value.startsWith("{%") && value.endsWith("%}");
}

/** The expression without its delimiters and the blanks inside them, as causes show it. */
export function expressionText(delimited: string): string {
  return delimited.slice(2, -2).trim();
}

/**
 * Reads an expression without delimiters.
 *
 * @param bounds what its evaluations may use, beside the steps that they are granted
 * @throws QuerySyntaxError with the parser's message, without its code, as AWS shows it.
 */
export function compileWithLibrary(text: string, bounds: LibraryBounds = inProcess): LibraryExpression {
  try {
    const expression = parseWithLibrary(text, bounds);
    refuseLaterOperators(expression.ast(), text);
    return expression;
  } catch (error) {
    if (isTooComplex(error)) throw new QuerySyntaxError("The expression is too complex", text, 0);
    if (!isObject(error) || typeof error.code !== "string") throw error;
    const position = typeof error.position === "number" ? error.position : 0;
    throw new QuerySyntaxError(String(error.message), text, Math.max(0, position - 1));
  }
}

/** As it is parsed, with what the library throws. It is granted steps for its length. */
export function parseWithLibrary(text: string, bounds: LibraryBounds = inProcess): LibraryExpression {
  const jsonata = loadLibrary();
  meter.left = stepsToParse.least + text.length * stepsToParse.perCharacter;
  return jsonata(text, bounds);
}

/** In this process steps are granted instead of time, and lists are no longer than there are steps. */
const inProcess: LibraryBounds = { stack: bounds.stack };

function isTooComplex(error: unknown): boolean {
  return error instanceof StepsExceeded || error instanceof MemoryExceeded || error instanceof RangeError;
}

/** Step Functions follows JSONata 2.0.6, which has neither `?:` nor `??`; the library reads both as conditions. */
function refuseLaterOperators(node: unknown, text: string): void {
  if (Array.isArray(node)) for (const item of node) refuseLaterOperators(item, text);
  if (!isObject(node)) return;
  if (node.type === "condition" && isObject(node.condition)) {
    const { condition, then, position } = node;
    const at = typeof position === "number" ? position - 1 : 0;
    // The library makes `a ?? b` of `$exists(a) ? a : b`: a call that stands nowhere.
    const isCoalescing = condition.position === undefined && isSameSource(firstArgument(condition), then);
    if (isCoalescing) throw new QuerySyntaxError('The symbol "?" cannot be used as a unary operator', text, at);
    const isElvis = isSameSource(condition, then);
    if (isElvis) throw new QuerySyntaxError('The symbol ":" cannot be used as a unary operator', text, at);
  }
  for (const child of Object.values(node)) refuseLaterOperators(child, text);
}

function firstArgument(node: unknown): unknown {
  return isObject(node) && Array.isArray(node.arguments) ? node.arguments[0] : undefined;
}

/** No two nodes have one position, unless both were made of the same characters. */
function isSameSource(left: unknown, right: unknown): boolean {
  const place = placeOf(left);
  return place !== undefined && place === placeOf(right);
}

/** The position of the first node that has one. */
function placeOf(tree: unknown): number | undefined {
  if (typeof tree !== "object" || tree === null) return undefined;
  if ("position" in tree && typeof tree.position === "number") return tree.position;
  for (const child of Object.values(tree)) {
    const place = placeOf(child);
    if (place !== undefined) return place;
  }
  return undefined;
}
