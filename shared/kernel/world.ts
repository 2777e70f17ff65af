import type { FactIndexEntry } from "../contracts/facts.ts";
import { PrincipalId } from "../contracts/ids.ts";
import type { BuildProvenance, BuildStamp } from "../contracts/provenance.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import type { Stores } from "../stores/ports.ts";
import type { RunLog, World } from "./attempt.ts";
import { systemClock } from "./clock.ts";
import { liveTransports } from "./io/live.ts";

/** What differs between the places where attempts run: a worker thread, a Lambda, a test. */
export interface WorldParts {
  readonly stores: Pick<Stores, "artifacts" | "publications">;
  readonly log: RunLog;
  readonly logger: World["logger"];
  /** What this program was built from. */
  readonly build: BuildStamp;
  /** A variable of the process's environment, which the edge alone reads. */
  environment(name: string): string | undefined;
  /** Answers every external call from these, and makes none. */
  readonly facts?: readonly FactIndexEntry[] | undefined;
}

/** Under this name attempts stand in the log. */
const ACTOR = PrincipalId.parse("handler");

/** The world of attempts: the one place that says what it is made of. */
export function createWorld({ stores, log, logger, build, environment, facts }: WorldParts): World {
  return {
    artifacts: stores.artifacts,
    publications: stores.publications,
    log,
    actor: ACTOR,
    clock: systemClock,
    logger,
    io:
      facts === undefined
        ? { mode: "live", transports: liveTransports(systemClock, environment) }
        : { mode: "replay", facts },
    build: async (config) => describeBuild(build, config, environment),
    environment,
  };
}

/** What this program was built from, and where it runs. */
function describeBuild(stamp: BuildStamp, { exec }: RunConfig, environment: World["environment"]): BuildProvenance {
  const allowed = exec.env_allowlist.flatMap((name) => {
    const value = environment(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...stamp,
    node_version: process.version,
    platform: process.platform,
    architecture: process.arch,
    environment: Object.fromEntries(allowed),
  };
}
