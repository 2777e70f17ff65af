import { PrincipalId } from "../shared/contracts/ids.ts";
import { type Clock, systemClock } from "../shared/kernel/clock.ts";
import { ContractInputMissing } from "../shared/kernel/errors.ts";
import { openFileSystemStores } from "../shared/stores/filesystem/index.ts";
import type { EventStore, Stores } from "../shared/stores/ports.ts";
import { createLogger, type Logger } from "../shared/telemetry/logger.ts";
import { readEnvironment } from "./environment.ts";

/** What a handler reaches the world through. */
export interface Connection {
  readonly stores: Pick<Stores, "artifacts" | "publications"> & {
    readonly events: Pick<EventStore, "head" | "append">;
  };
  readonly actor: PrincipalId;
  readonly clock: Clock;
  logger(fields: Record<string, unknown>): Logger;
}

let connection: Promise<Connection> | undefined;

/** The connection that the environment names, opened once for each process. */
export function connectFromEnvironment(): Promise<Connection> {
  connection ??= open();
  return connection;
}

async function open(): Promise<Connection> {
  const environment = readEnvironment();
  if (environment.store === undefined) {
    throw new ContractInputMissing(
      "environment variable RESTEP_STORE: expected the folder of the stores, found nothing",
    );
  }
  return {
    stores: await openFileSystemStores(environment.store),
    actor: PrincipalId.parse("handler"),
    clock: systemClock,
    logger: (fields) => createLogger(environment.logLevel, fields),
  };
}
