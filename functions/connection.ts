import { PrincipalId } from "../shared/contracts/ids.ts";
import type { World } from "../shared/kernel/attempt.ts";
import { systemClock } from "../shared/kernel/clock.ts";
import { ContractInputMissing } from "../shared/kernel/errors.ts";
import { liveTransports } from "../shared/kernel/io/live.ts";
import { storedRunLog } from "../shared/kernel/run/stored-log.ts";
import { openFileSystemStores } from "../shared/stores/filesystem/index.ts";
import { createLogger } from "../shared/telemetry/logger.ts";
import { describeBuild } from "./build.ts";
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
  const environment = readEnvironment();
  if (environment.store === undefined) {
    throw new ContractInputMissing(
      "environment variable RESTEP_STORE: expected the folder of the stores, found nothing",
    );
  }
  const stores = await openFileSystemStores(environment.store);
  return {
    artifacts: stores.artifacts,
    publications: stores.publications,
    log: storedRunLog(stores),
    actor: PrincipalId.parse("handler"),
    clock: systemClock,
    logger: (fields, redact) => createLogger(environment.logLevel, fields, undefined, redact),
    io: { mode: "live", transports: liveTransports(systemClock, variable) },
    build: async (config) => describeBuild(environment.build, config),
    environment: variable,
  };
}
