import { compileStateMachine, type ExecutionResult, Interpreter, timeSkippingClock } from "../../shared/asl/index.ts";
import type { RunId } from "../../shared/contracts/ids.ts";
import { attemptStage } from "../../shared/kernel/attempt.ts";
import { stageOfFunction } from "../../shared/kernel/flow.ts";
import { type MapMode, withMaps } from "../../shared/kernel/map-mode.ts";
import type { RunRecord } from "../../shared/kernel/run/record.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { createWorld, type World } from "../../shared/kernel/world.ts";
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
  /** Calls are made one after the other, each with stores of its own, as a function has them that nobody called before. */
  storesOf?(stores: Stores, stage: StageName): Stores;
}

/** Carries a run out in this process, on its state machine and with its stages, to its end. */
export async function runInProcess(
  source: SubmissionSource,
  { maps = "inline", stages = {}, stores = createMemoryStores(), storesOf }: InProcess = {},
): Promise<{
  readonly runId: RunId;
  readonly result: ExecutionResult;
  readonly record: RunRecord;
  readonly stores: Stores;
}> {
  const { submission } = await submit(stores, source);
  const worldOn = (its: Stores) =>
    createWorld({
      stores: its,
      log: storedRunLog(its),
      logger: (fields, redact) => createLogger("silent", fields, undefined, redact),
      flows: FLOWS,
      build: { restep_version: "test", state_machines: {} },
      environment: () => undefined,
    });
  const shared = worldOn(stores);
  let before: Promise<unknown> = Promise.resolve();
  const pool = {
    async call(name: string, call: unknown) {
      const stage = stageOfFunction(name) as StageName;
      const attempt = (world: World) => attemptStage(stages[stage] ?? STAGES[stage], call, world);
      if (storesOf === undefined) return attempt(shared);
      const called = before.then(() => attempt(worldOn(storesOf(stores, stage))));
      before = called.catch(() => undefined);
      return called;
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
  return { runId: name, result, record: (await readRun(stores, name)).record, stores };
}
