import { describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../../shared/contracts/event.ts";
import type { FactPayload } from "../../../shared/contracts/facts.ts";
import { requestSha256 } from "../../../shared/kernel/io/json.ts";
import { sealSecret } from "../../../shared/kernel/secrets/seal.ts";
import type { NamedArtifact, RunArtifacts } from "../../../shared/runs/verify/artifacts.ts";
import { checkFacts } from "../../../shared/runs/verify/facts.ts";
import { newFindings } from "../../../shared/runs/verify/findings.ts";
import { canonicalBytes } from "../../../shared/stores/digest.ts";
import { ref } from "../../kernel/run/events.ts";

const KEY = new Uint8Array(32).fill(7);
const request = { user: "ann" };
const fact: FactPayload = {
  schema_version: 1,
  key: "lift/svc/login" as FactPayload["key"],
  namespace: "svc",
  request,
  request_sha256: requestSha256("svc", request),
  outcome: { kind: "response", response: { token: "t" } },
};
const event = {
  seq: 4,
  name: "fact_recorded",
  payload: {
    key: fact.key,
    request_sha256: fact.request_sha256,
    outcome: "response",
    meta: { namespace: "svc", sealed: true },
  },
  payload_ref: ref(1),
} as unknown as EventEnvelope;

async function check(bytes: Uint8Array, key?: Uint8Array) {
  const findings = newFindings();
  const asked: (string | undefined)[] = [];
  const artifacts = {
    async read({ kind }: NamedArtifact) {
      asked.push(kind);
      return bytes;
    },
  } as unknown as RunArtifacts;
  const facts = await checkFacts([event], artifacts, findings, key);
  return { facts, asked, problems: findings.problems, notices: findings.notices };
}

describe("a sealed fact", () => {
  it("is opened with its key, and checked as any other", async () => {
    const { facts, asked, problems, notices } = await check(await sealSecret(canonicalBytes(fact), KEY), KEY);
    expect({ facts, asked, problems, notices }).toEqual({
      facts: [fact],
      asked: ["secret_payload"],
      problems: [],
      notices: [],
    });
    const other = { ...fact, request: { user: "bob" } };
    expect((await check(await sealSecret(canonicalBytes(other), KEY), KEY)).problems).not.toEqual([]);
  });

  it("is left closed without a key, which is noticed, naming the key", async () => {
    const { facts, problems, notices } = await check(await sealSecret(canonicalBytes(fact), KEY));
    expect([facts, problems]).toEqual([[], []]);
    expect(notices).toMatchObject([{ where: "event 4 (fact_recorded)", why: expect.stringMatching(/[0-9a-f]{16}/) }]);
  });

  it.each([
    ["was sealed with another key", async () => sealSecret(canonicalBytes(fact), new Uint8Array(32))],
    ["is not sealed", async () => canonicalBytes(fact)],
  ])("that %s is a problem", async (_what, bytes) => {
    expect((await check(await bytes(), KEY)).problems).toHaveLength(1);
  });
});
