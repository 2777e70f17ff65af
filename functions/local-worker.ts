/** The worker of local mode: every Lambda handler, called as Lambda calls them. */
import { workerData } from "node:worker_threads";
import type { NewEvent } from "../shared/contracts/event.ts";
import { PrincipalId, type RunId } from "../shared/contracts/ids.ts";
import { systemClock } from "../shared/kernel/clock.ts";
import type { WorkerSettings } from "../shared/local/worker-protocol.ts";
import { type Ask, serveHandlers } from "../shared/local/worker-side.ts";
import { openFileSystemStores } from "../shared/stores/filesystem/index.ts";
import type { EventStore, Head } from "../shared/stores/ports.ts";
import { createLogger, logFile } from "../shared/telemetry/logger.ts";
import { handler as complete } from "./complete/handler.ts";
import type { Connection } from "./connection.ts";
import type { StageHandler } from "./define-handler.ts";
import { handler as intake } from "./intake/handler.ts";
import { handler as lift } from "./lift/handler.ts";
import { handler as link } from "./link/handler.ts";
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
  Package: packageBundle,
  VerifyArtifacts: verifyArtifacts,
  Publish: publish,
  Complete: complete,
  RecordFailure: recordFailure,
};

serveHandlers(async (ask) => {
  const connection = await connect(ask, workerData as WorkerSettings);
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, (event: unknown) => handler(event, { connection })]),
  );
});

/** Artifacts straight from the file system; the log through the main thread, which is the run's one writer. */
async function connect(ask: Ask, settings: WorkerSettings): Promise<Connection> {
  const stores = await openFileSystemStores(settings.store);
  const destination = settings.logFile === undefined ? undefined : logFile(settings.logFile);
  return {
    stores: { artifacts: stores.artifacts, publications: stores.publications, events: remoteEvents(ask) },
    actor: PrincipalId.parse("handler"),
    clock: systemClock,
    logger: (fields) => createLogger(destination === undefined ? "silent" : "info", fields, destination),
  };
}

function remoteEvents(ask: Ask): Pick<EventStore, "head" | "append"> {
  return {
    head: (runId: RunId) => ask("head", runId) as Promise<Head>,
    append: (runId: RunId, expectedSeq: number, events: readonly NewEvent[]) =>
      ask("append", runId, expectedSeq, events) as Promise<Head>,
  };
}
