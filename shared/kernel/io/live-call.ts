import type { FactKey, FactOutcome, FactPayload } from "../../contracts/facts.ts";
import type { ArtifactStore } from "../../stores/ports.ts";
import { putDocument } from "../documents.ts";
import type { Recorder } from "../recorder.ts";
import type { CircuitChange } from "./breaker.ts";
import type { Asked, Ended } from "./calls.ts";
import { recordableError } from "./fact-payloads.ts";
import { toJson } from "./json.ts";
import type { TransportContext } from "./transports.ts";

interface LiveOptions {
  readonly artifacts: ArtifactStore;
  readonly record: Recorder["record"];
  readonly guard?: (what: string, value: unknown) => void;
  readonly onCircuitChange?: (change: CircuitChange) => Promise<void>;
}

/** The call itself. */
export type Produce = (context: TransportContext) => Promise<unknown>;

/** Makes the call, and records how it ended. */
export async function performCall(options: LiveOptions, asked: Asked, produce: Produce): Promise<Ended> {
  const { artifacts, guard = () => {}, record, onCircuitChange } = options;
  const { key, namespace, request, requestSha256: sha256 } = asked;
  const changes: CircuitChange[] = [];
  const { outcome, cause } = await observe(key, guard, () =>
    produce({ key, onCircuitChange: (change) => changes.push(change) }),
  );
  const document: FactPayload = { schema_version: 1, key, namespace, request, request_sha256: sha256, outcome };
  const payload = await putDocument(artifacts, "fact_payload", document);
  await record({
    kind: "domain",
    name: "fact_recorded",
    payload: { key, request_sha256: sha256, outcome: outcome.kind, meta: { namespace } },
    payloadRef: payload,
  });
  for (const change of changes) await onCircuitChange?.(change);
  return { outcome, payload, cause };
}

/** Runs a call to its outcome. What the guard refuses is not kept: its refusal is the outcome then. */
async function observe(
  key: FactKey,
  guard: (what: string, value: unknown) => void,
  produce: () => Promise<unknown>,
): Promise<{ outcome: FactOutcome; cause?: unknown }> {
  const failed = (cause: unknown): { outcome: FactOutcome; cause: unknown } => {
    const error = recordableError(cause);
    guard(`error of fact ${key}`, error);
    return { outcome: { kind: "error", error }, cause };
  };
  try {
    const response = toJson(await produce(), `response of fact ${key}`);
    guard(`response of fact ${key}`, response);
    return { outcome: { kind: "response", response } };
  } catch (error) {
    try {
      return failed(error);
    } catch (refusal) {
      return { outcome: { kind: "error", error: recordableError(refusal) }, cause: refusal };
    }
  }
}
