/** `exec --timeout`: the program runs in a process of its own, which can be ended whatever it waits for. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { SIGNAL_STATUS } from "../../shared/recompiler/runtime/exit.ts";

/** What the process of the program is called, and by which it knows that it is that one. */
const SUPERVISED = "restep-program";

export function isSupervised(): boolean {
  return process.argv0 === SUPERVISED && process.connected === true;
}

/** Ends this process as soon as the one that supervises it is gone. */
export function endWithSupervisor(): void {
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.channel?.unref();
}

const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs the command line of this process once more, with its streams.
 *
 * @returns what that one exits with; undefined when it was ended because its time was up
 */
export async function runSupervised(seconds: number): Promise<number | undefined> {
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    argv0: SUPERVISED,
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        if (isLate) resolve(undefined);
        else resolve(code ?? SIGNAL_STATUS + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    clearTimeout(timer);
    for (const signal of PASSED_ON) process.off(signal, passOn);
  }
}
