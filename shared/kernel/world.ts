import type { FactIndexEntry } from "../contracts/facts.ts";
import { PrincipalId, type RunId, type StateId } from "../contracts/ids.ts";
import type { BuildProvenance, BuildStamp } from "../contracts/provenance.ts";
import type { ResumedFrom } from "../contracts/resumption.ts";
import type { RunConfig } from "../contracts/run-config.ts";
import type { Stores } from "../stores/ports.ts";
import type { Logger, RedactLine } from "../telemetry/logger.ts";
import { type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { noTracer, type Tracer } from "../telemetry/tracer.ts";
import { systemTimer, systemWallClock, type Timer, type WallClock } from "./clock.ts";
import type { Flow } from "./flow.ts";
import { liveTransports } from "./io/live.ts";
import type { Transports } from "./io/transports.ts";
import type { EventSink } from "./recorder.ts";
import type { StepRecord } from "./run/record.ts";
import type { RunSoFar } from "./stage.ts";
import type { RateLimit } from "./token-bucket.ts";

/** The end of a run's log, and what it says of one state. */
export interface StateView {
  readonly seq: number;
  readonly step?: StepRecord;
  /** The failed run that the run goes on from. */
  readonly resumedFrom?: ResumedFrom;
}

/** A run's log, as an attempt at one of its states needs it. */
export interface RunLog extends EventSink {
  view(runId: RunId, stateId: StateId): Promise<StateView>;
  facts(runId: RunId): Promise<readonly FactIndexEntry[]>;
  run(runId: RunId): Promise<RunSoFar>;
}

/** What attempts reach the world through. */
export interface World {
  readonly artifacts: Stores["artifacts"];
  readonly publications: Stores["publications"];
  readonly log: RunLog;
  readonly actor: PrincipalId;
  readonly clock: WallClock;
  /** @param redact sees every line before it is written */
  logger(fields: Record<string, unknown>, redact: RedactLine): Logger;
  /** Live: what external calls go through, by namespace. Replay: none, every call is answered from `facts`. */
  readonly io:
    | { readonly mode: "live"; transports(config: RunConfig): Transports }
    | { readonly mode: "replay"; readonly facts: readonly FactIndexEntry[] };
  build(config: RunConfig, flow: Flow): Promise<BuildProvenance>;
  /** The flows whose stages may be called. */
  readonly flows: readonly Flow[];
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly timer: Timer;
  /** Attempts at each stage that may begin in this process; any number where left out. */
  readonly rateLimit: RateLimit | undefined;
  /**
   * Aborted when this process shuts down, by a program that makes attempts in its own process. Worker threads and Lambda have
   * none: they are ended as a whole, and one that has no attempt under way need not be told.
   */
  readonly signal: AbortSignal | undefined;
  /** An environment variable's value: of those the run config declares secret, and RESTEP_SECRET_KEY. */
  environment(name: string): string | undefined;
}

/** What differs between the places where attempts run: a worker thread, a Lambda, a test. */
export interface WorldParts {
  readonly stores: Pick<Stores, "artifacts" | "publications">;
  readonly log: RunLog;
  readonly logger: World["logger"];
  /** The flows whose stages may be called. */
  readonly flows: readonly Flow[];
  /** What this program was built from. */
  readonly build: BuildStamp;
  /** A variable of the process's environment, which the edge alone reads. */
  environment(name: string): string | undefined;
  /** Answers every external call from these, and makes none. */
  readonly facts?: readonly FactIndexEntry[] | undefined;
  /** Default: nothing is measured, nothing traced. */
  readonly metrics?: Metrics;
  readonly tracer?: Tracer;
  readonly rateLimit?: RateLimit | undefined;
  readonly signal?: AbortSignal;
}

/** Under this name attempts stand in the log. */
const ACTOR = PrincipalId.parse("handler");

/** The world of attempts: the one place that says what it is made of. */
export function createWorld(parts: WorldParts): World {
  const { stores, log, logger, flows, build, environment, facts, metrics = noMetrics, tracer = noTracer } = parts;
  return {
    artifacts: stores.artifacts,
    publications: stores.publications,
    log,
    actor: ACTOR,
    clock: systemWallClock,
    logger,
    io:
      facts === undefined
        ? { mode: "live", transports: liveTransports(systemWallClock, environment, stores.artifacts) }
        : { mode: "replay", facts },
    flows,
    build: async (config, flow) => describeBuild(build, config, flow, environment),
    environment,
    metrics,
    tracer,
    timer: systemTimer,
    rateLimit: parts.rateLimit,
    signal: parts.signal,
  };
}

/** Of a deployment that was not told what it was built from. */
const UNKNOWN = "0".repeat(64);

/** What this program was built from, and where it runs. */
function describeBuild(
  { state_machines, ...stamp }: BuildStamp,
  { exec }: RunConfig,
  { stateMachine }: Flow,
  environment: World["environment"],
): BuildProvenance {
  const allowed = exec.env_allowlist.flatMap((name) => {
    const value = environment(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...stamp,
    state_machine_sha256: state_machines[stateMachine] ?? UNKNOWN,
    node_version: process.version,
    platform: process.platform,
    architecture: process.arch,
    environment: Object.fromEntries(allowed),
  };
}
