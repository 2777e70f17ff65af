import * as z from "zod";
import type { FactIndexEntry, FactKey } from "../../contracts/facts.ts";
import type { ArtifactRef } from "../../contracts/ids.ts";
import type { ArtifactStore, Json } from "../../stores/ports.ts";
import { ValidationFailed } from "../errors.ts";
import { parseAs } from "../parse.ts";
import type { Recorder } from "../recorder.ts";
import type { CircuitChange } from "./breaker.ts";
import { FactKeyReused, RecordedError } from "./errors.ts";
import { type FactLookup, lookUpIn } from "./fact-index.ts";
import type { Asked, Ended } from "./facts.ts";
import { factKey, factScope, readFact, type SecretKey } from "./facts.ts";
import { firstDifference, requestSha256, toJson } from "./json.ts";
import { type Produce, performCall } from "./live-call.ts";
import { replayCall } from "./replayed-call.ts";
import { type Transports, transportFor } from "./transports.ts";

export interface IoCall {
  readonly namespace: string;
  /** Tells this call apart from the others of the attempt; the fact's key is `<scope>/<namespace>/<name>`. */
  readonly name: string;
  readonly request: Json;
}

export interface IoResult {
  readonly response: Json;
  readonly recorded_payload: ArtifactRef;
}

/**
 * The one way to the outside. Live, each answer is recorded before it is handed over; in replay, the record answers.
 * Both throw what the call failed with, as a RecordedError under the name it failed with, and besides:
 * @throws {MissingFact}, {MissingFactRetryable}, {FactMismatch} in replay
 * @throws {MissingFactKey}, {FactKeyReused}
 */
export interface IoProvider {
  call(call: IoCall): Promise<IoResult>;
  /** Records what the run itself reads of the world, such as its own log; `produce` is called live only, once. */
  recordValue(name: string, produce: () => Promise<unknown>): Promise<Json>;
  /**
   * The last response under a name, without asking for it: of earlier attempts, or one that this attempt has asked for.
   * In a compensation, of the state that is taken back.
   */
  recordedFact(name: string, namespace?: string): Promise<IoResult | undefined>;
  now(name: string): Promise<Date>;
  /** @param n how many, 1 to 65,536 */
  randomBytes(name: string, n: number): Promise<Uint8Array>;
}

export interface IoProviderOptions {
  readonly mode: "live" | "replay";
  /** Whose calls they are, such as `lift.shard_3`. */
  readonly scope: string;
  readonly attempt: number;
  /** All facts of the run so far, in the order of its log (replay: of the run that is replayed). Asked for once. */
  readonly facts: () => Promise<readonly FactIndexEntry[]>;
  readonly artifacts: ArtifactStore;
  readonly record: Recorder["record"];
  /** Not looked at in replay. */
  readonly transports: Transports;
  readonly missingFactRetryable: boolean;
  /** Stands before everything that is recorded; throws when it may not be. */
  readonly guard?: (what: string, value: unknown) => void;
  /** Opens facts that are sealed, and seals those that hold a secret. Without it these are refused. */
  readonly secretKey?: SecretKey;
  /** Told after the fact of the call that changed it is recorded. */
  readonly onCircuitChange?: (change: CircuitChange) => Promise<void>;
  /** For a compensation: the state that is taken back, and the last of its attempts; `recordedFact` looks there. */
  readonly past?: { readonly scope: string; readonly attempt: number };
}

/** Namespace of what the run itself reads. */
const VALUE = "value";
const MAX_RANDOM_BYTES = 65_536;

const ClockResponse = z.strictObject({ now: z.iso.datetime() });
const RandomResponse = z.strictObject({ hex: z.string().regex(/^([0-9a-f]{2})*$/) });

/** What one attempt at a state reaches the outside through. */
export function createIoProvider(options: IoProviderOptions): IoProvider {
  const { mode, attempt, artifacts, guard = () => {}, secretKey } = options;
  const scope = factScope(options.scope);
  const past = options.past && { scope: factScope(options.past.scope), attempt: options.past.attempt };
  const calls = new Map<FactKey, { readonly request: Json; readonly ended: Promise<Ended> }>();
  let loading: Promise<FactLookup> | undefined;
  const facts = (): Promise<FactLookup> => {
    loading ??= options.facts().then(lookUpIn);
    return loading;
  };

  const end = async (asked: Asked, produce: Produce): Promise<Ended> => {
    if (mode === "replay") return replayCall(options, asked, await facts());
    const fact = (await facts()).answer({ ...asked, attempt }, { withErrors: false });
    if (fact === undefined) return performCall(options, asked, produce);
    return { outcome: (await readFact(artifacts, fact, secretKey)).outcome, payload: fact.payload };
  };

  const ask = async (namespace: string, name: string, raw: unknown, produce: Produce): Promise<IoResult> => {
    const key = factKey(scope, namespace, name);
    const request = toJson(raw, `request of fact ${key}`);
    guard(`request of fact ${key}`, request);
    const before = calls.get(key);
    if (before !== undefined) {
      const difference = firstDifference(before.request, request);
      if (difference !== undefined) throw new FactKeyReused(key, difference.pointer);
      return handOver(await before.ended);
    }
    const asked = { key, namespace, request, requestSha256: requestSha256(namespace, request) };
    const ended = end(asked, produce);
    calls.set(key, { request, ended });
    return handOver(await ended);
  };

  const call = ({ namespace, name, request }: IoCall): Promise<IoResult> =>
    ask(namespace, name, request, (context) => transportFor(options.transports, namespace)(request, context));

  return {
    call,
    recordValue: async (name, produce) => (await ask(VALUE, name, null, produce)).response,
    async recordedFact(name, namespace = VALUE) {
      if (past === undefined) {
        const key = factKey(scope, namespace, name);
        const asked = await calls.get(key)?.ended.catch(() => undefined);
        if (asked?.outcome.kind === "response") return handOver(asked);
      }
      const from = past ?? { scope, attempt: attempt - 1 };
      const fact = (await facts()).lastResponse(factKey(from.scope, namespace, name), from.attempt);
      if (fact === undefined) return undefined;
      return handOver({ outcome: (await readFact(artifacts, fact, secretKey)).outcome, payload: fact.payload });
    },
    async now(name) {
      const { response } = await call({ namespace: "clock", name, request: {} });
      return new Date(parseAs(ClockResponse, response, "response of the clock").now);
    },
    async randomBytes(name, n) {
      if (!Number.isInteger(n) || n < 1 || n > MAX_RANDOM_BYTES) {
        throw new ValidationFailed(`random bytes ${name}: expected 1 to ${MAX_RANDOM_BYTES} bytes, found ${n}`);
      }
      const { response } = await call({ namespace: "random", name, request: { bytes: n } });
      return Uint8Array.from(Buffer.from(parseAs(RandomResponse, response, "random bytes").hex, "hex"));
    },
  };
}

/** A copy for each caller, so that none can change another's. */
function handOver({ outcome, payload, cause }: Ended): IoResult {
  if (outcome.kind === "error") throw new RecordedError(outcome.error, cause === undefined ? {} : { cause });
  return { response: structuredClone(outcome.response) as Json, recorded_payload: payload };
}
