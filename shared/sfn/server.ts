import { join } from "node:path";
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
import { serveJson } from "./api/http-server.ts";
import { perform, type Service } from "./api/operations.ts";
import { present } from "./api/wire.ts";
import { childReader } from "./executions/children.ts";
import { fileHistories, memoryHistories } from "./executions/histories.ts";
import { nestedExecutionResolver } from "./executions/nested-executions.ts";
import { executionRunner } from "./executions/runner.ts";
import { stoppableClock } from "./executions/stoppable-clock.ts";
import { afterExecution } from "./machines/machines.ts";
import { mapRunKeeper } from "./map-runs/map-runs.ts";
import { type Disk, machineDisk } from "./records/disk.ts";
import { memoryRecordStore, openRecordStore } from "./records/record-store.ts";
import {
  type ActivityRecord,
  activityRecord,
  type ExecutionRecord,
  executionRecord,
  type MachineRecord,
  type MapRunRecord,
  machineRecord,
  mapRunRecord,
} from "./records/records.ts";

export interface SfnServerOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Address to listen on. Calls are not authenticated: keep to the default, `127.0.0.1`, unless others may call. */
  readonly host?: string;
  /** Folder that keeps machines, executions and histories over a restart. Without it they are kept in memory. */
  readonly dir?: string;
  /** Does the work of Task states. Activities and `states:startExecution` the server does itself. */
  readonly resolver?: TaskResolver;
  /** Where Distributed Maps read items and write results. Without it those with a reader or writer fail. */
  readonly objects?: ObjectStore;
  /** Default: the clock of this machine. */
  readonly clock?: ExecutionClock;
  /** How long callers wait is measured by this clock, also where `clock` skips time. Default: the clock of this machine. */
  readonly wallClock?: ExecutionClock;
  /** What ARNs say. Default `us-east-1` and `000000000000`. */
  readonly region?: string;
  readonly account?: string;
  /** A number in [0, 1), by which aliases choose versions. Default: `Math.random`. */
  readonly random?: () => number;
  /** Told of an execution that could not go on because it could not be stored. Default: nobody. */
  readonly onFailure?: (executionArn: string, error: unknown) => void;
  /** Where machines and executions are kept. For tests. */
  readonly disk?: Disk;
}

export interface SfnServer {
  /** The endpoint to give to a client, such as `http://127.0.0.1:8083`. */
  readonly url: string;
  readonly port: number;
  /**
   * Stops listening and gives up executions under way; from a folder they are taken up again at the next start. Nothing is
   * written to the folder when it returns.
   */
  close(): Promise<void>;
}

/** Express executions have no limit of events; this one keeps a loop without end from taking all memory. */
const mostExpressEvents = 1_000_000;

/** How long GetActivityTask waits for a task (API reference). */
const activityPatience = 60_000;

/**
 * Serves the API of Step Functions, as an unmodified SDK client or the aws command speaks it. Executions that were
 * running when the folder was last used go on.
 */
export async function startSfnServer(options: SfnServerOptions = {}): Promise<SfnServer> {
  const timers = stoppableClock(options.clock ?? realTimeClock);
  const service = await openService(options, timers.clock, options.wallClock ?? realTimeClock);
  for (const { arn } of service.machines.list()) await afterExecution(service, arn);
  for (const execution of service.executions.list()) {
    // What cannot be taken up is told by `onFailure`, and keeps no other from going on.
    if (execution.status === "RUNNING") await service.runner.start(execution).catch(() => undefined);
  }
  const http = await serveJson(
    (operation, body, closed) => perform(service, operation, body, closed),
    options.host ?? "127.0.0.1",
    options.port ?? 0,
  );
  return {
    url: http.url,
    port: http.port,
    async close() {
      timers.stop();
      await http.close();
      await service.runner.close();
      const { machines, activities, executions, mapRuns } = service;
      await Promise.all([machines, activities, executions, mapRuns].map((records) => records.settled()));
    },
  };
}

async function openService(
  options: SfnServerOptions,
  clock: ExecutionClock,
  wallClock: ExecutionClock,
): Promise<Service> {
  const place = { region: options.region ?? "us-east-1", account: options.account ?? "000000000000" };
  const now = () => clock.now();
  const stores = await openStores(options);
  const queue = activityQueue();
  const resolver = routeByService({
    activity: activityResolver(queue, stores.activities, stores.executions),
    states: nestedExecutionResolver(() => service),
    ...(options.resolver === undefined ? {} : { "*": options.resolver }),
  });
  const { objects } = options;
  const failed = (executionArn: string, error: unknown) => options.onFailure?.(executionArn, error);
  const common = {
    resolver,
    clock,
    region: place.region,
    accountId: place.account,
    onMapRun: mapRunKeeper(stores.mapRuns, stores.executions, failed),
    ...present({ objects }),
  };
  const interpreter = new Interpreter(common);
  const runner = executionRunner({
    interpreter,
    expressInterpreter: new Interpreter({ ...common, maxHistoryEvents: mostExpressEvents }),
    ...stores,
    now,
    ended: ({ machineArn }) => afterExecution(service, machineArn),
    failed: ({ arn }, error) => failed(arn, error),
  });
  const service: Service = {
    place,
    now,
    random: options.random ?? Math.random,
    ...stores,
    children: childReader(stores.histories),
    queue,
    resolver,
    interpreter,
    runner,
    wait: (closed, answer) => withinTime(wallClock, closed, answer),
  };
  return service;
}

async function openStores({ dir, disk = machineDisk }: SfnServerOptions) {
  if (dir === undefined) {
    return {
      machines: memoryRecordStore<MachineRecord>(),
      activities: memoryRecordStore<ActivityRecord>(),
      executions: memoryRecordStore<ExecutionRecord>(),
      mapRuns: memoryRecordStore<MapRunRecord>(),
      histories: memoryHistories(),
    };
  }
  return {
    machines: await openRecordStore(disk, join(dir, "machines"), machineRecord),
    activities: await openRecordStore(disk, join(dir, "activities"), activityRecord),
    executions: await openRecordStore(disk, join(dir, "executions"), executionRecord),
    mapRuns: await openRecordStore(disk, join(dir, "map-runs"), mapRunRecord),
    histories: fileHistories(join(dir, "histories")),
  };
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
