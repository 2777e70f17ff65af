import { getHeapStatistics } from "node:v8";
import { parentPort } from "node:worker_threads";
import { type FromWorker, fromWireError, type ToWorker, toWireError, type WorkerSettings } from "./worker-protocol.ts";

/** Asks the main thread for one of its services. */
export type Ask = (method: string, ...args: unknown[]) => Promise<unknown>;

export interface Handlers {
  readonly byName: Readonly<Record<string, (event: unknown) => Promise<unknown>>>;
  /** Cleans up what they share: none of them is called any more. */
  close(): Promise<void>;
}

/** Makes the handlers for a run. @param ask asks the main thread for one of its services */
export type MakeHandlers = (settings: WorkerSettings, ask: Ask) => Promise<Handlers>;

/** Megabytes of its heap with which a thread is not kept: most of it may be garbage, but nobody knows before it is collected. */
const MOST_KEPT_MB = 128;

/** The worker's side of the pool: answers calls with the handlers of one run after the other, for as long as the worker lives. */
export function serveHandlers(makeHandlers: MakeHandlers): void {
  const port = parentPort;
  if (port === null) throw new Error("this module runs in a worker thread only");
  const send = (message: FromWorker) => port.postMessage(message);
  let session: Session | undefined;
  port.on("message", (message: ToWorker) => {
    if (message.type === "open") session = openSession((ask) => makeHandlers(message.settings, ask), send);
    else session?.receive(message);
  });
  send({ type: "loaded" });
}

interface Session {
  receive(message: Exclude<ToWorker, { type: "open" }>): void;
}

/** What a worker does for one run. */
function openSession(makeHandlers: (ask: Ask) => Promise<Handlers>, send: (message: FromWorker) => void): Session {
  const questions = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  let calls = 0;
  let isOver = false;
  let hasFailed = false;
  const ask: Ask = (method, ...args) =>
    new Promise((resolve, reject) => {
      // What a handler left behind reaches no other run.
      if (isOver) return reject(new Error(`the run that asks for ${method} is over`));
      questions.set(++lastId, { resolve, reject });
      send({ type: "question", id: lastId, method, args });
    });
  let made: Promise<Handlers> | undefined;
  const handlers = () => {
    made ??= makeHandlers(ask);
    // What failed, a disk perhaps, is tried again with the next call.
    made.catch(() => {
      made = undefined;
      hasFailed = true;
    });
    return made;
  };

  const call = async ({ id, handler, event }: ToWorker & { type: "call" }): Promise<void> => {
    calls++;
    try {
      const run = (await handlers()).byName[handler];
      if (run === undefined) throw new Error(`no handler named ${handler}`);
      send({ type: "output", id, output: await run(event) });
    } catch (error) {
      send({ type: "error", id, error: toWireError(error) });
    }
    calls--;
  };

  const close = async (): Promise<void> => {
    try {
      await (await made)?.close();
    } catch {
      // The thread ends; nobody is left who could do more.
      hasFailed = true;
    }
    isOver = true;
    send({ type: "closed", isReusable: !hasFailed && calls === 0 && questions.size === 0 && isSmall() });
  };

  // Whether or not they could be made: if not, the call says why.
  const ready = () => send({ type: "ready" });
  void handlers().then(ready, ready);
  return {
    receive(message) {
      if (message.type === "call") return void call(message);
      if (message.type === "close") return void close();
      const question = questions.get(message.id);
      questions.delete(message.id);
      if (message.type === "answer") question?.resolve(message.value);
      else question?.reject(fromWireError(message.error));
    },
  };
}

function isSmall(): boolean {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory < MOST_KEPT_MB * 2 ** 20;
}
