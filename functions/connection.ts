import { ContractInputMissing } from "../shared/kernel/errors.ts";
import { storedRunLog } from "../shared/kernel/run/stored-log.ts";
import { createWorld, type World } from "../shared/kernel/world.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { openStores } from "../shared/stores/open.ts";
import { createLogger } from "../shared/telemetry/logger.ts";
import { openTelemetryTracer } from "../shared/telemetry/open-telemetry.ts";
import { readEnvironment, variable } from "./environment.ts";

let connection: Promise<World> | undefined;

/** The world that the environment names, opened once for each process; again with the next call where that failed. */
export function connectFromEnvironment(): Promise<World> {
  connection ??= open();
  connection.catch(() => {
    connection = undefined;
  });
  return connection;
}

async function open(): Promise<World> {
  const { store, logLevel, build, rateLimit } = readEnvironment();
  if (store === undefined) {
    throw new ContractInputMissing(
      "environment variable RESTEP_STORE: expected the URL or folder of the stores, found nothing",
    );
  }
  const stores = await openStores(store);
  return createWorld({
    stores,
    log: storedRunLog(stores),
    logger: (fields, redact) => createLogger(logLevel, fields, undefined, redact),
    flows: FLOWS,
    build,
    environment: variable,
    rateLimit,
    tracer: openTelemetryTracer(),
  });
}
