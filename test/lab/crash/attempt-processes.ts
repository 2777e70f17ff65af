import { type ProcessTable, systemProcesses } from "../../../shared/stores/processes.ts";

/** No machine's identity hashes to this. */
const PLAYED_HOST = "000000000000";

/**
 * The processes of this machine, and those that an attempt played in a process that went on: each of these was over before
 * the next began. @param played number of the attempt that is under way here, if it plays one
 */
export function attemptProcesses(played: number | undefined): ProcessTable {
  const real = systemProcesses();
  return {
    self: played === undefined ? real.self : { host: PLAYED_HOST, pid: played, started: 1 },
    isAlive: (identity) => (identity.host === PLAYED_HOST ? identity.pid === played : real.isAlive(identity)),
  };
}
