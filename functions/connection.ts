import { ContractInputMissing } from "../shared/kernel/errors.ts";
import { storedRunLog } from "../shared/kernel/run/stored-log.ts";
import { createWorld, type World } from "../shared/kernel/world.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { openDeployedStores } from "../shared/stores/open-deployed.ts";
import type { Stores } from "../shared/stores/ports.ts";
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

/** The URL that the environment names. @throws {ContractInputMissing} */
export function storeInEnvironment(): string {
  const { store } = readEnvironment();
  if (store !== undefined) return store;
  throw new ContractInputMissing(
    "environment variable RESTEP_STORE: expected the URL of the stores, s3://BUCKET?tables=NAME, found nothing",
  );
}

const opened = new Map<string, () => Promise<Stores>>();

/** The stores that the environment names: another name, others. */
export async function storesFromEnvironment(): Promise<Stores> {
  const url = storeInEnvironment();
  const open = opened.get(url) ?? once(() => openDeployedStores(url));
  opened.set(url, open);
  return await open();
}

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
