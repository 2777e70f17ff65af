import type { BuildProvenance, BuildStamp } from "../shared/contracts/provenance.ts";
import type { RunConfig } from "../shared/contracts/run-config.ts";
import { variable } from "./environment.ts";

/** What this program was built from, and where it runs. */
export function describeBuild(stamp: BuildStamp, { exec }: RunConfig): BuildProvenance {
  const environment = exec.env_allowlist.flatMap((name) => {
    const value = variable(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...stamp,
    node_version: process.version,
    platform: process.platform,
    architecture: process.arch,
    environment: Object.fromEntries(environment),
  };
}
