import type { QueryLanguage } from "../../definition.ts";
import { StatesError } from "../../errors.ts";
import {
  asDouble,
  compileJsonata,
  compilePath,
  compileTemplate,
  type Query,
  shownJson,
  shownText,
} from "../../query/index.ts";

/** The fields of a definition, whatever its type. */
export type Fields = Readonly<Record<string, unknown>>;

/** InputPath and OutputPath: `$` takes everything and needs no work, null takes nothing. */
export function compileFilter(path: unknown, field: string): Query | undefined {
  if (path === undefined || path === "$") return undefined;
  return path === null ? () => ({}) : compilePath(path as string, field);
}

export const template = (value: unknown): Query | undefined =>
  value === undefined ? undefined : compileTemplate(value);

/**
 * A field with two spellings: in JSONPath a literal or a path under another name, in JSONata a literal or an expression.
 */
export function compileValue(fields: Fields, field: string, language: QueryLanguage): Query | undefined {
  const path = fields[`${field}Path`];
  if (language === "JSONPath" && typeof path === "string") return compilePath(path, `${field}Path`);
  const value = fields[field];
  if (value === undefined) return undefined;
  return language === "JSONata" ? compileJsonata(value, field) : () => value;
}

/** Which numbers a field takes. Those that AWS gives no bounds for when it evaluates them have none here. */
export interface NumberRule {
  /** What AWS calls the number in its error. Default `integer`. */
  readonly kind?: "integer" | "float";
  readonly least?: 0 | 1;
  readonly most?: number;
}

/**
 * Compiles a field that takes a number: a literal, in JSONPath a path under the name with `Path`, in JSONata an
 * expression. What a path selects may also be the text of a number.
 */
export function compileNumber(
  fields: Fields,
  field: string,
  language: QueryLanguage,
  rule: NumberRule = {},
): Query<number> | undefined {
  const query = compileValue(fields, field, language);
  if (query === undefined) return undefined;
  const path = fields[`${field}Path`];
  const isPath = language === "JSONPath" && typeof path === "string";
  const { kind = "integer", least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = rule;
  const fail = (cause: string): never => {
    const error = language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime";
    throw new StatesError(error, cause, language === "JSONata" ? { location: field } : {});
  };
  return (scope) => {
    const value = query(scope);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : asDouble(value);
    if (typeof number !== "number" || Number.isNaN(number) || (kind === "integer" && !Number.isInteger(number))) {
      return fail(
        isPath
          ? `The ${field}Path field refers to value "${shownText(value)}" which is not a valid ${kind}: ${path}`
          : `The ${field} field is not a valid ${kind}: ${shownJson(value)}`,
      );
    }
    return number < least || number > most ? fail(`${field} ${boundsOf(rule)}.`) : number;
  };
}

function boundsOf({ least, most }: NumberRule): string {
  if (most !== undefined) return `must be between ${least} and ${most}`;
  return least === 0 ? "cannot be negative" : "must be positive";
}
