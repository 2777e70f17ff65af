import { type CompiledState, type Query, type Scope, settled } from "../../asl/engine.ts";
import { stringifyExact } from "../../asl/index.ts";

/** A state under test: what its queries see, and what is shown of its data. */
export interface Trial<State extends CompiledState = CompiledState> {
  readonly state: State;
  /** The raw input. */
  readonly input: unknown;
  readonly context: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What TestState shows of each step, filled in as the state runs. */
  readonly inspection: Record<string, unknown>;
  /** What an ItemReader would read: the items, or a document that they are in. */
  readonly readItems: unknown;
  /** Does the work of a Task, Map or Parallel state, or of its mock. */
  work(effectiveInput: unknown): Promise<unknown>;
}

/** What queries of the state see, with `input` as `$`. */
export function scopeOf(trial: Trial, input: unknown, more: Partial<Scope> = {}): Scope {
  return { input, context: trial.context, variables: trial.variables, ...more };
}

/** The query's value, or the input itself where the state has no such query. */
export async function evaluate(query: Query | undefined, trial: Trial, input: unknown): Promise<unknown> {
  return query === undefined ? input : await settled(query, scopeOf(trial, input));
}

/** Shows the data after a step, as JSON text. */
export function show(trial: Trial, step: string, value: unknown): void {
  trial.inspection[step] = stringifyExact(value);
}

export function isJsonPath({ state }: Trial): boolean {
  return state.language === "JSONPath";
}
