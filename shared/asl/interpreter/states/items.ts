import { StatesError } from "../../errors.ts";
import { shownJson } from "../../query/index.ts";
import type { Branch } from "../branch.ts";
import type { MapState } from "../machine.ts";
import { itemsIn } from "../map-item.ts";

/** What a Map state maps over: the items of a list, or the fields of an object. */
export function itemsOf(branch: Branch, state: MapState, input: unknown): readonly unknown[] {
  const items = state.items(branch.scope.at(input));
  const list = itemsIn(items);
  if (list !== undefined) return list;
  const error = state.language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime";
  throw new StatesError(error, `Map state input must be an array but was: ${shownJson(items)}`);
}
