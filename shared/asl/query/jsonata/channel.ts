import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** One end of a conversation between two threads, each of which waits for the other without turning its event loop. */
export class Channel {
  readonly #port: MessagePort;
  readonly #mine: Int32Array;
  readonly #theirs: Int32Array;

  /** @param mine counts what was sent to this end, `theirs` what was sent to the other: one integer each, shared. */
  constructor(port: MessagePort, mine: Int32Array, theirs: Int32Array) {
    this.#port = port;
    this.#mine = mine;
    this.#theirs = theirs;
  }

  send(message: unknown): void {
    this.#port.postMessage(message);
    Atomics.add(this.#theirs, 0, 1);
    Atomics.notify(this.#theirs, 0);
  }

  /** @returns the next message, or undefined when none came for this many milliseconds; messages are never undefined */
  receive<Message>(milliseconds = Number.POSITIVE_INFINITY): Message | undefined {
    const end = performance.now() + milliseconds;
    for (;;) {
      const sent = Atomics.load(this.#mine, 0);
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message as Message;
      const left = end - performance.now();
      if (left <= 0) return undefined;
      Atomics.wait(this.#mine, 0, sent, left);
    }
  }
}
