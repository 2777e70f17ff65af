import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openRuns } from "../../../shared/local/open-runs.ts";
import type { Runs } from "../../../shared/runs/runs.ts";
import { newKeyPair, type SigningKey, signingKeyFrom, verifyingKeyFrom } from "../../../shared/runs/signing/keys.ts";
import { finishedRun, type StoredRun } from "./finished-run.ts";
import { forgeEverywhere } from "./forged-run.ts";

const [operator, approver, stranger] = [newKeyPair(), newKeyPair(), newKeyPair()] as const;
const signing = ({ privateKey }: { privateKey: string }): SigningKey => signingKeyFrom(privateKey, "key");
const publicOf = ({ publicKey }: { publicKey: string }) => verifyingKeyFrom(publicKey, "key");
const CONFIG = { run: { gates: { manual: ["publish"] } } };

let run: StoredRun;
const kept = () => `${run.store}-decided`;
beforeAll(async () => {
  run = await finishedRun(CONFIG, 3);
}, 120_000);
afterAll(() => run.remove());

/** Decides at the gate and goes on to the end; remembers the store as it is then. */
async function decide(key?: SigningKey): Promise<void> {
  run.mend();
  await withRuns(async (runs) => {
    await runs.approve(run.runId, "publish", { by: "mallory", reason: "played it through", ...(key && { key }) });
    await (await runs.resume(run.runId)).outcome;
  });
  rmSync(kept(), { recursive: true, force: true });
  cpSync(run.store, kept(), { recursive: true });
}

async function withRuns<T>(use: (runs: Runs) => Promise<T>): Promise<T> {
  const runs = await openRuns({ store: run.store, workers: 1, environment: () => undefined });
  try {
    return await use(runs);
  } finally {
    await runs.close();
  }
}

const verify = (...pairs: { publicKey: string }[]) =>
  withRuns((runs) => runs.verify(run.runId, { keys: pairs.map(publicOf) }));
const sign = (pair: { privateKey: string }) => withRuns((runs) => runs.sign(run.runId, signing(pair)));

describe("a run whose approval was merely said", () => {
  beforeAll(() => decide(), 120_000);
  afterEach(() => {
    rmSync(run.store, { recursive: true });
    cpSync(kept(), run.store, { recursive: true });
  });

  it("says so, and verifies without a key", async () => {
    const { ok, signed, decided } = await verify();
    expect({ ok, signed, decided }).toEqual({
      ok: true,
      signed: [],
      decided: [{ gate: "publish", decision: "approved", by: "mallory", basis: "said", is_checked: false }],
    });
    const { gates } = await withRuns((runs) => runs.summary(run.runId));
    expect(gates).toMatchObject([{ gate: "publish", by: "mallory", basis: "said" }]);
  });

  it("does not verify with a key that has signed nothing", async () => {
    const { ok, problems } = await verify(operator);
    expect(ok).toBe(false);
    expect(problems).toEqual([
      {
        what: "signature",
        where: `run ${run.runId}`,
        expected: `provenance and log signed by ${operator.keyId}`,
        found: "no signature",
      },
    ]);
  });

  it("is forged unseen as long as nobody signed it", async () => {
    expect(await forgeEverywhere(run, "mallory", "alice")).toBeGreaterThan(20);
    const { ok, problems, decided } = await verify();
    expect(problems).toEqual([]);
    expect(ok).toBe(true);
    expect(decided).toMatchObject([{ by: "alice", basis: "said" }]);
  });

  it("is not forged unseen once the operator signed it", async () => {
    await sign(operator);
    expect(await verify(operator)).toMatchObject({ ok: true, signed: [{ keyid: operator.keyId, is_checked: true }] });
    await forgeEverywhere(run, "mallory", "alice");
    const { ok, problems, signed } = await verify(operator);
    expect(ok).toBe(false);
    expect(problems.map(({ where }) => where.slice(operator.keyId.length + 2))).toEqual([
      "provenance",
      "log, events.head_sha256",
      "log, attestation",
    ]);
    expect(signed).toEqual([{ keyid: operator.keyId, is_checked: true }]);
  });

  it("is not forged by whoever signs the forgery with a key of their own", async () => {
    await sign(operator);
    await forgeEverywhere(run, "mallory", "alice");
    rmSync(run.at("signatures"), { recursive: true });
    await sign(stranger);
    expect((await verify(operator)).problems).toEqual([
      expect.objectContaining({ what: "signature", found: stranger.keyId }),
    ]);
  });

  it("is signed up to its very end, and as its statement stands", async () => {
    const { attestation, log } = await sign(operator);
    const statement = await withRuns((runs) => runs.provenance(run.runId, "slsa"));
    expect(Buffer.from(attestation.payload, "base64")).toEqual(Buffer.from(statement));
    const { seq } = await withRuns(async (runs) => {
      let last: { seq: number; name: string } | undefined;
      for await (const event of runs.events(run.runId)) last = event;
      return last!;
    });
    const { subject, predicate } = JSON.parse(Buffer.from(log.payload, "base64").toString());
    expect(predicate).toMatchObject({ run_id: run.runId, phase: "succeeded", events: { count: seq } });
    expect(subject[0].digest.sha256).toBe(predicate.events.head_sha256);
    expect((await verify(operator)).signed).toEqual([{ keyid: operator.keyId, is_checked: true, seq }]);
  });

  it("is signed by several, each of whom is checked or told of", async () => {
    await sign(operator);
    await sign(stranger);
    const { ok, signed, notices } = await verify(operator);
    expect(ok).toBe(true);
    expect(signed).toHaveLength(2);
    expect(notices).toContainEqual(expect.objectContaining({ what: "signature", where: stranger.keyId }));
  });

  it("signed again is signed with the same bytes", async () => {
    expect(await sign(operator)).toEqual(await sign(operator));
  });

  it("has the same bundle, provenance and log whether it is signed or not", async () => {
    const log = readFileSync(run.at("events.jsonl"));
    await sign(operator);
    expect(readFileSync(run.at("events.jsonl"))).toEqual(log);
  });

  it("is not signed once it is not as it was recorded", async () => {
    const events = readFileSync(run.at("events.jsonl"), "utf8");
    writeFileSync(run.at("events.jsonl"), events.replace("mallory", "alice!!"));
    await expect(sign(operator)).rejects.toThrow(/expected a run as recorded, found \d+ faults/);
  });

  it.each([
    ["a file that is no signature", "{}\n"],
    ["nothing in it", ""],
  ])("with %s among its signatures does not verify", async (_, text) => {
    await sign(operator);
    mkdirSync(run.at("signatures"), { recursive: true });
    writeFileSync(join(run.at("signatures"), `${operator.keyId.replace(":", "-")}.json`), text);
    const { ok, problems } = await verify(operator);
    expect(ok).toBe(false);
    expect(problems[0]).toMatchObject({ what: "the signature of a run" });
  });

  it("does not take another run's signature for its own", async () => {
    const signature = await sign(operator);
    const path = join(run.at("signatures"), `${operator.keyId.replace(":", "-")}.json`);
    const log = JSON.parse(Buffer.from(signature.log.payload, "base64").toString());
    log.predicate.events.count += 1;
    const text = readFileSync(path, "utf8").replace(
      signature.log.payload,
      Buffer.from(JSON.stringify(log)).toString("base64"),
    );
    writeFileSync(path, text);
    expect(statSync(path).size).toBeGreaterThan(0);
    expect((await verify(operator)).problems).toMatchObject([{ what: "signature", where: `${operator.keyId}, log` }]);
  });
});

describe("a run whose approval is signed", () => {
  beforeAll(() => decide(signing(approver)), 120_000);
  afterEach(() => {
    rmSync(run.store, { recursive: true });
    cpSync(kept(), run.store, { recursive: true });
  });

  it("says by which key, in the summary and in the provenance", async () => {
    const basis = `key:${approver.keyId}`;
    const [summary, provenance] = await withRuns(async (runs) => [
      await runs.summary(run.runId),
      JSON.parse(Buffer.from(await runs.provenance(run.runId)).toString()),
    ]);
    expect(summary.gates).toMatchObject([{ by: "mallory", basis }]);
    expect(provenance.trail.decisions).toMatchObject([{ by: "mallory", basis }]);
  });

  it("is checked with that key beside the operator's", async () => {
    await sign(operator);
    const { ok, decided } = await verify(operator, approver);
    expect(ok).toBe(true);
    expect(decided).toMatchObject([{ basis: `key:${approver.keyId}`, is_checked: true }]);
  });

  it("is not forged unseen by the operator who signs the forgery", async () => {
    await forgeEverywhere(run, "mallory", "alice");
    await sign(operator);
    expect((await verify(operator, approver)).problems).toEqual([
      expect.objectContaining({ what: "decision", where: "gate publish", found: "a signature of something else" }),
    ]);
  });

  it("replays", async () => {
    expect(await withRuns((runs) => runs.replay(run.runId))).toMatchObject({ identical: true });
  }, 120_000);
});
