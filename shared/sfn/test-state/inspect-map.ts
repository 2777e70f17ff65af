import {
  batchesOf,
  itemsAtPointer,
  type MapState,
  mapItemOf,
  notAnArray,
  STATE_DATA,
  settled,
} from "../../asl/engine.ts";
import { stringifyExact } from "../../asl/index.ts";
import { isJsonPath, scopeOf, show, type Trial } from "./trial.ts";

/**
 * Shows how a Map takes its items from the effective input, and what it makes of them, up to what iterations would be given:
 * those themselves are mocked.
 *
 * @throws StatesError where there are no items, or a field cannot be evaluated
 */
export async function inspectMap(trial: Trial, state: MapState, effective: unknown): Promise<void> {
  const scope = scopeOf(trial, effective);
  const items = (await readItems(trial, state)) ?? (await settled(state.items, scope));
  if (!Array.isArray(items)) throw notAnArray(state, items);
  const limit = state.maxConcurrency === undefined ? 0 : await settled(state.maxConcurrency, scope);
  trial.inspection.maxConcurrency = limit;
  for (const field of ["toleratedFailureCount", "toleratedFailurePercentage"] as const) {
    const query = state[field];
    if (query !== undefined) trial.inspection[field] = await settled(query, scope);
  }
  if (isJsonPath(trial) && state.definition.ItemReader === undefined) show(trial, "afterItemsPath", items);
  const inputs = state.itemSelector === undefined ? items : await selected(trial, state, effective, items);
  if (state.itemSelector !== undefined) show(trial, "afterItemSelector", inputs);
  const batcher = state.distributed?.batcher;
  if (batcher !== undefined) {
    const batches = batchesOf(inputs, await settled(batcher.plan, scope));
    show(trial, "afterItemBatcher", batches);
  }
}

/** What the request gives in the place of an ItemReader's object, as far as `ItemsPointer` leads into it. */
async function readItems(trial: Trial, state: MapState): Promise<unknown> {
  const { readItems: read } = trial;
  if (read === undefined) return undefined;
  const pointer = state.definition.ItemReader?.ReaderConfig?.ItemsPointer;
  if (pointer === undefined || Array.isArray(read)) return Array.isArray(read) ? read : [read];
  const items = await itemsAtPointer(stringifyExact(read), pointer);
  show(trial, "afterItemsPointer", items);
  return items;
}

async function selected(trial: Trial, state: MapState, effective: unknown, items: readonly unknown[]) {
  const select = state.itemSelector!;
  return await Promise.all(
    items.map((value, index) => {
      const context = { ...(trial.context as object), Map: { Item: mapItemOf(value, index, STATE_DATA) } };
      return settled(select, scopeOf(trial, effective, { context }));
    }),
  );
}
