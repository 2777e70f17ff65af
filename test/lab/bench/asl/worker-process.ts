import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { CommandPrefix } from "../processes.ts";
import { answer, type RunReport, type RunRequest } from "./protocol.ts";

export interface WorkerProcess {
  /** @throws {Error} when an execution fails, the process ends, or the time limit is over; the process is gone then */
  run(request: RunRequest): Promise<RunReport>;
  /** Resolves when the process has ended. */
  close(): Promise<void>;
}

/** Starts a worker. @param limit milliseconds that each answer may take */
export function startWorker([command, ...args]: CommandPrefix, limit: number): WorkerProcess {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  let isLate = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.on("error", (error) => {
    complaint += error.message;
  });
  // What a process that is gone was asked shows in the missing answer.
  child.stdin.on("error", () => {});
  const closed = once(child, "close").catch(() => {});
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function nextAnswer() {
    const { value, done } = await answers.next();
    if (!done) return answer.parse(JSON.parse(value));
    await closed;
    return { error: isLate ? `no answer within ${limit / 1000} s` : `the process ended: ${complaint.trim()}` };
  }

  return {
    async run(request) {
      const timer = setTimeout(() => {
        isLate = true;
        child.kill("SIGKILL");
      }, limit);
      try {
        child.stdin.write(`${JSON.stringify(request)}\n`);
        const reply = await nextAnswer();
        if ("error" in reply) throw new Error(reply.error);
        return reply;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}
