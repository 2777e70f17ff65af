import {
  invalidDefinitionMessage,
  isAcceptable,
  UNNAMED_STATE,
  validateInTurns,
  validateState,
} from "../../asl/index.ts";
import { refusals, ServiceError } from "../api/errors.ts";
import { findState, type JsonObject } from "../machines/definition-search.ts";

/** The state that is tested. */
export interface Subject {
  readonly name: string;
  readonly state: JsonObject;
  /** The query language that states of the definition have if they say nothing else. */
  readonly machineLanguage: unknown;
  /** Whether it is part of what a Map runs for each item. */
  readonly isOfItem: boolean;
}

/**
 * The state a definition is, or, with a name, the state of that name anywhere in it.
 * @throws ServiceError `InvalidDefinition`, `ValidationException`
 */
export async function findSubject(definition: string, stateName: string | undefined): Promise<Subject> {
  const diagnostics = stateName === undefined ? validateState(definition) : await validateInTurns(definition);
  if (!isAcceptable(diagnostics)) throw new ServiceError("InvalidDefinition", invalidDefinitionMessage(diagnostics));
  const parsed = JSON.parse(definition) as JsonObject;
  if (stateName === undefined)
    return { name: UNNAMED_STATE, state: parsed, machineLanguage: undefined, isOfItem: false };
  const found = findState(parsed, stateName);
  if (found === undefined) throw refusals.invalid("State not found in definition");
  return { name: stateName, ...found, machineLanguage: parsed.QueryLanguage };
}

/** A definition whose first state is the one tested; wherever it leads, something stands that does nothing. */
export function machineAround({ name, state, machineLanguage }: Subject): JsonObject {
  const rules = [
    ...((state.Choices ?? []) as readonly JsonObject[]),
    ...((state.Catch ?? []) as readonly JsonObject[]),
  ];
  const targets = [state.Next, state.Default, ...rules.map(({ Next }) => Next)].filter((to) => typeof to === "string");
  const stubs = Object.fromEntries(targets.map((target) => [target, { Type: "Succeed" }]));
  const language = machineLanguage === undefined ? {} : { QueryLanguage: machineLanguage };
  return { ...language, StartAt: name, States: { ...stubs, [name]: state } };
}
