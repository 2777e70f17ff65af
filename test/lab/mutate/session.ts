import { fork } from "node:child_process";
import { once } from "node:events";
import type { Outcome, Trial } from "./channel.ts";
import type { Opening } from "./session-process.ts";

/** A process that runs tests; one that is stuck is ended and another begun. */
export interface Session {
  run(trial: Trial, deadline: number): Promise<Outcome>;
  end(): void;
}

const PROGRAM = new URL("./session-process.ts", import.meta.url);

export function openSession(opening: Opening): Session {
  let process = begin(opening);
  return {
    async run(trial, deadline) {
      const child = await process;
      child.send(trial);
      const ended = new AbortController();
      const outcome = await Promise.race([
        once(child, "message", { signal: ended.signal }).then(([message]) => message as Outcome),
        once(child, "exit", { signal: ended.signal }).then(() => "exit" as const),
        after(deadline, ended.signal),
      ]).finally(() => ended.abort());
      if (typeof outcome === "object") return outcome;
      end(child);
      process = begin(opening);
      return { verdict: "timed_out", milliseconds: deadline, hits: [], why: "stuck" };
    },
    end: () => void process.then(end),
  };
}

type Child = ReturnType<typeof fork>;

async function begin(opening: Opening): Promise<Child> {
  // A group of its own: what the tests started ends with it.
  const child = fork(PROGRAM, {
    execArgv: ["--import", "tsx"],
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  child.send(opening);
  const first = await Promise.race([once(child, "message"), once(child, "exit").then(() => undefined)]);
  if (first === undefined) throw new Error("the process that runs tests ended before it was ready; see above");
  return child;
}

function end({ pid }: Child): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function after(milliseconds: number, signal: AbortSignal): Promise<"deadline"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("deadline"), milliseconds);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}
