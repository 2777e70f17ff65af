import type { ProcessIdentity, ProcessTable } from "../../../shared/stores/processes.ts";

/** Make-believe processes, so that one test can play several, and let them die. */
export interface PlayedProcesses {
  start(): PlayedProcess;
}

export interface PlayedProcess extends ProcessTable {
  die(): void;
}

export function playedProcesses(host = "0123456789ab"): PlayedProcesses {
  const living = new Set<number>();
  let lastPid = 100;
  const isAlive = (identity: ProcessIdentity) => (identity.host === host ? living.has(identity.pid) : undefined);
  return {
    start() {
      lastPid += 1;
      const pid = lastPid;
      living.add(pid);
      return { self: { host, pid, started: pid * 7 }, isAlive, die: () => void living.delete(pid) };
    },
  };
}
