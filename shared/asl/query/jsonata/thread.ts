import { MessageChannel, Worker, type WorkerOptions } from "node:worker_threads";
import type { Entropy } from "../scope.ts";
import { Channel } from "./channel.ts";
import { EvaluationFailure, timedOut } from "./failure.ts";
import { bounds } from "./limits.ts";
import type { Answer, Job, ThreadStart } from "./thread-entry.ts";

/** Mebibytes of the objects of one evaluation: the longest text and the longest list that are allowed, many times over. */
const MOST_HEAP_MEGABYTES = 256;

/** Milliseconds in which a thread begins to work, on a machine that has other things to do. */
const LONGEST_START = 60_000;

/** Milliseconds past its time in which an evaluation that looks at the clock ends by itself. */
const GRACE = 100;

/** This module's own ending tells whether it runs from source or as built. */
const isSource = import.meta.url.endsWith(".ts");
const ENTRY = new URL(isSource ? "./thread-entry.ts" : "./thread-entry.js", import.meta.url);

let thread: EvaluationThread | undefined;

/**
 * Evaluates an expression in the one thread that this process has for it, and waits: whoever asks is synchronous. The thread
 * stays for the next one, unless this one takes longer than its second, which no regular expression and no loop inside a
 * built-in function survives: then the thread is ended.
 *
 * @throws EvaluationFailure
 */
export function evaluateInThread(text: string, bindings: Job["bindings"], entropy: Entropy): unknown {
  thread ??= new EvaluationThread(() => {
    thread = undefined;
  });
  return thread.evaluate({ text, bindings }, entropy);
}

class EvaluationThread {
  readonly #worker: Worker;
  readonly #channel: Channel;
  readonly #onEnd: () => void;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    const { port1, port2 } = new MessageChannel();
    const [here, there] = [sharedInteger(), sharedInteger()];
    const workerData: ThreadStart = { port: port2, here, there };
    this.#worker = start({
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MEGABYTES },
    });
    // A thread that runs out of memory ends, and says so once this one turns its event loop.
    this.#worker.on("error", () => undefined).on("exit", onEnd);
    this.#worker.unref();
    port1.unref();
    this.#channel = new Channel(port1, here, there);
    if (this.#channel.receive(LONGEST_START) === undefined) {
      this.#end();
      throw new Error(`JSONata thread: did not start within ${LONGEST_START / 1000} s`);
    }
  }

  evaluate(job: Job, entropy: Entropy): unknown {
    this.#channel.send(job);
    const end = performance.now() + bounds.timeout + GRACE;
    for (;;) {
      const answer = this.#channel.receive<Answer>(end - performance.now());
      if (answer === undefined) {
        this.#end();
        throw new EvaluationFailure(`: ${timedOut}`);
      }
      if ("draw" in answer) this.#channel.send({ drawn: draw(entropy, answer.draw) });
      else if ("failure" in answer) throw new EvaluationFailure(answer.failure);
      else return answer.value;
    }
  }

  #end(): void {
    this.#onEnd();
    this.#worker.removeAllListeners("exit");
    void this.#worker.terminate();
  }
}

function draw(entropy: Entropy, what: keyof Entropy): unknown {
  return what === "now" ? entropy.now().getTime() : entropy[what]();
}

function sharedInteger(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Node 20 does not take a loader of TypeScript along into threads: from source, the thread first loads it itself. */
function start(options: WorkerOptions): Worker {
  if (!isSource) return new Worker(ENTRY, options);
  const loader = import.meta.resolve("tsx/esm/api");
  const code = `import(${JSON.stringify(loader)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(ENTRY.href)});
  });`;
  return new Worker(code, { ...options, eval: true });
}
