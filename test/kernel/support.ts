import * as z from "zod";
import type { EventEnvelope, NewEvent } from "../../shared/contracts/event.ts";
import { type ArtifactRef, OpId, PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import type { BuildStamp } from "../../shared/contracts/provenance.ts";
import { attemptStage, type CallOptions } from "../../shared/kernel/attempt.ts";
import type { Timer } from "../../shared/kernel/clock.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import type { Flow, FlowStage } from "../../shared/kernel/flow.ts";
import type { RunRecord } from "../../shared/kernel/run/record.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import { defineStage, type Stage, type StageContext } from "../../shared/kernel/stage.ts";
import type { StageMeta, StageRetry } from "../../shared/kernel/stage-meta.ts";
import { createWorld, type World } from "../../shared/kernel/world.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import { createMemoryWorld, type MemoryWorld } from "../../shared/stores/memory/world.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { place, type Row, RUN_ID, started, through } from "./run/events.ts";
import { foldEvents } from "./run/fold-events.ts";

export const runId = RunId.parse(RUN_ID);

/** A run in memory, with everything that attempts at its states need. */
export interface TestRun {
  readonly stores: Stores;
  readonly memory: MemoryWorld;
  readonly world: World;
  /** Lines that were logged: level, fields and message. */
  readonly lines: { readonly level: string; readonly fields: Record<string, unknown>; readonly message: string }[];
  /** One attempt; `change` is laid over the call. */
  attempt(stage: Stage, input: unknown, change?: object, options?: CallOptions): Promise<unknown>;
  /** Appends events as another process would. */
  push(...rows: readonly Row[]): Promise<void>;
  events(): Promise<EventEnvelope[]>;
  names(): Promise<string[]>;
  record(): Promise<RunRecord>;
  document(ref: unknown): Promise<unknown>;
}

export interface TestRunOptions {
  /** The run config, as the config manifest has it. */
  readonly config?: object;
  /** Default: the tests' own. */
  readonly flow?: Flow;
  /** Laid over the world. */
  readonly world?: Partial<World>;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the log begins with. Default: intake has completed. */
  readonly begun?: readonly Row[];
}

export const RETRY: StageRetry = {
  classes: ["transient_io"],
  maxAttempts: 6,
  backoff: { kind: "exponential", base_delay_ms: 2_000, max_delay_ms: 60_000 },
};

const stageOfFlow = (name: string, meta: Partial<StageMeta> = {}): FlowStage => ({
  name,
  meta: { tags: [name], sideEffects: "pure", dependsOn: [], retry: RETRY, ...meta },
});

/** A flow whose stages' names are those that tests use. */
export const TEST_FLOW: Flow = {
  name: OpId.parse("test"),
  version: "3",
  machine: "run_lifecycle",
  stateMachine: "test",
  stages: [
    stageOfFlow("intake", { opensRun: true }),
    stageOfFlow("lift", { isSharded: true }),
    stageOfFlow("link"),
    stageOfFlow("publish", { tags: ["publish", "apply_side_effect"], mayBeBypassed: true }),
  ],
  failureBranch: stageOfFlow("record_failure"),
};

export const BUILD: BuildStamp = { restep_version: "0.0.0-test", state_machines: { test: "5".repeat(64) } };

export const BEGUN = [started(["intake", "link", "lift.shard", "validation_gate", "publish"]), ...through("intake")];

export async function createTestRun({
  config = {},
  world = {},
  environment = {},
  begun = BEGUN,
  flow = TEST_FLOW,
}: TestRunOptions = {}): Promise<TestRun> {
  const memory = createMemoryWorld();
  const stores = createMemoryStores({ world: memory });
  await stores.runs.create(runId, {});
  const lines: TestRun["lines"] = [];
  let seconds = 0;
  const whole: World = {
    ...createWorld({
      stores,
      log: storedRunLog(stores),
      logger: (base, redact) => {
        const line = (level: string) => (given: Record<string, unknown>, text: string) => {
          const { msg, ...fields } = redact({ ...base, ...given, msg: text });
          lines.push({ level, fields, message: String(msg) });
        };
        return { info: line("info"), warn: line("warn"), error: line("error") };
      },
      flows: [flow],
      build: BUILD,
      environment: (name) => environment[name],
    }),
    actor: PrincipalId.parse("test"),
    clock: { now: () => new Date(Date.UTC(2026, 0, 2) + 1_000 * seconds++) },
    // Nothing outside is reached unless a test says what.
    io: { mode: "live", transports: () => ({}) },
    ...world,
  };
  const manifest = await putDocument(stores.artifacts, "manifest", { schema_version: 1, run: config });
  const events = async () => {
    const all: EventEnvelope[] = [];
    for await (const event of stores.events.read(runId)) all.push(event);
    return all;
  };
  const push = async (...rows: readonly Row[]) => {
    const { seq } = await stores.events.head(runId);
    await stores.events.append(runId, seq, rows.map(unplaced));
  };
  if (begun.length > 0) await push(...begun);
  return {
    stores,
    memory,
    world: whole,
    lines,
    attempt: (stage, input, change = {}, options = {}) =>
      attemptStage(
        stage,
        { run_id: runId, flow: flow.name, attempt: 0, config: manifest, input, ...change },
        whole,
        options,
      ),
    push,
    events,
    names: async () => (await events()).slice(begun.length).map(({ name }) => name),
    record: async () => foldEvents(await events()),
    document: async (ref) => JSON.parse(new TextDecoder().decode(await stores.artifacts.get(ref as ArtifactRef))),
  };
}

/** An event as another process would append it. */
export function unplaced(row: Row): NewEvent {
  const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
  return event;
}

/** A stage that adds one, or does as told. */
export function addOne(
  act: (context: StageContext, input: { n: number }) => unknown = () => undefined,
  change: Partial<Omit<Stage, "meta">> & { readonly meta?: Partial<StageMeta> } = {},
): Stage {
  const stage = defineStage({
    name: "link",
    meta: { tags: ["compute"], sideEffects: "pure", dependsOn: [], retry: RETRY, counts: ["sum"] },
    input: z.strictObject({ n: z.number() }),
    output: z.strictObject({ sum: z.number(), note: z.string().optional() }),
    async run(input, context) {
      return ((await act(context, input)) as { sum: number } | undefined) ?? { sum: input.n + 1 };
    },
  });
  const { meta, ...rest } = change;
  return { ...(stage as unknown as Stage), ...rest, meta: { ...stage.meta, ...meta } };
}

/** Time that passes when it is told to. */
export function manualTimer(): Timer & { advance(milliseconds: number): void; readonly waiting: number } {
  const calls = new Map<object, { readonly at: number; readonly call: () => void }>();
  let now = 0;
  return {
    now: () => now,
    after(milliseconds, call) {
      const key = {};
      calls.set(key, { at: now + milliseconds, call });
      return () => void calls.delete(key);
    },
    advance(milliseconds) {
      now += milliseconds;
      for (const [key, { at, call }] of calls) {
        if (at > now) continue;
        calls.delete(key);
        call();
      }
    },
    get waiting() {
      return calls.size;
    },
  };
}

/** Until nothing is left to do that waits for nothing. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

/** A promise and its ends. */
export function deferred<T = void>(): { promise: Promise<T>; resolve(value: T): void; reject(error: unknown): void } {
  let ends: { resolve(value: T): void; reject(error: unknown): void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    ends = { resolve, reject };
  });
  return { promise, ...ends! };
}
