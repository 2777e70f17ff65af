import { expect } from "vitest";
import * as asl from "../../../../shared/asl/index.ts";
import type { Disk } from "./disks.ts";
import { Killed, type Life, mortalLog } from "./mortal-log.ts";
import { recordedAttempts } from "./recorded.ts";
import { attempts, output, run } from "./workload.mjs";

/** How an execution may keep its history in a log. */
const kept = {
  "a log": (log: asl.HistoryLog) => log,
  "a journal": (log: asl.HistoryLog) => new asl.HistoryJournal(log).of("run"),
} as const;

export type Form = keyof typeof kept;

export interface Story {
  readonly form: Form;
  readonly disk: () => Disk;
  readonly isTorn?: boolean;
  /** Writes that each process makes before it is killed, in turn; one more lives for as long as it needs. */
  readonly lives: readonly number[];
}

/**
 * Runs the workflow in one process after the other: none may make an attempt again whose outcome is recorded, and in
 * the end everything is as if there had been one.
 *
 * @returns how many processes were killed.
 */
export async function liveThrough({ form, disk: make, isTorn = false, lives }: Story): Promise<number> {
  const disk = make();
  const tokens = new Set<string>();
  try {
    for (const [killed, writes] of [...lives, Number.POSITIVE_INFINITY].entries()) {
      const result = await liveOnce(disk, form, { writes, isTorn, pending: new Set() }, tokens);
      if (result instanceof Killed) continue;
      expect(result).toMatchObject({ status: "SUCCEEDED", output });
      expect(recordedAttempts(disk.contents())).toEqual(attempts);
      return killed;
    }
    return expect.unreachable("the last process is not killed");
  } finally {
    disk.remove();
  }
}

async function liveOnce(disk: Disk, form: Form, life: Life, tokens: Set<string>): Promise<unknown> {
  const finished = recordedAttempts(disk.contents());
  const began: string[] = [];
  const history = kept[form](mortalLog(disk.open(), life));
  const result = await run(asl, history, (attempt) => began.push(attempt), tokens).catch((error: unknown) => error);
  await Promise.allSettled(life.pending);
  await disk.close();
  expect(began.filter((attempt) => finished.includes(attempt))).toEqual([]);
  return result;
}
