import type { JsonObject } from "./definition-search.ts";

/** A variable where one may be named: the context (`$$`), the input (`$.`) and functions are none. */
const REFERENCE = /(?<!\$)\$([\p{ID_Start}_][\p{ID_Continue}]*)(?!\s*\()/gu;

/** Fields of a state that have states of their own in them. */
const NESTED = ["Branches", "ItemProcessor", "Iterator"];

/**
 * The variables that each state refers to, by the state's name, as DescribeStateMachine gives them: those that some state assigns,
 * each once, in the order of the definition. States that refer to none are left out.
 */
export function variableReferences(definition: string): Readonly<Record<string, readonly string[]>> {
  const machine = JSON.parse(definition) as JsonObject;
  const assigned = new Set<string>();
  const found: [string, readonly string[]][] = [];
  collectAssigned(machine, assigned);
  collect(machine, "JSONPath", (state, names) => {
    const known = [...new Set(names)].filter((name) => assigned.has(name));
    if (known.length > 0) found.push([state, known]);
  });
  // Also of a state that is called __proto__.
  return Object.fromEntries(found);
}

function collectAssigned(value: unknown, assigned: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    if (field === "Assign") for (const name of Object.keys(inner ?? {})) assigned.add(name.replace(/\.\$$/, ""));
    collectAssigned(inner, assigned);
  }
}

function collect(machine: JsonObject, outer: unknown, found: (state: string, names: readonly string[]) => void): void {
  const ofMachine = machine.QueryLanguage ?? outer;
  for (const [name, state] of Object.entries(machine.States as Readonly<Record<string, JsonObject>>)) {
    const language = state.QueryLanguage ?? ofMachine;
    const own = Object.fromEntries(Object.entries(state).filter(([field]) => !NESTED.includes(field)));
    found(name, namesIn(own, "", language === "JSONata"));
    const nested = [...((state.Branches ?? []) as readonly unknown[]), state.ItemProcessor, state.Iterator];
    // Whatever the processor's own fields say is the Map's.
    for (const inner of nested) if (inner !== undefined) collect(inner as JsonObject, ofMachine, found);
  }
}

function namesIn(value: unknown, field: string, isJsonata: boolean): readonly string[] {
  if (typeof value === "string") {
    const isRead = isJsonata ? /^\{%.*%\}$/s.test(value) : /(?:\.\$|Path|^Variable)$/.test(field);
    return isRead ? [...value.matchAll(REFERENCE)].map(([, name]) => name!) : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    namesIn(inner, Array.isArray(value) ? field : name, isJsonata),
  );
}
