import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuns } from "../../../shared/local/open-runs.ts";
import { newKeyPair, signingKeyFrom } from "../../../shared/runs/signing/keys.ts";
import { openStores } from "../../../shared/stores/open.ts";
import { oneIn } from "../../support/scale.ts";
import { filesOf, finishedRun, type StoredRun } from "./finished-run.ts";

/** Every byte with RESTEP_FLIPS=all, which takes half an hour; every 199th without, and in `npm test` fewer. */
const isWhole = process.env.RESTEP_FLIPS === "all";
const STRIDE = isWhole ? 1 : 199 * oneIn(40);

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
  await sign(run);
  // Two workers may put the same artifact at once: then the index of kinds has it twice.
  const stores = await openStores(run.store);
  const { config_manifest: ref } = (await stores.runs.get(run.runId)).submission as Record<string, never>;
  await stores.artifacts.put("manifest", await stores.artifacts.get(ref!));
  await stores.close();
}, 120_000);
afterAll(() => run.remove());

/** By a key that no verification names: what it signed is checked all the same. */
async function sign({ store, runId }: StoredRun): Promise<void> {
  const runs = await openRuns({ store, environment: () => undefined });
  await runs.sign(runId, signingKeyFrom(newKeyPair().privateKey, "key"));
  await runs.close();
}

/** Changes bytes, one at a time; gives back those whose change was not found. */
async function undetected(change: (byte: number, at: number) => number): Promise<{ flips: number; missed: string[] }> {
  const missed: string[] = [];
  let flips = 0;
  let next = 0;
  for (const path of filesOf(run.store)) {
    const whole = readFileSync(path);
    const file = openSync(path, "r+");
    for (const [at, byte] of whole.entries()) {
      // The ends of files are where checks are most easily off by one.
      const isEnd = at === 0 || at === whole.length - 1;
      if (next++ % STRIDE !== 0 && !isEnd) continue;
      writeSync(file, Uint8Array.of(change(byte, at)), 0, 1, at);
      const { ok } = await run.verify();
      writeSync(file, Uint8Array.of(byte), 0, 1, at);
      flips += 1;
      if (ok) missed.push(`${relative(run.store, path)}, byte ${at}`);
    }
    closeSync(file);
  }
  return { flips, missed };
}

describe("a finished run", () => {
  it("verifies, with nothing to notice but that it is signed", async () => {
    const { problems, notices, ok, ...counts } = await run.verify();
    expect({ problems, ok }).toEqual({ problems: [], ok: true });
    expect(notices).toEqual([expect.objectContaining({ what: "signature" })]);
    expect(counts.artifacts).toBeGreaterThan(30);
    expect(counts.events).toBeGreaterThan(40);
    expect(counts.history).toBeGreaterThan(70);
    expect(counts.facts).toBeGreaterThan(2);
  });

  const rows: [string, (byte: number, at: number) => number][] = [
    ["lowest bit", (byte) => byte ^ 0x01],
    ["highest bit, or a newline in its place", (byte, at) => (at % 2 === 0 || byte === 0x0a ? byte ^ 0x80 : 0x0a)],
  ];
  it.each(rows)(
    "does not verify with any one byte changed: %s",
    async (_name, change) => {
      const { flips, missed } = await undetected(change);
      expect(missed).toEqual([]);
      expect(flips).toBeGreaterThan(isWhole ? 100_000 : 500 / oneIn(10));
      expect((await run.verify()).problems).toEqual([]);
    },
    isWhole ? 3_600_000 : 120_000,
  );
});
