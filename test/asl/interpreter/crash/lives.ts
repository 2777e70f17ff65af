import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import * as asl from "../../../../shared/asl/index.ts";
import { Killed, type Life, mortalLog } from "./mortal-log.ts";
import { recordedAttempts } from "./recorded.ts";
import { attempts, output, run } from "./workload.mjs";

/** How an execution may keep its history in a file. */
const kept = {
  file: (file: asl.HistoryLog) => file,
  journal: (file: asl.HistoryLog) => new asl.HistoryJournal(file).of("run"),
} as const;

export interface Story {
  readonly place: keyof typeof kept;
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
export async function liveThrough({ place, isTorn = false, lives }: Story): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "asl-crash-"));
  const tokens = new Set<string>();
  try {
    for (const [killed, writes] of [...lives, Number.POSITIVE_INFINITY].entries()) {
      const result = await liveOnce(folder, place, { writes, isTorn, pending: new Set() }, tokens);
      if (result instanceof Killed) continue;
      expect(result).toMatchObject({ status: "SUCCEEDED", output });
      expect(recordedAttempts(folder)).toEqual(attempts);
      return killed;
    }
    return expect.unreachable("the last process is not killed");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function liveOnce(folder: string, place: Story["place"], life: Life, tokens: Set<string>): Promise<unknown> {
  const finished = recordedAttempts(folder);
  const began: string[] = [];
  const file = asl.fileHistoryLog(join(folder, "history.jsonl"));
  const history = kept[place](mortalLog(file, life));
  const result = await run(asl, history, (attempt) => began.push(attempt), tokens).catch((error: unknown) => error);
  await Promise.allSettled(life.pending);
  await file.close();
  expect(began.filter((attempt) => finished.includes(attempt))).toEqual([]);
  return result;
}
