/** The thread: bundled into `thread-source.ts` by `npm run jsonata`, so that no file has to be found where this is packed. */

import { workerData } from "node:worker_threads";
import { answerTo } from "./answer.ts";
import { receivedJob, type SentJob, type ThreadData } from "./job.ts";

const { port, answered } = workerData as ThreadData;

port.on("message", (sent: SentJob) => {
  port.postMessage(answerTo(receivedJob(sent)));
  Atomics.add(answered, 0, 1);
  Atomics.notify(answered, 0);
});
port.postMessage("ready");
Atomics.add(answered, 0, 1);
Atomics.notify(answered, 0);
