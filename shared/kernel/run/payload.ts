import type { SequencedEvent } from "../../contracts/event.ts";
import type { OpId, RunId, StateId } from "../../contracts/ids.ts";
import { ResumedFrom } from "../../contracts/resumption.ts";
import { IllegalTransition } from "../errors.ts";

/** Fields that a transition depends on. The writer checks whole payloads; a log may still have been written by another. */

/** @throws {IllegalTransition} */
export function textOf(event: SequencedEvent, field: string): string {
  const value = event.payload[field];
  if (typeof value !== "string") throw misread(event, field, "text");
  return value;
}

/** @throws {IllegalTransition} */
export function oneOf<T extends string>(event: SequencedEvent, field: string, values: readonly T[]): T {
  const value = event.payload[field];
  if (!values.includes(value as T)) throw misread(event, field, values.join(" or "));
  return value as T;
}

/** `true`, or left out. @throws {IllegalTransition} */
export function flagOf(event: SequencedEvent, field: string): boolean {
  const value = event.payload[field];
  if (value !== undefined && value !== true) throw misread(event, field, "true or nothing");
  return value === true;
}

/** What a run begins with. */
export interface RunStart {
  readonly opId?: OpId;
  readonly opVersion?: string;
  readonly stateMachineSha256?: string;
  readonly failureBranch?: StateId;
  /** The plan's states, each once. */
  readonly states: readonly StateId[];
  /** The tags that skip some of them. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** @throws {IllegalTransition} */
export function startOf(event: SequencedEvent): RunStart {
  const { states = [], skipped = {} } = event.payload;
  const isText = (value: unknown): boolean => typeof value === "string";
  if (!Array.isArray(states) || !states.every(isText)) throw misread(event, "states", "state ids");
  if (new Set(states).size < states.length) throw misread(event, "states", "every state once");
  if (typeof skipped !== "object" || skipped === null || !Object.values(skipped).every(isText)) {
    throw misread(event, "skipped", "tags by state id");
  }
  const named = (field: string) => (event.payload[field] === undefined ? undefined : textOf(event, field));
  const [opId, opVersion] = [named("op_id"), named("op_version")];
  const [stateMachineSha256, failureBranch] = [named("state_machine_sha256"), named("failure_branch")];
  return {
    ...(opId === undefined ? {} : { opId: opId as OpId }),
    ...(opVersion === undefined ? {} : { opVersion }),
    ...(stateMachineSha256 === undefined ? {} : { stateMachineSha256 }),
    ...(failureBranch === undefined ? {} : { failureBranch: failureBranch as StateId }),
    states: states as StateId[],
    skipped: new Map(Object.entries(skipped as Record<string, string>)),
  };
}

/** What a run's request says of where it comes from. @throws {IllegalTransition} */
export function requestOf(event: SequencedEvent): { readonly parent?: RunId; readonly resumedFrom?: ResumedFrom } {
  const { parent_run_id, resumed_from } = event.payload;
  const from = resumed_from === undefined ? undefined : ResumedFrom.safeParse(resumed_from);
  if (from?.success === false) throw misread(event, "resumed_from", "a run and its recovery point");
  return {
    ...(parent_run_id === undefined ? {} : { parent: textOf(event, "parent_run_id") as RunId }),
    ...(from === undefined ? {} : { resumedFrom: from.data }),
  };
}

function misread(event: SequencedEvent, field: string, expected: string): IllegalTransition {
  const found = JSON.stringify(event.payload[field]) ?? "nothing";
  const shown = found.length > 80 ? `${found.slice(0, 77)}...` : found;
  return new IllegalTransition(
    `run ${event.run_id}, event ${event.seq} (${event.name}): field payload.${field}: expected ${expected}, found ${shown}; the log was not written by this machine, or is damaged: run \`restep verify ${event.run_id}\``,
    { details: { seq: event.seq, event: event.name, field } },
  );
}
