import { StatesError } from "../../errors.ts";
import { shownJson } from "../../query/index.ts";
import type { Branch } from "../branch.ts";
import type { MapState } from "../machine.ts";

/** The list a Map state maps over. */
export function itemsOf(branch: Branch, state: MapState, input: unknown): readonly unknown[] {
  const items = state.items(branch.scope.at(input));
  if (Array.isArray(items)) return items;
  const error = state.language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime";
  throw new StatesError(error, `Map state input must be an array but was: ${shownJson(items)}`);
}
