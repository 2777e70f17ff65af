/** Work that can be left at each `yield` and gone on with later. */
export type Interleaved<Result> = Generator<undefined, Result>;

export function atOnce<Result>(work: Interleaved<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Milliseconds for which the rest of the process waits. */
const SLICE_MS = 8;

/** Who waits for a slice: there is one in each turn of the event loop, whoever has it. */
let line: Promise<unknown> = Promise.resolve();

/** Does work in slices, between which the process does what else there is. What takes no longer than a slice is done at once. */
export async function inTurns<Result>(work: Interleaved<Result>): Promise<Result> {
  for (;;) {
    const end = performance.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    line = line.then(() => new Promise((resolve) => setImmediate(resolve)));
    await line;
  }
}
