import { QuerySyntaxError } from "./errors.ts";
import { compileIntrinsic } from "./intrinsics/compile.ts";
import { isObject, setOwn } from "./json.ts";
import { compileTemplatePath } from "./path.ts";
import type { Query } from "./scope.ts";

/**
 * Compiles a payload template (ASL): in every object, at any depth, a key that ends in `.$` takes the value that its
 * path or intrinsic call gives, under the key without the suffix. What holds no such key is shared, not copied; a
 * template without any gives itself.
 *
 * @throws QuerySyntaxError now; the query throws StatesError where a path selects nothing or a function fails.
 */
export function compileTemplate(template: unknown): Query {
  return compileNode(template) ?? (() => template);
}

/** Undefined if nothing in the template depends on the scope. */
function compileNode(node: unknown): Query | undefined {
  if (Array.isArray(node)) return compileArray(node);
  return isObject(node) ? compileObject(node) : undefined;
}

function compileArray(items: readonly unknown[]): Query | undefined {
  const queries = items.map(compileNode);
  if (queries.every((query) => query === undefined)) return undefined;
  return (scope) =>
    items.map((item, index) => {
      const query = queries[index];
      return query === undefined ? item : query(scope);
    });
}

interface Field {
  readonly key: string;
  readonly query: Query | undefined;
  readonly value: unknown;
}

function compileObject(node: Readonly<Record<string, unknown>>): Query | undefined {
  const fields = Object.entries(node).map(([key, value]): Field => {
    if (!key.endsWith(".$")) return { key, query: compileNode(value), value };
    return { key: key.slice(0, -2), query: compileDynamic(value, key), value: undefined };
  });
  if (fields.every((field) => field.query === undefined)) return undefined;
  return (scope) => {
    const made: Record<string, unknown> = {};
    for (const { key, query, value } of fields) setOwn(made, key, query === undefined ? value : query(scope));
    return made;
  };
}

function compileDynamic(value: unknown, key: string): Query {
  if (typeof value === "string" && value.startsWith("$")) return compileTemplatePath(value, key);
  if (typeof value === "string" && value.startsWith("States.")) return compileIntrinsic(value);
  const message = `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`;
  throw new QuerySyntaxError(message, typeof value === "string" ? value : JSON.stringify(value), 0);
}
