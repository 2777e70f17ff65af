import type { CatchDefinition, QueryLanguage, RetryDefinition, StateDefinition } from "../../definition.ts";
import { compileJsonata, compileResultPath, type Query } from "../../query/index.ts";
import type { Catcher, CompiledState, DataFlow, Retrier } from "../machine.ts";
import { compileFilter, type Fields, template } from "./fields.ts";

/** Compiles how a state reads its input and shapes its output. */
export function compileDataFlow(definition: StateDefinition, language: QueryLanguage): DataFlow {
  const fields = definition as unknown as Fields;
  const jsonata = (field: string): Query | undefined =>
    language === "JSONata" && fields[field] !== undefined ? compileJsonata(fields[field], field) : undefined;
  const isJsonPath = language === "JSONPath";
  return {
    inputPath: isJsonPath ? compileFilter(fields.InputPath, "InputPath") : undefined,
    parameters: isJsonPath ? template(fields.Parameters) : jsonata("Arguments"),
    resultSelector: isJsonPath ? template(fields.ResultSelector) : undefined,
    resultPath: isJsonPath ? resultPath(fields.ResultPath) : undefined,
    outputPath: isJsonPath ? compileFilter(fields.OutputPath, "OutputPath") : undefined,
    output: jsonata("Output"),
    assign: isJsonPath ? template(fields.Assign) : jsonata("Assign"),
  };
}

function resultPath(path: unknown): DataFlow["resultPath"] {
  return path === undefined || path === "$" ? undefined : compileResultPath(path as string | null);
}

const DEFAULT_INTERVAL_SECONDS = 1;
const DEFAULT_MAX_ATTEMPTS = 3;
const DEFAULT_BACKOFF_RATE = 2;

export function compileRetrier(retry: RetryDefinition): Retrier {
  return {
    errorEquals: retry.ErrorEquals,
    intervalSeconds: retry.IntervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
    maxAttempts: retry.MaxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    backoffRate: retry.BackoffRate ?? DEFAULT_BACKOFF_RATE,
    maxDelaySeconds: retry.MaxDelaySeconds,
    hasFullJitter: retry.JitterStrategy === "FULL",
  };
}

export function compileCatcher(
  definition: CatchDefinition,
  index: number,
  language: QueryLanguage,
  next: CompiledState,
): Catcher {
  const field = (name: string) => `Catch[${index}]/${name}`;
  const jsonata = (name: "Output" | "Assign"): Query | undefined =>
    definition[name] === undefined ? undefined : compileJsonata(definition[name], field(name));
  const isJsonPath = language === "JSONPath";
  return {
    errorEquals: definition.ErrorEquals,
    next,
    resultPath: isJsonPath ? resultPath(definition.ResultPath) : undefined,
    output: isJsonPath ? undefined : jsonata("Output"),
    assign: isJsonPath ? template(definition.Assign) : jsonata("Assign"),
  };
}
