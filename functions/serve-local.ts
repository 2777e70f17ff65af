import { startCapabilities, stopCapabilities } from "../shared/kernel/attempt.ts";
import { functionNameOf } from "../shared/kernel/flow.ts";
import { createWorld, type RunLog, type World } from "../shared/kernel/world.ts";
import type { WorkerSettings } from "../shared/local/worker-protocol.ts";
import { type Ask, serveHandlers } from "../shared/local/worker-side.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { STAGES } from "../shared/stages/implementations.ts";
import type { Stores } from "../shared/stores/ports.ts";
import { createLogger, logFile } from "../shared/telemetry/logger.ts";
import { defineHandler, type StageHandler } from "./define-handler.ts";

/** By the name of the function that the state machine's `${...FunctionArn}` placeholders stand for. */
const handlers: Readonly<Record<string, StageHandler>> = Object.fromEntries(
  Object.values(STAGES).map((stage) => [functionNameOf(stage.name), defineHandler(stage)]),
);

/** Opens what handlers reach without the main thread. */
export type OpenStores = (settings: WorkerSettings) => Promise<Pick<Stores, "artifacts" | "publications" | "close">>;

/** Serves every Lambda handler in this worker thread, called as Lambda calls them: for one run after the other. */
export function serveLocalWorker(openStores: OpenStores): void {
  serveHandlers(async (settings, ask) => {
    const { world, disconnect } = await connect(ask, settings, openStores);
    await startCapabilities(world);
    const byName = Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, (event: unknown) => handler(event, { world })]),
    );
    return {
      byName,
      async close() {
        await stopCapabilities(world);
        await disconnect();
      },
    };
  });
}

/** Artifacts straight from the stores; the log through the main thread, which is the run's one writer. */
async function connect(
  ask: Ask,
  settings: WorkerSettings,
  openStores: OpenStores,
): Promise<{ readonly world: World; disconnect(): Promise<void> }> {
  const { log, build, variables, replay } = settings;
  const stores = await openStores(settings);
  const file = log === undefined ? undefined : logFile(log);
  const world = createWorld({
    stores,
    log: remoteLog(ask),
    logger: (fields, redact) => createLogger(file === undefined ? "silent" : "info", fields, file, redact),
    flows: FLOWS,
    build,
    environment: (name) => variables[name],
    facts: replay?.facts,
  });
  return {
    world,
    async disconnect() {
      file?.end();
      await stores.close();
    },
  };
}

/** Each method a question to the main thread, under its own name. */
function remoteLog(ask: Ask): Required<RunLog> {
  const remote =
    (method: string) =>
    (...args: unknown[]) =>
      ask(method, ...args) as Promise<never>;
  return {
    push: remote("push"),
    enqueue: remote("enqueue"),
    view: remote("view"),
    facts: remote("facts"),
    run: remote("run"),
  };
}
