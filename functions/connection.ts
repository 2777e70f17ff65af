import { ContractInputMissing } from "../shared/kernel/errors.ts";
import { storedRunLog } from "../shared/kernel/run/stored-log.ts";
import { createWorld, type World } from "../shared/kernel/world.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { openStores } from "../shared/stores/open.ts";
import { createLogger } from "../shared/telemetry/logger.ts";
import { openTelemetryTracer } from "../shared/telemetry/open-telemetry.ts";
import { readEnvironment, variable } from "./environment.ts";

/** Made once for each process; again with the next call where that failed. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    made.catch(() => {
      made = undefined;
    });
    return made;
  };
}

/** The URL or folder that the environment names. @throws {ContractInputMissing} */
export function storeInEnvironment(): string {
  const { store } = readEnvironment();
  if (store !== undefined) return store;
  throw new ContractInputMissing(
    "environment variable RESTEP_STORE: expected the URL or folder of the stores, found nothing",
  );
}

export const storesFromEnvironment = once(async () => openStores(storeInEnvironment()));

/** The world that the environment names. */
export const connectFromEnvironment = once(open);

async function open(): Promise<World> {
  const { logLevel, build, rateLimit } = readEnvironment();
  const stores = await storesFromEnvironment();
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
