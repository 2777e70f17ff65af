import { startCapabilities } from "../shared/kernel/attempt.ts";
import { createWorld, type RunLog, type World } from "../shared/kernel/world.ts";
import type { WorkerSettings } from "../shared/local/worker-protocol.ts";
import { type Ask, serveHandlers } from "../shared/local/worker-side.ts";
import type { Stores } from "../shared/stores/ports.ts";
import { createLogger, logFile } from "../shared/telemetry/logger.ts";
import { handler as approve } from "./approve/handler.ts";
import { handler as attest } from "./attest/handler.ts";
import { handler as complete } from "./complete/handler.ts";
import type { StageHandler } from "./define-handler.ts";
import { variable } from "./environment.ts";
import { handler as intake } from "./intake/handler.ts";
import { handler as lift } from "./lift/handler.ts";
import { handler as link } from "./link/handler.ts";
import { handler as override } from "./override/handler.ts";
import { handler as packageBundle } from "./package/handler.ts";
import { handler as plan } from "./plan/handler.ts";
import { handler as publish } from "./publish/handler.ts";
import { handler as recordFailure } from "./record-failure/handler.ts";
import { handler as validate } from "./validate/handler.ts";
import { handler as validationGate } from "./validation-gate/handler.ts";
import { handler as verifyArtifacts } from "./verify-artifacts/handler.ts";

/** By the name of the function that the state machine's `${...FunctionArn}` placeholders stand for. */
const handlers: Readonly<Record<string, StageHandler>> = {
  Intake: intake,
  Plan: plan,
  Lift: lift,
  Link: link,
  Validate: validate,
  ValidationGate: validationGate,
  Override: override,
  Package: packageBundle,
  VerifyArtifacts: verifyArtifacts,
  Approve: approve,
  Publish: publish,
  Attest: attest,
  Complete: complete,
  RecordFailure: recordFailure,
};

/** Opens what handlers reach without the main thread. @param store URL or folder of the stores */
export type OpenStores = (store: string) => Promise<Pick<Stores, "artifacts" | "publications">>;

/** Serves every Lambda handler in this worker thread, called as Lambda calls them. */
export function serveLocalWorker(settings: WorkerSettings, openStores: OpenStores): void {
  serveHandlers(async (ask) => {
    const world = await connect(ask, settings, openStores);
    await startCapabilities(world);
    return Object.fromEntries(
      Object.entries(handlers).map(([name, handler]) => [name, (event: unknown) => handler(event, { world })]),
    );
  });
}

/** Artifacts straight from the stores; the log through the main thread, which is the run's one writer. */
async function connect(
  ask: Ask,
  { store, log, build, replay }: WorkerSettings,
  openStores: OpenStores,
): Promise<World> {
  const stores = await openStores(store);
  const destination = log === undefined ? undefined : logFile(log);
  return createWorld({
    stores,
    log: remoteLog(ask),
    logger: (fields, redact) =>
      createLogger(destination === undefined ? "silent" : "info", fields, destination, redact),
    build,
    environment: variable,
    facts: replay?.facts,
  });
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
