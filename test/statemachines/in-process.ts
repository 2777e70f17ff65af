import { compileStateMachine, type ExecutionResult, Interpreter, timeSkippingClock } from "../../shared/asl/index.ts";
import { attemptStage } from "../../shared/kernel/attempt.ts";
import { stageOfFunction } from "../../shared/kernel/flow.ts";
import { type MapMode, withMaps } from "../../shared/kernel/map-mode.ts";
import type { RunRecord } from "../../shared/kernel/run/record.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { createWorld } from "../../shared/kernel/world.ts";
import { fillIn, poolResolver } from "../../shared/local/handlers.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import type { SubmissionSource } from "../../shared/runs/submission-source.ts";
import { submit } from "../../shared/runs/submit.ts";
import type { StageName } from "../../shared/stages/declarations.ts";
import { FLOWS, RECOMPILE } from "../../shared/stages/flows.ts";
import { STAGES } from "../../shared/stages/implementations.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { text } from "./machine.ts";

export interface InProcess {
  /** How the Maps are carried out. Default: inline. */
  readonly maps?: MapMode;
  /** Stages in the place of the flow's own. */
  readonly stages?: Partial<Record<StageName, Stage>>;
  /** Default: in memory. */
  readonly stores?: Stores;
  /** Told of each call before it is answered. */
  onCall?(stage: StageName, call: unknown): void;
}

/** Carries a run out in this process, on its state machine and with its stages, to its end. */
export async function runInProcess(
  source: SubmissionSource,
  { maps = "inline", stages = {}, stores = createMemoryStores(), onCall = () => {} }: InProcess = {},
): Promise<{ readonly result: ExecutionResult; readonly record: RunRecord; readonly stores: Stores }> {
  const { submission } = await submit(stores, source);
  const world = createWorld({
    stores,
    log: storedRunLog(stores),
    logger: (fields, redact) => createLogger("silent", fields, undefined, redact),
    flows: FLOWS,
    build: { restep_version: "test", state_machines: {} },
    environment: () => undefined,
  });
  const pool = {
    async call(name: string, call: unknown) {
      const stage = stageOfFunction(name) as StageName;
      onCall(stage, call);
      return attemptStage(stages[stage] ?? STAGES[stage], call, world);
    },
    close: async () => {},
  };
  const interpreter = new Interpreter({
    resolver: poolResolver(pool, new AbortController().signal, () => {}),
    clock: timeSkippingClock(),
  });
  const machine = compileStateMachine(JSON.parse(withMaps(fillIn(text), maps)));
  const name = submission.run_id;
  const result = await interpreter.run(machine, submission, { name, stateMachineName: RECOMPILE.stateMachine });
  return { result, record: (await readRun(stores, name)).record, stores };
}
