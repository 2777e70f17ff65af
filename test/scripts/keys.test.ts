import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../scripts/cli/main.ts";
import { DsseEnvelope, RunSignature } from "../../shared/contracts/signature.ts";
import { IN_TOTO, payloadSignedBy } from "../../shared/runs/signing/dsse.ts";
import { newKeyPair, verifyingKeyFrom } from "../../shared/runs/signing/keys.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { finishedRun, type StoredRun } from "../runs/verify/finished-run.ts";

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const [operator, other] = [newKeyPair(), newKeyPair()];
let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
  for (const [name, pair] of [
    ["operator", operator],
    ["other", other],
  ] as const) {
    writeFileSync(at(`${name}.key`), pair.privateKey, { mode: 0o600 });
    writeFileSync(at(`${name}.pub`), pair.publicKey);
  }
}, 120_000);
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  run.mend();
});
afterAll(() => {
  run.remove();
  folder.remove();
});

async function restep(...words: string[]): Promise<{ status: number; stdout: Buffer; stderr: string }> {
  const said: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      said[stream].push(Buffer.from(text));
      return true;
    });
  }
  const status = await main(words);
  vi.restoreAllMocks();
  return { status, stdout: Buffer.concat(said.stdout), stderr: Buffer.concat(said.stderr).toString() };
}

const of = (verb: string, ...words: string[]) => restep(verb, run.runId, "--store", run.store, ...words);

describe("keys", () => {
  it("new writes a pair that belongs together, the private part for its owner alone", async () => {
    const { status, stdout } = await restep("keys", "new", at("made"), "--json");
    expect(status).toBe(0);
    const { keyid } = JSON.parse(stdout.toString());
    if (process.platform !== "win32") expect(statSync(at("made")).mode & 0o777).toBe(0o600);
    for (const name of ["made", "made.pub"]) {
      expect((await restep("keys", "show", at(name))).stdout.toString()).toBe(
        `${keyid}\n${readFileSync(at("made.pub"), "utf8")}`,
      );
    }
  });

  it.each(["taken", "taken.pub"])("new leaves %s, which is there, and makes no other", async (name) => {
    const before = readdirSync(folder.path);
    writeFileSync(at(name), "mine");
    const { status, stderr } = await restep("keys", "new", at("taken"));
    expect(status).toBe(2);
    expect(stderr).toContain("expected a path where nothing stands yet, found something");
    expect(readFileSync(at(name), "utf8")).toBe("mine");
    expect(readdirSync(folder.path).sort()).toEqual([...before, name].sort());
    execFileSync("rm", [at(name)]);
  });

  it("does nothing else", async () => {
    expect(await restep("keys", "old", at("made"))).toMatchObject({ status: 2 });
  });
});

describe("a signed run", () => {
  it("is one by a file's key, or by that of the environment", async () => {
    expect((await of("sign", "--key", at("operator.key"))).stdout.toString()).toBe(`Signed by ${operator.keyId}\n`);
    vi.stubEnv("RESTEP_SIGNING_KEY", Buffer.from(other.privateKey).toString("base64"));
    const { stdout } = await of("sign", "--json");
    expect(RunSignature.parse(JSON.parse(stdout.toString()))).toMatchObject({ run_id: run.runId, keyid: other.keyId });
    expect(readdirSync(run.at("signatures"))).toHaveLength(2);
  });

  it("verifies with the key, and exits with 1 where it was not that key", async () => {
    await of("sign", "--key", at("operator.key"));
    const good = await of("verify", "--key", at("operator.pub"));
    expect(good.stdout.toString()).toMatch(
      new RegExp(`^Provenance and log, up to event \\d+, signed by ${operator.keyId}\n.*: all as recorded\n$`),
    );
    expect(good.status).toBe(0);
    const bad = await of("verify", "--key", at("other.pub"), "--json");
    expect(bad.status).toBe(1);
    expect(JSON.parse(bad.stdout.toString())).toMatchObject({ ok: false, problems: [{ what: "signature" }] });
    expect((await of("verify", "--key", at("other.pub"), "--key", at("operator.pub"))).status).toBe(0);
    expect((await of("verify")).status).toBe(0);
  });

  it("gives its statement as the bytes that are named and signed, and the envelope with every signature", async () => {
    const unsigned = await of("provenance", "--dsse");
    expect(unsigned).toMatchObject({ status: 2, stderr: expect.stringContaining("expected a signature") });
    await of("sign", "--key", at("operator.key"));
    await of("sign", "--key", at("other.key"));
    const { stdout: statement } = await of("provenance", "--slsa");
    const named = createHash("sha256").update(statement).digest("hex");
    expect(readFileSync(run.at("events.jsonl"), "utf8")).toContain(`artifact://${named}`);
    const envelope = DsseEnvelope.parse(JSON.parse((await of("provenance", "--dsse")).stdout.toString()));
    for (const { publicKey } of [operator, other]) {
      expect(payloadSignedBy(verifyingKeyFrom(publicKey, "key"), IN_TOTO, envelope)).toEqual(statement);
    }
  });

  it("does not hold the private key anywhere", async () => {
    await of("sign", "--key", at("operator.key"));
    const secret = operator.privateKey.split("\n")[1]!;
    const names = readdirSync(run.store, { recursive: true, encoding: "utf8" }).map((name) => join(run.store, name));
    const holding = names.filter((path) => statSync(path).isFile() && readFileSync(path).includes(secret));
    expect(holding).toEqual([]);
  });
});

describe("a key that cannot be used", () => {
  it.each<[string, () => string[], RegExp]>([
    ["is not there", () => ["sign", "--key", at("none.key")], /expected a file with a private key; found none/],
    ["is no key", () => ["sign", "--key", run.at("status.json")], /mode|expected an ed25519 private key/],
    [
      "is a public one",
      () => ["sign", "--key", at("operator.pub")],
      /expected a private key, as .* found a public one/,
    ],
    ["is a private one to verify with", () => ["verify", "--key", at("operator.key")], /found a private key/],
    ["is not named", () => ["sign"], /expected --key FILE, or RESTEP_SIGNING_KEY, found neither/],
    [
      "is one to decide with that is none",
      () => ["approve", "publish", "--by", "a", "--reason", "b", "--key", at("no")],
      /found none/,
    ],
  ])("%s: said before anything is written", async (_, words, message) => {
    const [verb, ...rest] = words() as [string, ...string[]];
    const { status, stderr } = await of(verb, ...rest);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(operator.privateKey.split("\n")[1]);
    expect(status).toBe(2);
    expect(existsSync(run.at("signatures"))).toBe(false);
  });

  it.skipIf(process.platform === "win32")("is a private one that others may read", async () => {
    chmodSync(at("operator.key"), 0o644);
    const { status, stderr } = await of("sign", "--key", at("operator.key"));
    chmodSync(at("operator.key"), 0o600);
    expect(stderr).toContain("as chmod 600 makes it; found mode 0644");
    expect(status).toBe(2);
  });

  it("of a run that would be made leaves no store", async () => {
    const manifest = join(run.store, "..", "packed", "manifest.json");
    const nowhere = `${run.store}.nowhere`;
    const { status } = await restep("run", manifest, "--store", nowhere, "--key", at("none.key"));
    expect(status).toBe(2);
    expect(existsSync(nowhere)).toBe(false);
  });

  it("is asked of every run where none is named", async () => {
    expect(await restep("verify", "--store", run.store, "--key", at("operator.pub"))).toMatchObject({ status: 1 });
  });
});
