import * as z from "zod";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { OpId, type RunId } from "../../shared/contracts/ids.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { attemptStage } from "../../shared/kernel/attempt.ts";
import type { Flow, FlowStage } from "../../shared/kernel/flow.ts";
import type { RunRecord } from "../../shared/kernel/run/record.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import type { Stage, StageContext } from "../../shared/kernel/stage.ts";
import type { StageMeta } from "../../shared/kernel/stage-meta.ts";
import { stateIdOf } from "../../shared/kernel/state-ids.ts";
import { createWorld, type World } from "../../shared/kernel/world.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { type Resumption, submitResumption } from "../../shared/runs/resume-as-new.ts";
import { submit } from "../../shared/runs/submit.ts";
import { failureBranch } from "../../shared/stages/record-failure.ts";
import { collect } from "../../shared/stores/collect.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { RETRY } from "../kernel/support.ts";
import { packedExit } from "./exit-program.ts";

export const SMALL_MACHINE_SHA256 = "5".repeat(64);

/** One call of a stage: of the whole, of a shard, of a round. */
export interface Call {
  readonly stage: string;
  readonly round?: number;
  readonly shard?: number;
}

type Act = (context: StageContext, input: { readonly from: unknown }) => unknown;

/** Runs of a flow of one's own, through the kernel, with stages that do as they are told. */
export interface SmallRuns {
  readonly stores: Stores;
  readonly flow: Flow;
  /** Which states did their work, in order, since it was last looked at. */
  took(): string[];
  /** What stages do: by name, for all runs from now on. Default: their name and what they were given. */
  readonly acts: Map<string, Act>;
  start(): Promise<Submission>;
  /** Takes a run as far as it goes, call after call, as a state machine would. @param until the calls made before it dies */
  carry(submission: Submission, until?: number): Promise<RunRecord>;
  resumeAsNew(runId: RunId, from?: string): Promise<Resumption>;
  record(runId: RunId): Promise<RunRecord>;
  events(runId: RunId): Promise<EventEnvelope[]>;
}

const dependent = (name: string, meta: Partial<StageMeta>): FlowStage => ({
  name,
  meta: { tags: [name], sideEffects: "pure", dependsOn: [], retry: RETRY, ...meta },
});

/** @param stages what the flow is made of between its opening and its closing */
export function smallRuns(
  stages: Readonly<Record<string, Partial<StageMeta>>>,
  calls: readonly (string | Call)[] = Object.keys(stages),
  { config = {}, world: change = {} }: { readonly config?: object; readonly world?: Partial<World> } = {},
): SmallRuns {
  const flow: Flow = {
    name: OpId.parse("small"),
    version: "1",
    machine: "small",
    stateMachine: "small",
    stages: [
      dependent("open", { opensRun: true }),
      ...Object.entries(stages).map(([name, meta]) => dependent(name, meta)),
      dependent("close", { closesRun: true }),
    ],
    failureBranch: dependent("record_failure", { sideEffects: "apply_side_effect", closesRun: true }),
  };
  const stores = createMemoryStores();
  let took: string[] = [];
  const acts: SmallRuns["acts"] = new Map();
  const implementation = (name: string): Stage => ({
    name,
    meta: flow.stages.find((stage) => stage.name === name)?.meta ?? flow.failureBranch.meta,
    input: z.strictObject({ run_id: z.string(), from: z.unknown() }),
    output: z.unknown(),
    ...(name === "close" ? { closesRun: () => ({ status: "completed" as const }) } : {}),
    async run(input, context) {
      took.push(context.stateId.replace("small.", "").replace(".main", ""));
      const given = input as { from: unknown };
      const output = (await acts.get(name)?.(context, given)) ?? { did: name, from: given.from };
      if (name === "close") context.emit({ name: "recomp.run.completed", payload: { state: "succeeded" } });
      return output;
    },
    compensate: async (_input, context) => void (await acts.get(`undo ${name}`)?.(context, { from: undefined })),
  });
  const compensable = Object.entries(stages).filter(([, meta]) => meta.isCompensable === true);
  const undo = failureBranch(new Map(compensable.map(([name]) => [name, implementation(name)])));
  const whole: World = {
    ...createWorld({
      stores,
      log: storedRunLog(stores),
      logger: () => ({ info: () => {}, warn: () => {}, error: () => {} }),
      flows: [flow],
      build: { restep_version: "0", state_machines: { small: SMALL_MACHINE_SHA256 } },
      environment: () => undefined,
    }),
    ...change,
  };
  const order: readonly Call[] = ["open", ...calls, "close"].map((call) =>
    typeof call === "string" ? { stage: call } : call,
  );

  const carry = async ({ run_id, config_manifest }: Submission, until = order.length): Promise<RunRecord> => {
    const call = { run_id, flow: flow.name, attempt: 0, config: config_manifest };
    let from: unknown = null;
    for (const { stage, ...place } of order.slice(0, until)) {
      try {
        from = await attemptStage(implementation(stage), { ...call, ...place, input: { run_id, from } }, whole);
      } catch (thrown) {
        const { name, message } = thrown as Error;
        const error = { Error: name, Cause: JSON.stringify({ errorMessage: message, errorType: name }) };
        await attemptStage(undo as unknown as Stage, { ...call, input: { error } }, whole);
        break;
      }
    }
    return (await readRun(stores, run_id)).record;
  };

  return {
    stores,
    flow,
    acts,
    carry,
    took() {
      const before = took;
      took = [];
      return before;
    },
    async start() {
      const source = packageSource(packedExit({ run: config }));
      return (await submit(stores, source, { withFreshId: true })).submission;
    },
    resumeAsNew: (runId, from) =>
      submitResumption(stores, runId, {
        flow,
        stateMachineSha256: SMALL_MACHINE_SHA256,
        from,
        environment: () => undefined,
      }),
    record: async (runId) => (await readRun(stores, runId)).record,
    events: (runId) => collect(stores.events.read(runId)),
  };
}

/** An act that fails the first so many times, and then does as told. */
export function failing(times: number, then: Act = () => undefined): Act {
  let left = times;
  return (...given) => {
    if (left-- > 0) throw Object.assign(new Error("no luck"), { name: "ValidationFailed" });
    return then(...given);
  };
}

export function stateOf(short: string, { round, shard }: Omit<Call, "stage"> = {}): string {
  return stateIdOf("small", short, { round, shard });
}
