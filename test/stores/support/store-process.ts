/** A process of its own that does with the stores what its parent asks. See `store-processes.ts`. */

import { systemClock } from "../../../shared/stores/clock.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import type { Lease, Stores } from "../../../shared/stores/ports.ts";
import { BOB, event, RUN } from "./samples.ts";
import type { Answer, Question } from "./store-messages.ts";

let stores: Stores | undefined;
let lease: Lease | undefined;

const opened = (): Stores => stores ?? fail("open first");

const actions = {
  /** `late`: how many milliseconds this process's clock is ahead. */
  async open(root: string, late: number) {
    stores = await openFileSystemStores(root, { clock: { ...systemClock, now: () => Date.now() + late } });
  },
  async acquire() {
    lease = await opened().leases.acquire(RUN, BOB);
    return lease.notices;
  },
  release: async () => lease?.release(),
  append: async (expectedSeq: number, name: string) => opened().events.append(RUN, expectedSeq, [event(name)]),
  async appendAtEnd(name: string) {
    const { seq } = await opened().events.head(RUN);
    return opened().events.append(RUN, seq, [event(name)]);
  },
  put: async (text: string) => opened().artifacts.put("output", Buffer.from(text)),
  /** Appends for ever, and tells of each append that is acknowledged; answers when one fails. */
  async appendOn(prefix: string) {
    for (let count = 1; ; count += 1) {
      const names = [`${prefix}_${count}`, `${prefix}_${count}_too`];
      const { seq } = await opened().events.head(RUN);
      await opened().events.append(
        RUN,
        seq,
        names.map((name) => event(name)),
      );
      process.send?.({ acknowledged: names } satisfies Answer);
    }
  },
};
export type Actions = typeof actions;

process.on("message", (question: Question) => {
  const action = actions[question.action as keyof Actions] as (...args: unknown[]) => Promise<unknown>;
  action(...question.args).then(
    (value) => process.send?.({ id: question.id, value } satisfies Answer),
    (error: Error & { details?: unknown }) => {
      const { name, message, details } = error;
      process.send?.({ id: question.id, error: { name, message, details } } satisfies Answer);
    },
  );
});

function fail(message: string): never {
  throw new Error(message);
}
