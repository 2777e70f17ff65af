import { compileChoice } from "./choice/compile.ts";
import { compileJsonata } from "./jsonata/template.ts";
import { memoize } from "./memo.ts";
import { compilePath } from "./path.ts";
import { compileResultPath } from "./result-path.ts";
import type { Query, Scope } from "./scope.ts";
import { compileTemplate } from "./template.ts";

/*
 * Compile and run in one call. Each compiles what it meets for the first time; code that runs a definition again and
 * again keeps the compiled queries instead.
 */

const pathsByField = memoize((field: string) => memoize((path: string) => compilePath(path, field)));
const resultPaths = memoize(compileResultPath);
const templates = new WeakMap<object, Query>();
const choices = new WeakMap<object, Query<number | undefined>>();
const jsonataByField = memoize((field: string) => ({
  byText: memoize((text: string) => compileJsonata(text, field)),
  byTemplate: new WeakMap<object, Query>(),
}));

/** See {@link compilePath}. */
export function selectPath(path: string, scope: Scope, field: string): unknown {
  return pathsByField(field)(path)(scope);
}

/** See {@link compileResultPath}. */
export function applyResultPath(path: string | null | undefined, input: unknown, result: unknown): unknown {
  return resultPaths(path)(input, result);
}

/** See {@link compileTemplate}; AWS names the key in causes, not the field, so that the field is not used. */
export function evaluateTemplate(template: unknown, scope: Scope, _field?: string): unknown {
  if (typeof template !== "object" || template === null) return template;
  return remembered(templates, template, () => compileTemplate(template))(scope);
}

/** See {@link compileChoice}. */
export function evaluateChoice(rules: readonly unknown[], scope: Scope): number | undefined {
  return remembered(choices, rules, () => compileChoice(rules))(scope);
}

/** See {@link compileJsonata}. */
export function evaluateJsonata(template: unknown, scope: Scope, field: string): unknown {
  const { byText, byTemplate } = jsonataByField(field);
  if (typeof template === "string") return byText(template)(scope);
  if (typeof template !== "object" || template === null) return template;
  return remembered(byTemplate, template, () => compileJsonata(template, field))(scope);
}

function remembered<Key extends object, Value>(known: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
