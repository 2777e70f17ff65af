import type { FactKey, FactOutcome, FactPayload } from "../../contracts/facts.ts";
import type { ArtifactStore } from "../../stores/ports.ts";
import { recordableError } from "../error-records.ts";
import type { Recorder } from "../recorder.ts";
import type { CircuitChange } from "./breaker.ts";
import type { Asked, Ended } from "./facts.ts";
import { putFact, type SecretKey } from "./facts.ts";
import { toJson } from "./json.ts";
import type { TransportContext } from "./transports.ts";

interface LiveOptions {
  readonly artifacts: ArtifactStore;
  readonly record: Recorder["record"];
  readonly guard?: (what: string, value: unknown) => void;
  readonly secretKey?: SecretKey;
  readonly onCircuitChange?: (change: CircuitChange) => Promise<void>;
}

/** The call itself. */
export type Produce = (context: TransportContext) => Promise<unknown>;

/** Makes the call, and records how it ended: sealed where the answer holds a secret and there is a key for it. */
export async function performCall(options: LiveOptions, asked: Asked, produce: Produce): Promise<Ended> {
  const { artifacts, guard = () => {}, secretKey = () => undefined, record, onCircuitChange } = options;
  const { key, namespace, request, requestSha256: sha256 } = asked;
  const changes: CircuitChange[] = [];
  const sealingKey = secretKey();
  const { outcome, cause, isSecret } = await observe(key, { guard, canSeal: sealingKey !== undefined }, () =>
    produce({ key, onCircuitChange: (change) => changes.push(change) }),
  );
  const fact: FactPayload = { schema_version: 1, key, namespace, request, request_sha256: sha256, outcome };
  const payload = await putFact(artifacts, fact, { isSecret, key: sealingKey });
  await record({
    kind: "domain",
    name: "fact_recorded",
    payload: {
      key,
      request_sha256: sha256,
      outcome: outcome.kind,
      meta: { namespace, ...(isSecret ? { sealed: true } : {}) },
    },
    payloadRef: payload,
  });
  for (const change of changes) await onCircuitChange?.(change);
  return { outcome, payload, cause };
}

interface Observed {
  readonly outcome: FactOutcome;
  readonly cause?: unknown;
  readonly isSecret: boolean;
}

/** Runs a call to its outcome. What the guard refuses is sealed, or not kept: its refusal is the outcome then. */
async function observe(
  key: FactKey,
  { guard, canSeal }: { readonly guard: (what: string, value: unknown) => void; readonly canSeal: boolean },
  produce: () => Promise<unknown>,
): Promise<Observed> {
  const failed = (cause: unknown): Observed => {
    const error = recordableError(cause);
    guard(`error of fact ${key}`, error);
    return { outcome: { kind: "error", error }, cause, isSecret: false };
  };
  try {
    const response = toJson(await produce(), `response of fact ${key}`);
    const outcome: FactOutcome = { kind: "response", response };
    try {
      guard(`response of fact ${key}`, response);
    } catch (refusal) {
      if (!canSeal) throw refusal;
      return { outcome, isSecret: true };
    }
    return { outcome, isSecret: false };
  } catch (error) {
    try {
      return failed(error);
    } catch (refusal) {
      return { outcome: { kind: "error", error: recordableError(refusal) }, cause: refusal, isSecret: false };
    }
  }
}
