/** The thread: bundled into `thread-source.ts` by `npm run jsonata`, so that no file has to be found where this is packed. */

import { workerData } from "node:worker_threads";
import { answerTo } from "./answer.ts";
import type { Job, ThreadData } from "./job.ts";

const { port, answered } = workerData as ThreadData;

port.on("message", (job: Job) => {
  port.postMessage(answerTo(job));
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
});
port.postMessage("ready");
Atomics.add(answered, 0, 1);
Atomics.notify(answered, 0);
