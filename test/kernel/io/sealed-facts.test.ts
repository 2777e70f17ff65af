import { describe, expect, it } from "vitest";
import { createGuard } from "../../../shared/kernel/secrets-guard.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { recordedRun, rejection } from "./support.ts";

/** Of a known shape; put together here, so that nobody takes this file for a leak. */
const TOKEN = `ghp_${"a1B2c3".repeat(6)}`;
const KEY = new Uint8Array(32).fill(7);
const guard = createGuard([]).refuse;
const call = { namespace: "svc", name: "login", request: { user: "ann" } };

function answering(response: unknown) {
  let asked = 0;
  const svc = async () => {
    asked++;
    return response;
  };
  return { transports: { svc }, asked: () => asked };
}

async function everything({ artifacts, events }: Stores, runId: string): Promise<string> {
  const texts: string[] = [];
  for await (const { ref } of artifacts.list()) texts.push(Buffer.from(await artifacts.get(ref)).toString());
  for await (const event of events.read(runId as never)) texts.push(JSON.stringify(event));
  return texts.join("\n");
}

describe("an answer that holds a secret", () => {
  it("is refused without a key, and kept nowhere", async () => {
    const { live, facts } = await recordedRun();
    const error = await rejection(live({ ...answering({ token: TOKEN }), guard }).call(call));
    expect(error).toMatchObject({ name: "SecretRefused", message: expect.stringContaining("RESTEP_SECRET_KEY") });
    expect(await facts()).toMatchObject([{ outcome: "error" }]);
  });

  it("is handed over, and kept as ciphertext alone, where there is a key", async () => {
    const { live, facts, stores } = await recordedRun();
    const { response, recorded_payload } = await live({
      ...answering({ token: TOKEN }),
      guard,
      secretKey: () => KEY,
    }).call(call);
    expect(response).toEqual({ token: TOKEN });
    expect(await facts()).toMatchObject([{ outcome: "response", payload: recorded_payload }]);
    expect((await stores.artifacts.stat(recorded_payload))?.kinds).toEqual(["secret_payload"]);
    const all = await everything(stores, "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11");
    expect(all).toContain('"sealed":true');
    expect(all).not.toContain(TOKEN);
    expect(all).not.toContain("ann");
  });

  it("answers a later attempt, which does not ask again", async () => {
    const { live } = await recordedRun();
    const service = answering({ token: TOKEN });
    const options = { transports: service.transports, guard, secretKey: () => KEY };
    await live(options).call(call);
    expect((await live({ ...options, attempt: 1 }).call(call)).response).toEqual({ token: TOKEN });
    expect((await live({ ...options, attempt: 1 }).recordedFact("login", "svc"))?.response).toEqual({ token: TOKEN });
    expect(service.asked()).toBe(1);
  });

  it("answers a replay with the key, and says which key it is that another has not", async () => {
    const { live, replay } = await recordedRun();
    await live({ ...answering({ token: TOKEN }), guard, secretKey: () => KEY }).call(call);
    expect((await replay({ secretKey: () => KEY }).call(call)).response).toEqual({ token: TOKEN });
    expect(await rejection(replay().call(call))).toMatchObject({
      name: "SecretKeyUnusable",
      message: expect.stringMatching(/lift\.shard_3\/svc\/login.*RESTEP_SECRET_KEY, found nothing/),
    });
    const other = () => new Uint8Array(32).fill(8);
    expect(await rejection(replay({ secretKey: other }).call(call))).toMatchObject({ name: "SecretKeyUnusable" });
  });
});

describe("with a key", () => {
  it("an answer without a secret is kept in the open", async () => {
    const { live, stores } = await recordedRun();
    const { recorded_payload } = await live({ ...answering({ name: "ann" }), guard, secretKey: () => KEY }).call(call);
    expect((await stores.artifacts.stat(recorded_payload))?.kinds).toEqual(["fact_payload"]);
    expect(await everything(stores, "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11")).not.toContain("sealed");
  });

  it("a request that holds a secret is refused all the same", async () => {
    const { live, facts } = await recordedRun();
    const service = answering({});
    const provider = live({ transports: service.transports, guard, secretKey: () => KEY });
    const error = await rejection(provider.call({ ...call, request: { token: TOKEN } }));
    expect(error).toMatchObject({ name: "SecretRefused" });
    expect([service.asked(), await facts()]).toEqual([0, []]);
  });
});
