import { parentPort } from "node:worker_threads";
import { type FromWorker, fromWireError, type ToWorker, toWireError } from "./worker-protocol.ts";

/** Asks the main thread for one of its services. */
export type Ask = (method: string, ...args: unknown[]) => Promise<unknown>;

export interface Handlers {
  readonly byName: Readonly<Record<string, (event: unknown) => Promise<unknown>>>;
  /** Cleans up what they share: none of them is called any more. */
  close(): Promise<void>;
}

/**
 * The worker's side of the pool: answers calls with the handlers given, for as long as the worker lives.
 * @param makeHandlers gets the way to ask the main thread
 */
export function serveHandlers(makeHandlers: (ask: Ask) => Promise<Handlers>): void {
  const port = parentPort;
  if (port === null) throw new Error("this module runs in a worker thread only");
  const questions = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const send = (message: FromWorker) => port.postMessage(message);
  const ask: Ask = (method, ...args) =>
    new Promise((resolve, reject) => {
      questions.set(++lastId, { resolve, reject });
      send({ type: "question", id: lastId, method, args });
    });
  let made: ReturnType<typeof makeHandlers> | undefined;
  const handlers = () => {
    made ??= makeHandlers(ask);
    // What failed, a disk perhaps, is tried again with the next call.
    made.catch(() => {
      made = undefined;
    });
    return made;
  };

  const call = async ({ id, handler, event }: ToWorker & { type: "call" }): Promise<void> => {
    try {
      const run = (await handlers()).byName[handler];
      if (run === undefined) throw new Error(`no handler named ${handler}`);
      send({ type: "output", id, output: await run(event) });
    } catch (error) {
      send({ type: "error", id, error: toWireError(error) });
    }
  };

  const close = async (): Promise<void> => {
    try {
      await (await made)?.close();
    } catch {
      // The thread ends; nobody is left who could do more.
    }
    send({ type: "closed" });
  };

  port.on("message", (message: ToWorker) => {
    if (message.type === "call") return void call(message);
    if (message.type === "close") return void close();
    const question = questions.get(message.id);
    questions.delete(message.id);
    if (message.type === "answer") question?.resolve(message.value);
    else question?.reject(fromWireError(message.error));
  });
  // Whether or not they could be made: if not, the call says why.
  const ready = () => send({ type: "ready" });
  void handlers().then(ready, ready);
}
