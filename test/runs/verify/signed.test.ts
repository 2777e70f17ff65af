import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RunId } from "../../../shared/contracts/ids.ts";
import { type DsseEnvelope, RunLogStatement, type RunSignature } from "../../../shared/contracts/signature.ts";
import { openRuns } from "../../../shared/local/open-runs.ts";
import type { Runs } from "../../../shared/runs/runs.ts";
import { IN_TOTO, signEnvelope } from "../../../shared/runs/signing/dsse.ts";
import { newKeyPair, type SigningKey, signingKeyFrom, verifyingKeyFrom } from "../../../shared/runs/signing/keys.ts";
import { signRun } from "../../../shared/runs/signing/sign-run.ts";
import { openStores } from "../../../shared/stores/open.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { finishedRun, makeLike, type StoredRun } from "./finished-run.ts";
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

async function withStores(use: (stores: Stores) => Promise<unknown>): Promise<void> {
  const stores = await openStores(run.store);
  await use(stores);
  await stores.close();
}

const payloadOf = ({ payload }: DsseEnvelope) => Buffer.from(payload, "base64");

/** The statement of a log with something else in it, under the signature that it had. */
function restated(envelope: DsseEnvelope, change: (predicate: RunLogStatement["predicate"]) => object): DsseEnvelope {
  const statement = RunLogStatement.parse(JSON.parse(payloadOf(envelope).toString()));
  Object.assign(statement.predicate, change(statement.predicate));
  return { ...envelope, payload: Buffer.from(JSON.stringify(statement)).toString("base64") };
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
    makeLike(kept(), run.store);
  });

  it("says so, and verifies without a key", async () => {
    const { ok, signed, decided } = await verify();
    expect({ ok, signed, decided }).toEqual({
      ok: true,
      signed: [],
      decided: [{ gate: "publish", decision: "approved", by: "mallory", basis: "said", is_named: false }],
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
    expect(await verify(operator)).toMatchObject({ ok: true, signed: [{ keyid: operator.keyId, is_named: true }] });
    await forgeEverywhere(run, "mallory", "alice");
    const { ok, problems, signed } = await verify(operator);
    expect(ok).toBe(false);
    expect(problems.map(({ where }) => where.slice(operator.keyId.length + 2))).toEqual([
      "provenance",
      "log, events.head_sha256",
      "log, attestation",
    ]);
    expect(signed).toEqual([{ keyid: operator.keyId, is_named: true }]);
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
    expect(payloadOf(attestation!)).toEqual(Buffer.from(statement));
    const { seq } = await withRuns(async (runs) => {
      let last: { seq: number; name: string } | undefined;
      for await (const event of runs.events(run.runId)) last = event;
      return last!;
    });
    const { subject, predicate } = JSON.parse(Buffer.from(log.payload, "base64").toString());
    expect(predicate).toMatchObject({ run_id: run.runId, phase: "succeeded", events: { count: seq } });
    expect(subject[0].digest.sha256).toBe(predicate.events.head_sha256);
    expect((await verify(operator)).signed).toEqual([{ keyid: operator.keyId, is_named: true, seq }]);
  });

  it("is signed by several, each of whom is checked or told of", async () => {
    await sign(operator);
    await sign(stranger);
    const { ok, signed, notices } = await verify(operator);
    expect(ok).toBe(true);
    expect(signed).toHaveLength(2);
    expect(notices).toContainEqual(expect.objectContaining({ what: "signature", where: stranger.keyId }));
  });

  it("hands out signatures that hold and no others", async () => {
    const envelope = async (): Promise<DsseEnvelope> =>
      JSON.parse(Buffer.from(await withRuns((runs) => runs.provenance(run.runId, "dsse"))).toString());
    await sign(operator);
    const signedByOne = await envelope();
    await sign(stranger);
    await withStores(async ({ signatures }) => {
      const of = (await signatures.list(run.runId as RunId)).find(({ keyid }) => keyid === publicOf(stranger).keyId)!;
      const attestation = { ...of.attestation!, signatures: [{ ...of.attestation!.signatures[0]!, sig: "AAAA" }] };
      await signatures.put(run.runId as RunId, { ...of, attestation });
    });
    expect(await envelope()).toEqual(signedByOne);
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

  const other = "00000000-0000-4000-8000-000000000000";
  const unsigned = { expected: "an in-toto statement that this key signed", found: "one that it did not" };
  it.each<[string, (signature: RunSignature) => RunSignature, string, object]>([
    [
      "a log of another length",
      (signature) => ({
        ...signature,
        log: restated(signature.log, ({ events }) => ({ events: { ...events, count: 1 } })),
      }),
      "log",
      unsigned,
    ],
    [
      "another run's name",
      (signature) => ({ ...signature, run_id: other as RunId }),
      "run",
      { found: `one of run ${other}` },
    ],
    [
      "a statement in the other's place",
      ({ log, ...signature }) => ({ ...signature, log, attestation: log }),
      "provenance",
      {},
    ],
    ["its provenance left out", ({ attestation, ...signature }) => signature, "provenance", unsigned],
    [
      "the key of somebody else",
      (signature) => ({ ...signature, public_key: signing(stranger).publicKey }),
      "public key",
      {},
    ],
    ["no key", (signature) => ({ ...signature, public_key: "AAAA" }), "public key", { found: "another" }],
    [
      "the signature of somebody else",
      (signature) => ({ ...signature, log: signEnvelope(IN_TOTO, payloadOf(signature.log), signing(stranger)) }),
      "log",
      unsigned,
    ],
    [
      "a type other than in-toto's",
      (signature) => ({ ...signature, log: signEnvelope("text/plain", payloadOf(signature.log), signing(operator)) }),
      "log",
      unsigned,
    ],
    [
      "what the key signed of another log",
      (signature) => ({
        ...signature,
        log: signEnvelope(
          IN_TOTO,
          payloadOf(restated(signature.log, () => ({ phase: "cancelled" }))),
          signing(operator),
        ),
      }),
      "log, phase",
      { expected: "cancelled as signed", found: "succeeded" },
    ],
    [
      "what the key signed that is no statement of a log",
      (signature) => ({ ...signature, log: signEnvelope(IN_TOTO, Buffer.from("{}"), signing(operator)) }),
      "log",
      { found: "another document" },
    ],
  ])("with %s does not verify, whether a key is named or not", async (_, change, where, rest) => {
    const signature = await sign(operator);
    await withStores((stores) => stores.signatures.put(run.runId, change(signature)));
    for (const named of [[], [operator]]) {
      const { problems, signed } = await verify(...named);
      expect(problems).toEqual([
        expect.objectContaining({ what: "signature", where: `${operator.keyId}, ${where}`, ...rest }),
      ]);
      expect(signed).toEqual([{ keyid: operator.keyId, is_named: named.length > 0 }]);
    }
    await sign(operator);
    expect((await verify(operator)).ok).toBe(true);
  });
});

describe("a run that was turned down", () => {
  beforeAll(async () => {
    run.mend();
    await withRuns(async (runs) => {
      await runs.reject(run.runId, "publish", { by: "mallory", reason: "not this one" });
      await (await runs.resume(run.runId)).outcome;
    });
    rmSync(kept(), { recursive: true, force: true });
    cpSync(run.store, kept(), { recursive: true });
  }, 120_000);
  afterEach(() => {
    makeLike(kept(), run.store);
  });

  it("is signed as far as it came, and its end cannot be told otherwise", async () => {
    const { attestation, log } = await sign(operator);
    expect(attestation).toBeUndefined();
    expect(RunLogStatement.parse(JSON.parse(payloadOf(log).toString())).predicate).toMatchObject({ phase: "failed" });
    expect(await verify(operator)).toMatchObject({ ok: true, signed: [{ is_named: true }] });
    await forgeEverywhere(run, "mallory", "alice");
    expect((await verify()).problems).toEqual([expect.objectContaining({ what: "signature" })]);
  });

  it("is among the runs of a store that a key must have signed", async () => {
    const all = (...pairs: { publicKey: string }[]) =>
      withRuns((runs) => runs.verifyAll({ keys: pairs.map(publicOf) }));
    expect((await all()).ok).toBe(true);
    expect(await all(operator)).toMatchObject({ ok: false, runs: [{ problems: [{ found: "no signature" }] }] });
    await sign(operator);
    expect(await all(operator)).toMatchObject({ ok: true, runs: [{ signed: [{ is_named: true }] }] });
  });
});

describe("a run whose approval is signed", () => {
  beforeAll(() => decide(signing(approver)), 120_000);
  afterEach(() => {
    makeLike(kept(), run.store);
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
    expect(decided).toMatchObject([{ basis: `key:${approver.keyId}`, is_named: true }]);
  });

  it("is not forged unseen by the operator who signs the forgery", async () => {
    await forgeEverywhere(run, "mallory", "alice");
    await expect(sign(operator)).rejects.toThrow(/found 1 faults, the first in decision, gate publish/);
    await withStores((stores) => signRun(stores, run.runId, signing(operator)));
    expect((await verify(operator, approver)).problems).toEqual([
      expect.objectContaining({ what: "decision", where: "gate publish", found: "a signature of something else" }),
    ]);
  });

  it("shows its signature checked though no key is named, and not whose it is", async () => {
    const { ok, decided } = await verify();
    expect(ok).toBe(true);
    expect(decided).toMatchObject([{ basis: `key:${approver.keyId}`, is_named: false }]);
  });

  it("is not forged unseen by whoever lends the name of a key", async () => {
    await forgeEverywhere(run, approver.keyId, stranger.keyId);
    expect((await verify()).problems).toMatchObject([{ what: "decision", where: "gate publish" }]);
  });

  it("of another run is not taken for its own", async () => {
    const from = "00000000-0000-4000-8000-000000000000";
    const text = `"run_id":"${run.runId}","sig"`;
    await forgeEverywhere(run, text, text.replace(run.runId, from));
    expect((await verify()).problems).toMatchObject([{ what: "decision", where: "gate publish" }]);
  });

  it("replays", async () => {
    expect(await withRuns((runs) => runs.replay(run.runId))).toMatchObject({ identical: true });
  }, 120_000);
});
