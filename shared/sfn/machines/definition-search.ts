export type JsonObject = Readonly<Record<string, unknown>>;

/** A state of a definition. */
export interface FoundState {
  readonly state: JsonObject;
  /** Whether it is run for an item of a Map, which the context object tells of. */
  readonly isOfItem: boolean;
}

/** The state of a name in a valid definition or in a machine nested in it. */
export function findState(machine: JsonObject, name: string, isOfItem = false): FoundState | undefined {
  const states = machine.States as Readonly<Record<string, JsonObject>>;
  const own = Object.hasOwn(states, name) ? states[name] : undefined;
  if (own !== undefined) return { state: own, isOfItem };
  for (const state of Object.values(states)) {
    const branches = (state.Branches ?? []) as readonly JsonObject[];
    for (const branch of branches) {
      const found = findState(branch, name, isOfItem);
      if (found !== undefined) return found;
    }
    const processor = (state.ItemProcessor ?? state.Iterator) as JsonObject | undefined;
    const found = processor && findState(processor, name, true);
    if (found !== undefined) return found;
  }
  return undefined;
}
