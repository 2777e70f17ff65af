import { receiveMessageOnPort } from "node:worker_threads";
import { memoryReason, timeoutReason } from "../jsonata/failure.ts";
import { bounds } from "../jsonata/limits.ts";
import { type Answer, type Job, sendJob } from "./job.ts";
import { endThread, GRACE_MS, START_MS, startThread, type Thread } from "./thread-start.ts";

let thread: Thread | undefined;

/**
 * Has a job done while this thread waits for it: for those who have nothing else to do. What takes too long is ended all
 * the same.
 */
export function evaluateNow(job: Job): Answer {
  const used = thread ?? begin();
  if (used === undefined) return { failure: timeoutReason };
  thread = used;
  try {
    sendJob(used.port, job);
  } catch (error) {
    // It cannot be cloned, and is no JSON.
    return { failure: `: ${String(error)}` };
  }
  const answer = wait(used, bounds.timeout + GRACE_MS) as Answer | undefined;
  if (answer !== undefined) return answer;
  thread = undefined;
  endThread(used);
  return { failure: used.worker.threadId === -1 ? memoryReason : timeoutReason };
}

function begin(): Thread | undefined {
  const started = startThread();
  if (wait(started, START_MS) === "ready") return started;
  endThread(started);
  return undefined;
}

/** The next message, or undefined if none came in time. */
function wait({ port, answered }: Thread, milliseconds: number): unknown {
  const until = performance.now() + milliseconds;
  for (;;) {
    const seen = Atomics.load(answered, 0);
    const message = receiveMessageOnPort(port);
    if (message !== undefined) return message.message;
    const left = until - performance.now();
    if (left <= 0) return undefined;
    Atomics.wait(answered, 0, seen, left);
  }
}
