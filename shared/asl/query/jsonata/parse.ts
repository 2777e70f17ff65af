import { QuerySyntaxError } from "../errors.ts";
import { isObject } from "../json.ts";
import { type LibraryExpression, loadLibrary } from "./library.ts";
import { bounds, hazardsOf } from "./limits.ts";

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
 * @throws QuerySyntaxError with the parser's message, without its code, as AWS shows it.
 */
export function compileWithLibrary(text: string): LibraryExpression {
  const jsonata = loadLibrary();
  try {
    const { sequence, ...others } = bounds;
    const expression = jsonata(text, others);
    refuseLaterOperators(expression.ast(), text);
    return hazardsOf(expression.ast()).lists ? jsonata(text, { ...others, sequence }) : expression;
  } catch (error) {
    if (!isObject(error) || typeof error.code !== "string") throw error;
    const position = typeof error.position === "number" ? error.position : 0;
    throw new QuerySyntaxError(String(error.message), text, Math.max(0, position - 1));
  }
}

/** Step Functions follows JSONata 2.0.6, which has neither `?:` nor `??`; the library reads both as conditions. */
function refuseLaterOperators(node: unknown, text: string): void {
  if (Array.isArray(node)) for (const item of node) refuseLaterOperators(item, text);
  if (!isObject(node)) return;
  if (node.type === "condition" && isObject(node.condition)) {
    const { condition, then, position } = node;
    const at = typeof position === "number" ? position - 1 : 0;
    const isElvis = isSameSource(condition, then);
    const isCoalescing = condition.position === undefined && isSameSource(firstArgument(condition), then);
    if (isElvis) throw new QuerySyntaxError('The symbol ":" cannot be used as a unary operator', text, at);
    if (isCoalescing) throw new QuerySyntaxError('The symbol "?" cannot be used as a unary operator', text, at);
  }
  for (const child of Object.values(node)) refuseLaterOperators(child, text);
}

function firstArgument(node: unknown): unknown {
  return isObject(node) && Array.isArray(node.arguments) ? node.arguments[0] : undefined;
}

/** Nodes carry their position, so two that read alike come from the same characters. */
function isSameSource(left: unknown, right: unknown): boolean {
  return left !== undefined && JSON.stringify(left) === JSON.stringify(right);
}
