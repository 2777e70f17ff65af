import type { BreakerSettings, IO_SETTINGS } from "../../contracts/io-settings.ts";
import type { RunConfig } from "../../contracts/run-config.ts";
import { canonicalText } from "../../stores/digest.ts";
import type { ArtifactReader } from "../../stores/ports.ts";
import type { WallClock } from "../clock.ts";
import { type Breakers, createBreakers } from "./breaker.ts";
import { type Environment, execTransport } from "./exec.ts";
import { httpTransport } from "./http.ts";
import { createProgramDigest } from "./programs.ts";
import { clockTransport, randomTransport, type Transport } from "./transports.ts";

/** The part of a run config that transports follow. */
export type TransportSettings = Readonly<Pick<RunConfig, keyof typeof IO_SETTINGS>>;

/** What has settings has a transport; circuits are no namespace. */
type Namespace = "clock" | "random" | Exclude<keyof TransportSettings, "breaker">;

/**
 * The transports of this process for live runs: `clock`, `random`, `exec` and `http`. Circuits are kept between calls of
 * the result, shared by all runs with the same breaker settings.
 * @param artifacts where files that a program is given are read from
 * @param environment the process's variables; only those that a run config allows are asked for
 */
export function liveTransports(
  clock: WallClock,
  environment: Environment,
  artifacts: ArtifactReader,
): (settings: TransportSettings) => Readonly<Record<Namespace, Transport>> {
  const digest = createProgramDigest();
  const breakersOf = sharedBreakers();
  return ({ exec, http, breaker }) => ({
    clock: clockTransport(clock),
    random: randomTransport(),
    exec: execTransport(exec, { environment, digest, artifacts }),
    http: httpTransport(http, { environment, breakers: breakersOf(breaker), clock }),
  });
}

/** One set of circuits for each breaker settings, for as long as this process lives. */
export function sharedBreakers(): (settings: BreakerSettings) => Breakers {
  const known = new Map<string, Breakers>();
  return (settings) => {
    const key = canonicalText(settings);
    const breakers = known.get(key) ?? createBreakers(settings);
    known.set(key, breakers);
    return breakers;
  };
}
