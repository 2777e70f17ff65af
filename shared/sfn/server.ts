import {
  type ExecutionClock,
  Interpreter,
  type ObjectStore,
  realTimeClock,
  routeByService,
  type TaskResolver,
} from "../asl/index.ts";
import { activityQueue } from "./activities/activity-queue.ts";
import { activityResolver } from "./activities/activity-tasks.ts";
import type { DoorRules } from "./api/door.ts";
import { type HttpServer, type HttpTimes, serveJson } from "./api/http-server.ts";
import { perform, type Service } from "./api/operations.ts";
import { present } from "./api/wire.ts";
import { childReader } from "./executions/children.ts";
import { withDamagedRecord } from "./executions/damage.ts";
import { memoryHistories, storedHistories } from "./executions/histories.ts";
import { restOf } from "./executions/listing.ts";
import { nestedExecutionResolver } from "./executions/nested-executions.ts";
import { executionRunner } from "./executions/runner.ts";
import { sdkIntegration } from "./executions/sdk-integration.ts";
import { stoppableClock } from "./executions/stoppable-clock.ts";
import { afterExecution } from "./machines/machines.ts";
import { mapRunKeeper } from "./map-runs/map-runs.ts";
import { layMapRunsToRest, mapRunRest, wakeMapRuns } from "./map-runs/resting-map-runs.ts";
import type { MockConfig } from "./mocks/mock-config.ts";
import { mockedTasks } from "./mocks/mocked-tasks.ts";
import { memoryRecordStore, openRecordStore } from "./records/record-store.ts";
import {
  type ActivityRecord,
  activityRecord,
  type ExecutionGroup,
  type ExecutionRecord,
  executionRecord,
  type MachineRecord,
  type MapRunGroup,
  type MapRunRecord,
  machineRecord,
  mapRunRecord,
} from "./records/records.ts";
import type { SfnStorage } from "./records/storage.ts";

export interface SfnServerOptions extends DoorRules {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Address to listen on. Others than this machine's own need a `token`. Default: `127.0.0.1`. */
  readonly host?: string;
  /**
   * What keeps machines, executions and histories over a restart. It is held already, and the server gives it back, also
   * where it does not start. Without it they are kept in memory.
   */
  readonly storage?: SfnStorage;
  /** Does the work of Task states. Activities, `states:startExecution` and `aws-sdk:sfn` the server does itself. */
  readonly resolver?: TaskResolver;
  /** Where Distributed Maps read items and write results. Without it those with a reader or writer fail. */
  readonly objects?: ObjectStore;
  /** What tasks answer in executions that are started as a test case of a machine, by its ARN with `#` and the case. */
  readonly mocks?: MockConfig;
  /** Default: the clock of this machine. */
  readonly clock?: ExecutionClock;
  /** How long callers wait is measured by this clock, also where `clock` skips time. Default: the clock of this machine. */
  readonly wallClock?: ExecutionClock;
  /** What ARNs say. Default `us-east-1` and `000000000000`. */
  readonly region?: string;
  readonly account?: string;
  /** How long a client has for each part of a call. */
  readonly times?: HttpTimes;
  /** A number in [0, 1), by which aliases choose versions. Default: `Math.random`. */
  readonly random?: () => number;
  /** Told of an execution that could not go on because it could not be stored, or is damaged. Default: nobody. */
  readonly onFailure?: (executionArn: string, error: unknown) => void;
  /** Told of what else is damaged, and does without. Default: nobody. */
  readonly onDamage?: (damage: Error) => void;
}

export interface SfnServer {
  /** The endpoint to give to a client, such as `http://127.0.0.1:8083`. */
  readonly url: string;
  readonly port: number;
  /** Aborts when another server has taken the storage over. This one then writes nothing more, and is to be closed. */
  readonly lost: AbortSignal;
  /**
   * Stops listening and gives up executions under way; from a folder they are taken up again at the next start. Nothing is
   * written to the folder when it returns.
   */
  close(): Promise<void>;
}

/** How long GetActivityTask waits for a task (API reference). */
const activityPatience = 60_000;

/** Executions taken up at a time when the server starts. */
const takenUpAtOnce = 50;

/**
 * Serves the API of Step Functions, as an unmodified SDK client or the aws command speaks it. Executions that were
 * running when the storage was last used go on. Nothing of it is touched where nobody can listen; calls that come before
 * all is read are answered then.
 */
export async function startSfnServer(options: SfnServerOptions = {}): Promise<SfnServer> {
  const { storage } = options;
  const timers = stoppableClock(options.clock ?? realTimeClock);
  const wallTimers = stoppableClock(options.wallClock ?? realTimeClock);
  let settle: { resolve(service: Service): void; reject(error: unknown): void };
  const ready = new Promise<Service>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ready.catch(() => undefined);
  let opened: Service | undefined;
  let http: HttpServer | undefined;
  const closeOnce = async () => {
    timers.stop();
    wallTimers.stop();
    try {
      await http?.close();
      await opened?.runner.close();
      if (opened !== undefined) {
        const { machines, activities, executions, mapRuns } = opened;
        await Promise.all([machines, activities, executions, mapRuns].map((records) => records.settled()));
      }
    } finally {
      await storage?.release();
    }
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeOnce();
    return closing;
  };
  const lost = storage?.lost ?? new AbortController().signal;
  lost.addEventListener("abort", () => void close().catch(() => undefined), { once: true });
  try {
    http = await serveJson(
      async (operation, body, closed) => perform(await ready, operation, body, closed),
      options.host ?? "127.0.0.1",
      options.port ?? 0,
      options,
    );
    opened = await openService(options, timers.clock, wallTimers.clock);
    await takeUp(opened);
    settle!.resolve(opened);
  } catch (error) {
    settle!.reject(error);
    await close().catch(() => undefined);
    throw error;
  }
  return { url: http.url, port: http.port, lost, close };
}

async function takeUp(service: Service): Promise<void> {
  for (const { arn } of service.machines.list()) await afterExecution(service, arn);
  const left = service.executions.list().filter(({ status }) => status === "RUNNING");
  while (left.length > 0) {
    // What cannot be taken up is told by `onFailure`, and keeps no other from going on.
    const some = left.splice(0, takenUpAtOnce);
    await Promise.all(some.map((execution) => service.runner.start(execution).catch(() => undefined)));
  }
}

async function openService(
  options: SfnServerOptions,
  clock: ExecutionClock,
  wallClock: ExecutionClock,
): Promise<Service> {
  const place = { region: options.region ?? "us-east-1", account: options.account ?? "000000000000" };
  const now = () => clock.now();
  const stores = await openStores(options, now);
  const queue = activityQueue();
  const real = routeByService({
    activity: activityResolver(queue, stores.activities, stores.executions),
    states: nestedExecutionResolver(() => service),
    "aws-sdk:sfn": sdkIntegration((operation, body, closed) => perform(service, operation, body, closed)),
    ...(options.resolver === undefined ? {} : { "*": options.resolver }),
  });
  const { objects, mocks } = options;
  const resolver =
    mocks === undefined
      ? real
      : mockedTasks(mocks, real, (taskToken, outcome) => interpreter.completeTask(taskToken, outcome));
  const failed = (executionArn: string, error: unknown) => options.onFailure?.(executionArn, error);
  const interpreter: Interpreter = new Interpreter({
    resolver,
    clock,
    region: place.region,
    accountId: place.account,
    onMapRun: mapRunKeeper(stores.mapRuns, stores.executions, failed),
    ...present({ objects }),
  });
  const runner = executionRunner({
    interpreter,
    ...stores,
    now,
    wallClock,
    redriven: (execution) => wakeMapRuns(stores.mapRuns, stores.histories, execution),
    async ended(execution) {
      await layMapRunsToRest(stores.mapRuns, execution);
      await afterExecution(service, execution.machineArn);
    },
    failed: ({ arn }, error) => failed(arn, error),
  });
  const service: Service = {
    place,
    now,
    random: options.random ?? Math.random,
    ...stores,
    children: childReader(stores.histories, stores.executions),
    queue,
    resolver,
    interpreter,
    runner,
    wait: (closed, answer) => withinTime(wallClock, closed, answer),
    ...present({ mocks }),
  };
  return service;
}

async function openStores({ storage, onDamage = () => undefined }: SfnServerOptions, now: () => number) {
  if (storage === undefined) {
    return {
      machines: memoryRecordStore<MachineRecord>(),
      activities: memoryRecordStore<ActivityRecord>(),
      executions: memoryRecordStore<ExecutionRecord>(),
      mapRuns: memoryRecordStore<MapRunRecord>(),
      histories: memoryHistories(),
    };
  }
  const logs = storage.logs("histories");
  const expected = (await logs.names()).map((name) => ({
    name: name.replace(/\.jsonl$/, ""),
    because: `a history, ${name}`,
  }));
  const machines = await openRecordStore(storage.records("machines"), machineRecord, { onDamage });
  const activities = await openRecordStore(storage.records("activities"), activityRecord, { onDamage });
  const executions = await openRecordStore<ExecutionRecord, ExecutionGroup>(
    storage.records("executions"),
    executionRecord,
    { expected, restOf, standIn: (arn, damage, text) => withDamagedRecord(arn, damage, text, now()), onDamage },
  );
  // Behind the executions, by which they rest.
  const mapRuns = await openRecordStore<MapRunRecord, MapRunGroup>(storage.records("map-runs"), mapRunRecord, {
    restOf: mapRunRest(executions),
    onDamage,
  });
  return { machines, activities, executions, mapRuns, histories: storedHistories(logs) };
}

/** Waits for an answer until the caller is gone or a worker's time is over. */
async function withinTime<T>(clock: ExecutionClock, closed: AbortSignal, answer: (giveUp: AbortSignal) => Promise<T>) {
  const over = new AbortController();
  const cancel = clock.setTimer(clock.now() + activityPatience, () => over.abort());
  try {
    return await answer(AbortSignal.any([closed, over.signal]));
  } finally {
    cancel();
  }
}
