import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { verifyStore } from "../../../shared/runs/verify/verify-store.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { inspectFolder } from "../../../shared/stores/filesystem/inspection.ts";
import { openStores } from "../../../shared/stores/open.ts";
import { finishedRun, type StoredRun } from "./finished-run.ts";

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
}, 120_000);
afterEach(() => run.mend());
afterAll(() => run.remove());

async function verified() {
  const stores = await openStores(run.store, { asFound: true });
  return verifyStore(stores, inspectFolder(run.store));
}

/** Puts an artifact that no run refers to. @returns its path */
function unreferenced(text: string, bytes = text): string {
  const digits = sha256(text);
  const folder = join(run.store, "artifacts", digits.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, digits.slice(2)), bytes);
  return join(folder, digits.slice(2));
}

const bundle = () => readdirSync(join(run.store, "bundles"))[0] ?? "";

describe("a whole store", () => {
  it("is its runs and what no run leads to", async () => {
    unreferenced("alone");
    const { ok, runs, artifacts, unreferenced: alone, bundles, problems, notices } = await verified();
    expect({ ok, problems, notices, bundles }).toEqual({ ok: true, problems: [], notices: [], bundles: 1 });
    expect(runs).toMatchObject([{ run_id: run.runId, ok: true, artifacts: artifacts - alone }]);
    expect(alone).toBeGreaterThanOrEqual(1);
  });

  it("does not verify with an artifact damaged that no run leads to", async () => {
    unreferenced("alone", "alome");
    const { ok, problems } = await verified();
    expect(ok).toBe(false);
    expect(problems).toEqual([
      {
        what: "artifact",
        where: `artifact://${sha256("alone")}, in no run`,
        expected: "bytes that hash to its name",
        found: `SHA-256 ${sha256("alome")}`,
      },
    ]);
  });

  it("nor with a run's artifact, claim or file of a bundle damaged", async () => {
    writeFileSync(join(run.store, "claims", bundle(), run.runId), "x");
    writeFileSync(join(run.store, "bundles", bundle(), "module.wasm"), "x");
    const { ok, runs, problems } = await verified();
    expect(ok).toBe(false);
    expect(runs[0]?.problems).toHaveLength(2);
    expect(problems.map(({ what }) => what)).toEqual(["claim of a bundle", "published file"]);
  });

  it("tells of claims of runs that are gone, and of what has no artifact's name", async () => {
    rmSync(join(run.store, "runs", run.runId), { recursive: true });
    writeFileSync(join(run.store, "artifacts", "notes.txt"), "");
    const { ok, runs, problems, notices, unreferenced: alone, artifacts } = await verified();
    expect([ok, runs, alone]).toEqual([false, [], artifacts]);
    expect(notices).toEqual([
      { what: "artifacts", where: expect.stringMatching(/notes\.txt$/), why: "it is no artifact by its name" },
    ]);
    expect(problems).toEqual([
      {
        what: "claim of a bundle",
        where: expect.stringContaining(run.runId),
        expected: "the run that made it",
        found: "none of that id",
      },
    ]);
  });

  it("is not read beyond what is recorded: a file of a terabyte is told by its size", async () => {
    const HUGE = 2 ** 40;
    truncateSync(unreferenced("alone"), HUGE);
    for (const file of ["events.jsonl", "log.jsonl", "run.json", "status.json", "seal.json"])
      truncateSync(run.at(file), HUGE);
    const { ok, problems, runs } = await verified();
    expect(ok).toBe(false);
    expect(problems).toMatchObject([{ what: "artifact", found: expect.stringContaining("larger than any") }]);
    expect(runs[0]?.problems.map(({ where }) => where)).toEqual(
      expect.arrayContaining(["events.jsonl", "run.json", "status.json", "seal.json"]),
    );
  });

  it("and so is an artifact that events give a size, by one byte", async () => {
    const [prefix = ""] = readdirSync(join(run.store, "artifacts")).filter((name) => name.length === 2);
    const [rest = ""] = readdirSync(join(run.store, "artifacts", prefix));
    const path = join(run.store, "artifacts", prefix, rest);
    truncateSync(path, 2 ** 40);
    const { runs } = await verified();
    expect(
      runs[0]?.problems.some(({ found }) => /1099511627776 bytes, which were not read|larger than any/.test(found)),
    ).toBe(true);
    rmSync(path);
    symlinkSync("/dev/zero", path);
    expect((await verified()).ok).toBe(false);
  });
});
