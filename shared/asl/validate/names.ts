import type { Diagnostic } from "./diagnostic.ts";
import { type Machine, stateLocation, statesOf } from "./machines.ts";

/** State names and labels are unique in the whole definition, nested machines included. */
export function checkNames(machines: readonly Machine[]): readonly Diagnostic[] {
  const named = machines.flatMap((machine) =>
    statesOf(machine).map(([name, state]) => ({ name, label: state.Label, location: stateLocation(machine, name) })),
  );
  const labelled = named.filter(({ label }) => typeof label === "string");
  return [
    ...repeated(named, ({ name }) => name).map(({ name, location }) => duplicateState(name, location)),
    ...repeated(labelled, ({ label }) => label).map(({ label, location }): Diagnostic => {
      const message = `Duplicate label name: ${label}`;
      return { severity: "ERROR", code: "DUPLICATE_LABEL_NAME", message, location: `${location}/Label` };
    }),
  ];
}

export function duplicateState(name: string, location: string): Diagnostic {
  return { severity: "ERROR", code: "DUPLICATE_STATE_NAME", message: `Duplicate State name: ${name}`, location };
}

function repeated<T>(items: readonly T[], keyOf: (item: T) => unknown): readonly T[] {
  const seen = new Set<unknown>();
  return items.filter((item) => {
    const key = keyOf(item);
    const isRepeated = seen.has(key);
    seen.add(key);
    return isRepeated;
  });
}
