import type { EventEnvelope } from "../../contracts/event.ts";
import type { StateId } from "../../contracts/ids.ts";
import { IllegalTransition } from "../errors.ts";

/** Fields that a transition depends on. The writer checks whole payloads; a log may still have been written by another. */

/** @throws {IllegalTransition} */
export function textOf(event: EventEnvelope, field: string): string {
  const value = event.payload[field];
  if (typeof value !== "string") throw misread(event, field, "text");
  return value;
}

/** @throws {IllegalTransition} */
export function oneOf<T extends string>(event: EventEnvelope, field: string, values: readonly T[]): T {
  const value = event.payload[field];
  if (!values.includes(value as T)) throw misread(event, field, values.join(" or "));
  return value as T;
}

/** `true`, or left out. @throws {IllegalTransition} */
export function flagOf(event: EventEnvelope, field: string): boolean {
  const value = event.payload[field];
  if (value !== undefined && value !== true) throw misread(event, field, "true or nothing");
  return value === true;
}

/** The states of a plan, each once, and the tags that skip some of them. @throws {IllegalTransition} */
export function plannedOf(event: EventEnvelope): {
  readonly states: readonly StateId[];
  readonly skipped: ReadonlyMap<string, string>;
} {
  const { states = [], skipped = {} } = event.payload;
  const isText = (value: unknown): boolean => typeof value === "string";
  if (!Array.isArray(states) || !states.every(isText)) throw misread(event, "states", "state ids");
  if (new Set(states).size < states.length) throw misread(event, "states", "every state once");
  if (typeof skipped !== "object" || skipped === null || !Object.values(skipped).every(isText)) {
    throw misread(event, "skipped", "tags by state id");
  }
  return { states: states as StateId[], skipped: new Map(Object.entries(skipped as Record<string, string>)) };
}

function misread(event: EventEnvelope, field: string, expected: string): IllegalTransition {
  const found = JSON.stringify(event.payload[field]) ?? "nothing";
  const shown = found.length > 80 ? `${found.slice(0, 77)}...` : found;
  return new IllegalTransition(
    `run ${event.run_id}, event ${event.seq} (${event.name}): field payload.${field}: expected ${expected}, found ${shown}; the log was not written by this machine, or is damaged: run \`restep verify ${event.run_id}\``,
    { details: { seq: event.seq, event: event.name, field } },
  );
}
