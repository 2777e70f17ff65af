import { threadId } from "node:worker_threads";

export function threadName(): string {
  return threadId === 0 ? "main thread" : `worker ${threadId}`;
}
