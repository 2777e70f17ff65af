/**
 * How a flow's Maps are carried out: within the execution, at most 40 items at a time and with all events in its history, or each item
 * as a child execution with a history of its own.
 */
export const MAP_MODES = ["inline", "distributed"] as const;
export type MapMode = (typeof MAP_MODES)[number];

interface State {
  readonly Type: string;
  readonly ItemProcessor?: States;
  readonly [field: string]: unknown;
}

interface States {
  readonly States: Readonly<Record<string, State>>;
  readonly [field: string]: unknown;
}

/**
 * A definition's text with its Maps carried out in this way. Nothing else differs: what a child has to know of its run comes with its
 * item, and which of them failed stands in the run's log. Items stay in the state's input, for a flow makes no more shards than fit.
 */
export function withMaps(definition: string, mode: MapMode): string {
  if (mode === "inline") return definition;
  return JSON.stringify(distributed(JSON.parse(definition) as States), null, 2);
}

function distributed(machine: States): States {
  const states = Object.entries(machine.States).map(([name, state]) => {
    const { ItemProcessor } = state;
    if (ItemProcessor === undefined) return [name, state] as const;
    // Standard, for a shard may take longer than the five minutes of Express, and is not to be done twice.
    const ProcessorConfig = { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" };
    return [
      name,
      { ...state, Label: name, ItemProcessor: { ...distributed(ItemProcessor), ProcessorConfig } },
    ] as const;
  });
  return { ...machine, States: Object.fromEntries(states) };
}

/** What a Map in this mode tells at its beginning; the mode of an execution whose history has it. */
const OPENINGS: Readonly<Record<string, MapMode>> = { MapIterationStarted: "inline", MapRunStarted: "distributed" };

/** How an execution carries out its Maps, where it came to one. @param history events of its history */
export function mapModeIn(history: Iterable<{ readonly type: string }>): MapMode | undefined {
  for (const { type } of history) {
    const mode = OPENINGS[type];
    if (mode !== undefined) return mode;
  }
  return undefined;
}
