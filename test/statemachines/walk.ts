import type * as z from "zod";
import {
  compileStateMachine,
  type ExecutionResult,
  type FunctionHandler,
  functionsResolver,
  Interpreter,
  type StateMachineDefinition,
  timeSkippingClock,
} from "../../shared/asl/index.ts";
import type { RunConfig } from "../../shared/contracts/run-config.ts";
import { type RecordFailureInput, StageCall } from "../../shared/contracts/stages.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import type { StageName } from "../../shared/stages/declarations.ts";
import { RECOMPILE, routeOf } from "../../shared/stages/flows.ts";
import { STAGES as IMPLEMENTATIONS } from "../../shared/stages/implementations.ts";
import { lifecycle } from "./machine.ts";

export const STAGES: ReadonlyMap<string, Stage> = new Map(Object.entries(IMPLEMENTATIONS));

const RUN_ID = "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11";
const ref = (digit: string) => `artifact://${digit.repeat(64)}`;
const submission = {
  run_id: RUN_ID,
  module_manifest: ref("1"),
  config_manifest: ref("2"),
  provenance_manifest: ref("3"),
  requested_by: "test",
  priority: "standard",
  execution_mode: "local",
  task_lane: "general",
  candidate_selector: "opcode_distance",
} as Submission;
const SHARDS = [0, 1].map((shard) => ({ shard, captures: ref("4") }));

export interface Walk {
  readonly config: RunConfig;
  readonly verdict?: string;
  /** What a person says at each gate that is reached: the task's result, or an error. */
  readonly answer?: "yes" | "no";
  /** Thrown by a stage whenever, or as often as, it is called. */
  readonly failing?: { readonly stage: StageName; readonly error: string; readonly times?: number };
}

export interface Walked {
  /** Calls of handlers, in order. Input and output of each have been checked against the stage's contract. */
  readonly calls: readonly { readonly stage: string; readonly attempt: number; readonly shard: number | undefined }[];
  /** Stages in the order of their first calls. */
  readonly stages: readonly string[];
  readonly result: ExecutionResult;
}

/** Runs the lifecycle in the interpreter, with stages that only answer what their contract asks for. */
export async function walk({ config, verdict = "passed", answer = "yes", failing }: Walk): Promise<Walked> {
  const outputs = outputsFor(config, verdict);
  const calls: { stage: string; attempt: number; shard: number | undefined }[] = [];
  let failures = failing?.times ?? Number.POSITIVE_INFINITY;
  const handlerOf = ({ name, input, output }: Stage): FunctionHandler => {
    return (raw: unknown) => {
      const call = StageCall.parse(raw);
      input.parse(call.input);
      calls.push({ stage: name, attempt: call.attempt, shard: call.shard });
      if (failing?.stage === name && failures-- > 0) throw Object.assign(new Error("as told"), { name: failing.error });
      if (call.task_token !== undefined) setImmediate(() => void decide(call.task_token!));
      const given = outputs[name as keyof typeof outputs](call);
      // A verdict that nobody knows is what the machine must bear; the contract does not have it.
      return name === "validation_gate" ? given : output.parse(given);
    };
  };
  const handlers = [...STAGES.values()].map((stage) => [functionNameOf(stage.name), handlerOf(stage)] as const);
  const interpreter = new Interpreter({
    resolver: functionsResolver(Object.fromEntries(handlers)),
    clock: timeSkippingClock(),
    random: () => 0.5,
  });
  const decide = (token: string) =>
    interpreter.completeTask(
      token,
      answer === "yes" ? { output: { decision: "approved" } } : { error: "GateRejected", cause: "not yet" },
    );
  const machine = compileStateMachine(lifecycle as unknown as StateMachineDefinition);
  const result = await interpreter.run(machine, submission, { name: RUN_ID });
  return { calls, stages: [...new Set(calls.map(({ stage }) => stage))], result };
}

/** `validation_gate` -> `ValidationGate`. */
function functionNameOf(stage: string): string {
  return stage.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function outputsFor(config: RunConfig, verdict: string): Record<StageName, (call: StageCall) => unknown> {
  const lifted = { module: ref("5"), report: ref("6"), lifted: 3, not_lifted: 0 };
  const totals = { tested: 3, disproven: 0, untested: 0, instructions: 60, instructions_run: 50 };
  const tests = { report: ref("7"), ...totals };
  const bundle = ref("8");
  return {
    intake: () => ({
      name: "demo",
      binary: ref("9"),
      size: 1,
      endianness: "big",
      entry: "0x00400000",
      route: routeOf(planFlow(RECOMPILE, config)),
    }),
    plan: () => ({ program: ref("a"), functions: 6, shards: SHARDS, runs: ref("d"), max_concurrency: 2 }),
    lift: ({ shard }) => ({ shard, ...lifted }),
    link: () => lifted,
    validate: ({ shard }) => ({ shard, ...tests }),
    compare_runs: () => ({ report: ref("e"), agreeing: 1, differing: 0 }),
    validation_gate: () => ({ verdict, ...tests, gaps: 0 }),
    override: () => ({ report: tests.report }),
    package: () => ({ bundle, files: 3, bytes: 100 }),
    verify_artifacts: () => ({ bundle, verified: 4 }),
    approve: () => ({ bundle }),
    publish: () => ({ bundle }),
    attest: () => ({ provenance: ref("b"), attestation: ref("c") }),
    complete: () => ({ state: "succeeded", bundle }),
    record_failure: ({ input }: StageCall) => {
      const { Error: error, Cause: cause } = (input as z.infer<typeof RecordFailureInput>).error;
      return { state: "failed", error, cause, compensated: 0, not_compensated: 0 };
    },
  };
}
