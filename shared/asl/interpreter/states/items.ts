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
  throw notAnArray(state, items);
}

/** AWS's error for what a Map cannot go over; in JSONPath it names the path, without the second dollar of the context. */
export function notAnArray({ language, definition }: MapState, items: unknown): StatesError {
  if (language === "JSONata") {
    const cause = `Map state input must be an array but was: ${shownJson(items)}`;
    return new StatesError("States.QueryEvaluationError", cause);
  }
  const path = (definition.ItemsPath ?? "$").replace(/^\$\$/, "$");
  return new StatesError("States.Runtime", `Reference path "${path}" must point to array.`, { isWhole: true });
}
