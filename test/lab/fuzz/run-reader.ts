/** A process that reads one store after another with every verb that reads, and says what it was told. */

import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openRuns } from "../../../shared/local/open-runs.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { peakOf } from "./processes.ts";

export interface ReadRequest {
  readonly store: string;
  readonly runs: readonly string[];
}

/** What a store says of its runs; `error` stands for what is refused instead, `gone` for a run that is not there. */
export interface ReadAnswer {
  /** Whether all is as recorded; undefined when the store does not open, or nothing can be said. */
  readonly isVerified: boolean | undefined;
  /** State and bundle of each run, as its status says. */
  readonly statuses: readonly string[];
  /** SHA-256 of each run's module. */
  readonly modules: readonly string[];
  readonly hasChanged: boolean;
  readonly peakMegabytes: number;
}

const ERROR = "error";
/** There is no such run: a store keeps no list of its runs, so that is as much as it can tell of one that is gone. */
const GONE = "gone";

/** Names, kinds, sizes and times. */
function everything(folder: string): string {
  const names = readdirSync(folder, { recursive: true }).map(String).sort();
  return names
    .map((name) => {
      const { mode, size, mtimeMs, ino } = lstatSync(join(folder, name));
      return `${name} ${mode} ${size} ${mtimeMs} ${ino}`;
    })
    .join("\n");
}

async function read({ store, runs: ids }: ReadRequest): Promise<ReadAnswer> {
  const before = everything(store);
  const told: { isVerified: boolean | undefined; statuses: string[]; modules: string[] } = {
    isVerified: undefined,
    statuses: [],
    modules: [],
  };
  try {
    const runs = await openRuns({ store, mustExist: true, asFound: true });
    const there = await runs.list().catch(() => undefined);
    const or = <T>(id: string, asked: Promise<T>, say: (answer: T) => string) =>
      asked.then(say, () => (there?.every((each) => each !== id) === true ? GONE : ERROR));
    told.isVerified = await runs.verifyAll().then(
      ({ ok }) => ok,
      () => undefined,
    );
    await runs.overview().catch(() => undefined);
    for (const id of ids) {
      told.statuses.push(await or(id, runs.status(id), ({ state, current_stage }) => `${state} ${current_stage}`));
      await runs.summary(id).catch(() => undefined);
      await runs.facts(id).catch(() => undefined);
      told.modules.push(await or(id, runs.program(id), ({ module }) => sha256(module)));
    }
    await runs.close();
  } catch {
    // It does not open: then nothing wrong is told of it either.
  }
  return { ...told, hasChanged: everything(store) !== before, peakMegabytes: peakOf(process.pid) };
}

process.on("message", (request: ReadRequest) => {
  void read(request).then((answer) => process.send?.(answer));
});
