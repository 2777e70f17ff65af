export type JsonObject = Readonly<Record<string, unknown>>;

/** The state of a name in a valid definition or in a machine nested in it. */
export function findState(machine: JsonObject, name: string): JsonObject | undefined {
  const states = machine.States as Readonly<Record<string, JsonObject>>;
  if (Object.hasOwn(states, name)) return states[name];
  for (const state of Object.values(states)) {
    const branches = (state.Branches ?? []) as readonly JsonObject[];
    for (const nested of [...branches, state.ItemProcessor, state.Iterator]) {
      const found = nested === undefined ? undefined : findState(nested as JsonObject, name);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
