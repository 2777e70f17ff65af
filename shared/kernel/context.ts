import type * as z from "zod";
import type { ContextSnapshot } from "../contracts/context-snapshot.ts";
import { type ArtifactRef, ContextKey, type RunId, type StateId } from "../contracts/ids.ts";
import type { ArtifactReader } from "../stores/ports.ts";
import { ContractInputMissing } from "./errors.ts";
import { parseAs } from "./parse.ts";
import type { RunRecord } from "./run/record.ts";
import { readSnapshot } from "./snapshots.ts";
import { scopeOf } from "./state-ids.ts";

/** `run_lifecycle.lift.shard_3` -> `lift.shard_3`, `run_lifecycle.link.main` -> `link`. */
export function contextKeyOf(stateId: StateId): ContextKey {
  return ContextKey.parse(scopeOf(stateId));
}

/** A state that completed, and what it gave back. */
export interface EndedState {
  readonly stateId: StateId;
  readonly snapshot: ArtifactRef;
}

/**
 * What every state that completed gave back. Values are references, so that the context of 200 shards is 200 lines.
 * @param ending states whose ends are not in the record yet
 */
export function contextOf(
  runId: RunId,
  record: Pick<RunRecord, "steps">,
  ...ending: readonly EndedState[]
): ContextSnapshot {
  const states: Record<ContextKey, ArtifactRef> = {};
  for (const { stateId, state, snapshot } of record.steps.values()) {
    if (snapshot !== undefined && state === "succeeded") states[contextKeyOf(stateId)] = snapshot;
  }
  for (const { stateId, snapshot } of ending) states[contextKeyOf(stateId)] = snapshot;
  return { schema_version: 1, kind: "restep.context", run_id: runId, states };
}

/** A context to read: of a checkpoint, or of a run as it is now. */
export interface ContextReader {
  readonly keys: readonly ContextKey[];
  /** @throws {ContractInputMissing} when there is no such key; {ValidationFailed} when the value is not of that schema */
  read<S extends z.ZodType>(key: string, schema: S): Promise<z.infer<S>>;
  /** Every value, by key. */
  dump(): Promise<Record<ContextKey, unknown>>;
}

export function readContext(artifacts: ArtifactReader, { run_id, states }: ContextSnapshot): ContextReader {
  const keys = (Object.keys(states) as ContextKey[]).sort();
  return {
    keys,
    async read(key, schema) {
      const ref = states[key as ContextKey];
      if (ref === undefined) {
        throw new ContractInputMissing(
          `context of run ${run_id}: expected one of the keys ${keys.join(", ") || "(none yet)"}, found ${key}`,
        );
      }
      return parseAs(schema, await readSnapshot(artifacts, ref), `context of run ${run_id}, key ${key}`);
    },
    async dump() {
      const values = await Promise.all(keys.map((key) => readSnapshot(artifacts, states[key]!)));
      return Object.fromEntries(keys.map((key, index) => [key, values[index]])) as Record<ContextKey, unknown>;
    },
  };
}
