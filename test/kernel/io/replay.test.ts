import fc from "fast-check";
import { expect, it } from "vitest";
import { RateLimited, TransportFailed, TransportRefused } from "../../../shared/kernel/io/errors.ts";
import type { IoProvider } from "../../../shared/kernel/io/provider.ts";
import type { Transports } from "../../../shared/kernel/io/transports.ts";
import { clockTransport, randomTransport } from "../../../shared/kernel/io/transports.ts";
import type { EventDraft } from "../../../shared/kernel/recorder.ts";
import type { ArtifactStore, Json } from "../../../shared/stores/ports.ts";
import { oneIn } from "../../support/scale.ts";
import { type RecordedRun, recordedRun, tickingClock } from "./support.ts";

/** One step of a stage: what it asks, and what it makes of an error. */
interface Step {
  readonly ask: "svc" | "value" | "now" | "random" | "fact" | "both";
  readonly name: string;
  /** The request carries what the step before got: it changes when that does. */
  readonly isChained: boolean;
  readonly onError: "go on" | "fail";
}

/** What the outside does at its next call. */
type Move = { readonly kind: "answer"; readonly value: Json } | { readonly kind: "limited" | "failed" | "refused" };

/** Where the process dies: at its nth write, before it, or after it is durable. */
interface CrashPoint {
  readonly write: number;
  readonly isDurable: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  ask: fc.constantFrom("svc", "svc", "svc", "value", "now", "random", "fact", "both"),
  name: fc.constantFrom("a", "b", "c", "d/e"),
  isChained: fc.boolean(),
  onError: fc.constantFrom("go on", "fail"),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("answer" as const), value: fc.jsonValue() as fc.Arbitrary<Json> }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("limited" as const, "failed" as const, "refused" as const) }),
  },
);
const crashPoint: fc.Arbitrary<CrashPoint> = fc.record({
  write: fc.integer({ min: 1, max: 12 }),
  isDurable: fc.boolean(),
});

class Crash extends Error {}

/** What the attempt saw, in order, and how it ended. Deterministic but for what `io` says. */
async function runStage(steps: readonly Step[], io: IoProvider): Promise<string[]> {
  const seen: string[] = [];
  for (const { ask, name, isChained, onError } of steps) {
    const last = isChained ? (seen.at(-1) ?? "") : "";
    const call = () => io.call({ namespace: "svc", name, request: { last } });
    try {
      const got = {
        svc: async () => (await call()).response,
        both: async () => (await Promise.all([call(), call()])).map(({ response }) => response),
        value: () => io.recordValue(name, () => OUTSIDE.value()),
        now: async () => (await io.now(name)).toISOString(),
        random: async () => Buffer.from(await io.randomBytes(name, 8)).toString("hex"),
        fact: async () => (await io.recordedFact(name, "svc"))?.response ?? "no fact",
      }[ask];
      seen.push(JSON.stringify(await got()));
    } catch (error) {
      if (error instanceof Crash) throw error;
      const { name: thrown, message, code, retryable, details } = error as TransportFailed;
      seen.push(JSON.stringify({ thrown, message, code, retryable, details }));
      if (onError === "fail") return [...seen, "failed"];
    }
  }
  return [...seen, "succeeded"];
}

/** Set anew for each run; a replay gets one that fails. */
const OUTSIDE = { value: (): Promise<unknown> => Promise.reject(new Error("the outside was asked")) };

function outside(moves: readonly Move[]): () => Promise<Json> {
  let made = 0;
  return async () => {
    const next = moves[made++ % Math.max(1, moves.length)] ?? { kind: "answer", value: null };
    const details = { call: made };
    if (next.kind === "answer") return [made, next.value];
    if (next.kind === "limited") throw new RateLimited(`limited at ${made}`, { details });
    if (next.kind === "refused") throw new TransportRefused(`refused at ${made}`, { details });
    throw new TransportFailed(`failed at ${made}`, { details });
  };
}

/** Stores that die with their process. */
function mortal(run: RecordedRun, attempt: number, crash: CrashPoint | undefined) {
  let writes = 0;
  const recorder = run.recorder(attempt);
  const write = async <T>(durable: () => Promise<T>): Promise<T> => {
    writes++;
    if (crash === undefined || writes < crash.write) return durable();
    if (writes === crash.write && crash.isDurable) await durable();
    throw new Crash("the process died");
  };
  const artifacts: ArtifactStore = {
    ...run.stores.artifacts,
    put: (kind, bytes) => write(() => run.stores.artifacts.put(kind, bytes)),
  };
  return { artifacts, record: (...said: EventDraft[]) => write(() => recorder.record(...said)) };
}

/** Runs the stage live until it succeeds or its attempts are used up. @returns what each finished attempt saw */
async function runLive(
  run: RecordedRun,
  steps: readonly Step[],
  transports: Transports,
  crashes: readonly CrashPoint[],
) {
  const deaths = [...crashes];
  const attempts: string[][] = [];
  while (attempts.length < 4 && attempts.at(-1)?.at(-1) !== "succeeded") {
    const attempt = attempts.length;
    try {
      const io = run.live({ transports, attempt, ...mortal(run, attempt, deaths.shift()) });
      attempts.push(await runStage(steps, io));
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
  return attempts;
}

it("a replay sees what each attempt of the run saw, whatever failed and wherever the process died, and touches nothing", async () => {
  const reached = { retries: 0, crashes: 0, errors: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.array(move, { maxLength: 8 }),
      fc.array(crashPoint, { maxLength: 5 }),
      async (steps, moves, crashes) => {
        const run = await recordedRun();
        const svc = outside(moves);
        OUTSIDE.value = svc;
        const transports = { svc, clock: clockTransport(tickingClock()), random: randomTransport() };
        const live = await runLive(run, steps, transports, crashes);
        OUTSIDE.value = () => Promise.reject(new Error("the outside was asked"));

        const replayed: string[][] = [];
        for (let attempt = 0; attempt < live.length; attempt++) {
          replayed.push(await runStage(steps, run.replay({ attempt })));
        }
        expect(replayed).toEqual(live);

        const facts = await run.facts();
        const paid = facts.filter(({ outcome }) => outcome === "response");
        const distinct = new Set(paid.map(({ key, request_sha256 }) => `${key} ${request_sha256}`));
        expect(paid.length, "calls that succeeded and were made again").toBe(distinct.size);
        reached.retries += live.length - 1;
        reached.crashes += crashes.length;
        reached.errors += facts.length - paid.length;
      },
    ),
    { numRuns: 400 / oneIn(4) },
  );
  // Or the property would say nothing.
  for (const count of Object.values(reached)) expect(count).toBeGreaterThan(100 / oneIn(4));
});
