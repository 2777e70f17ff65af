import { FactIndex, type FactIndexEntry } from "../../contracts/facts.ts";
import { getDocument } from "../documents.ts";
import { isWanted } from "../event-profile.ts";
import { createIoProvider, type IoProvider } from "../io/provider.ts";
import type { StepRecord } from "../run/record.ts";
import { secretKeyIn } from "../secrets/seal.ts";
import { scopeOf } from "../state-ids.ts";
import { defineCapability, extend } from "./capability.ts";
import type { Recorded } from "./recorded.ts";
import type { Guarded } from "./secrets-guard.ts";

export interface Asking {
  /** What the attempt reaches the outside through. @param undone the state that is taken back, for a compensation */
  readonly ioFor: (undone?: StepRecord) => IoProvider;
}

/** Everything from outside is a recorded fact: live it is asked for, in replay it is read back. */
export const facts = defineCapability<Guarded & Recorded, Asking>("facts", 1, {
  around: (attempt, next) => next(extend(attempt, { ioFor: (undone?: StepRecord) => ioOf(attempt, undone) })),
});

function ioOf(attempt: Guarded & Recorded, undone: StepRecord | undefined): IoProvider {
  const { call, config, guard, recorder, world } = attempt;
  const { io } = world;
  const scope = scopeOf(attempt.stateId);
  return createIoProvider({
    mode: io.mode === "replay" ? "replay" : config.io_mode,
    ...(undone === undefined
      ? { scope }
      : {
          scope: `${scope}.${scopeOf(undone.stateId)}`,
          past: { scope: scopeOf(undone.stateId), attempt: undone.attempt },
        }),
    attempt: call.attempt,
    facts: () => factsFor(attempt),
    artifacts: world.artifacts,
    record: recorder.record,
    transports: io.mode === "replay" ? {} : io.transports(config),
    missingFactRetryable: config.replay_missing_fact_retryable,
    guard: guard.refuse,
    secretKey: () => secretKeyIn(world.environment),
    // At once: circuits open in attempts that fail.
    async onCircuitChange(change) {
      const name = "recomp.service.circuit_changed";
      if (isWanted(config.event_profile, name)) await recorder.record({ kind: "domain", name, payload: { ...change } });
    },
  });
}

/** What external calls are answered from: the run's own facts, or those that a replay was given. */
async function factsFor({ call, config, world }: Guarded): Promise<readonly FactIndexEntry[]> {
  if (world.io.mode === "replay") return world.io.facts;
  if (config.io_mode === "live" || config.facts === undefined) return world.log.facts(call.run_id);
  return (await getDocument(world.artifacts, config.facts, FactIndex, "fact index")).facts;
}
