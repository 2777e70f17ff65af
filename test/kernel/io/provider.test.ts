import { describe, expect, it, vi } from "vitest";
import { FactPayload } from "../../../shared/contracts/facts.ts";
import { getDocument } from "../../../shared/kernel/documents.ts";
import { RateLimited, TransportFailed } from "../../../shared/kernel/io/errors.ts";
import { clockTransport, randomTransport } from "../../../shared/kernel/io/transports.ts";
import { refuseSecrets } from "../../../shared/kernel/secrets/refuse.ts";
import { type RecordedRun, recordedRun, rejection, tickingClock, untouchable } from "./support.ts";

const call = (name: string, request: { [key: string]: number } = {}) => ({ namespace: "svc", name, request });

/** A service that answers with the number of the call. */
function counter() {
  let calls = 0;
  return { transports: { svc: async () => ({ calls: ++calls }) }, calls: () => calls };
}

describe("a live call", () => {
  it("is on record, with its request, before its result is handed over", async () => {
    const run = await recordedRun();
    const { transports } = counter();
    const result = await run.live({ transports }).call(call("a", { x: 1 }));
    expect(result.response).toEqual({ calls: 1 });
    const [fact, ...others] = await run.facts();
    expect(others).toEqual([]);
    expect(fact).toMatchObject({ key: "lift.shard_3/svc/a", attempt: 0, outcome: "response" });
    expect(fact?.payload).toBe(result.recorded_payload);
    const payload = await getDocument(run.stores.artifacts, result.recorded_payload, FactPayload, "payload");
    expect(payload).toMatchObject({ namespace: "svc", request: { x: 1 }, outcome: { response: { calls: 1 } } });
    expect((await run.stores.artifacts.stat(result.recorded_payload))?.kinds).toEqual(["fact_payload"]);
  });

  it("that succeeded in an earlier attempt is not made again", async () => {
    const run = await recordedRun();
    const { transports, calls } = counter();
    const first = await run.live({ transports, attempt: 0 }).call(call("a"));
    expect(await run.live({ transports, attempt: 1 }).call(call("a"))).toEqual(first);
    expect(calls()).toBe(1);
  });

  it("that failed is made again by the next attempt", async () => {
    const run = await recordedRun();
    const svc = vi.fn().mockRejectedValueOnce(new TransportFailed("down")).mockResolvedValue("up");
    await rejection(run.live({ transports: { svc } }).call(call("a")));
    expect((await run.live({ transports: { svc }, attempt: 1 }).call(call("a"))).response).toBe("up");
  });

  it("with another request under a recorded key is made anew", async () => {
    const run = await recordedRun();
    const { transports } = counter();
    await run.live({ transports }).call(call("a", { x: 1 }));
    const { response } = await run.live({ transports, attempt: 1 }).call(call("a", { x: 2 }));
    expect(response).toEqual({ calls: 2 });
  });

  it("made twice at once by one attempt is made once", async () => {
    const run = await recordedRun();
    const { transports, calls } = counter();
    const io = run.live({ transports });
    const [a, b] = await Promise.all([io.call(call("a")), io.call(call("a"))]);
    expect(a).toEqual(b);
    expect(calls()).toBe(1);
  });

  it("hands each caller a copy of its own", async () => {
    const run = await recordedRun();
    const io = run.live(counter());
    const first = (await io.call(call("a"))).response as { calls: number };
    first.calls = 99;
    expect((await io.call(call("a"))).response).toEqual({ calls: 1 });
  });

  it("in a namespace without a transport names those there are", async () => {
    const run = await recordedRun();
    const error = await rejection(run.live({ transports: { http: vi.fn(), exec: vi.fn() } }).call(call("a")));
    expect(error).toMatchObject({ name: "NamespaceUnknown", code: "namespace_unknown" });
    expect(error.message).toBe("namespace svc: expected one that has a transport; there are exec, http");
    expect(await rejection(run.replay().call(call("a")))).toMatchObject({ message: error.message });
  });

  it("whose answer is not JSON fails, live and in replay", async () => {
    const run = await recordedRun();
    const error = await rejection(run.live({ transports: { svc: async () => Number.NaN } }).call(call("a")));
    expect(error.name).toBe("ValidationFailed");
    expect((await rejection(run.replay().call(call("a")))).message).toBe(error.message);
  });
});

describe("a crash", () => {
  it("between the payload and its event leaves no fact, and the call is made again", async () => {
    const run = await recordedRun();
    const { transports, calls } = counter();
    const record = () => Promise.reject(new Error("crashed"));
    expect((await rejection(run.live({ transports, record }).call(call("a")))).message).toBe("crashed");
    expect(await run.facts()).toEqual([]);
    expect((await run.live({ transports }).call(call("a"))).response).toEqual({ calls: 2 });
    expect(calls()).toBe(2);
    expect((await run.replay().call(call("a"))).response).toEqual({ calls: 2 });
  });

  it("behind the event has paid for the call: the same attempt reads it back", async () => {
    const run = await recordedRun();
    const { transports, calls } = counter();
    const { record: durable } = run.recorder(0);
    const record: typeof durable = async (...statements) => {
      await durable(...statements);
      throw new Error("crashed");
    };
    await rejection(run.live({ transports, record }).call(call("a")));
    expect((await run.live({ transports }).call(call("a"))).response).toEqual({ calls: 1 });
    expect(calls()).toBe(1);
  });
});

describe("an attempt that is entered again after a crash", () => {
  it("makes the calls again that failed, and a replay sees what came of it", async () => {
    const run = await recordedRun();
    const svc = vi.fn().mockRejectedValueOnce(new TransportFailed("down")).mockResolvedValue("up");
    await rejection(run.live({ transports: { svc } }).call(call("a")));
    expect((await run.live({ transports: { svc } }).call(call("a"))).response).toBe("up");
    expect((await run.replay().call(call("a"))).response).toBe("up");
  });
});

describe("a replay", () => {
  it("fails with the error of the attempt, as it was", async () => {
    const run = await recordedRun();
    const details = { service: "api", retry_after_ms: 1500 };
    const svc = vi.fn().mockRejectedValueOnce(new RateLimited("slow down", { details })).mockResolvedValue(1);
    const live = await rejection(run.live({ transports: { svc } }).call(call("a")));
    await run.live({ transports: { svc }, attempt: 1 }).call(call("a"));
    const replayed = await rejection(run.replay().call(call("a")));
    for (const error of [live, replayed]) {
      const { name, message, code, category, retryable, details } = error;
      expect({ name, message, code, category, retryable, details }).toEqual({
        name: "RateLimited",
        message: "slow down",
        code: "rate_limited",
        category: "resource",
        retryable: true,
        details: { service: "api", retry_after_ms: 1500 },
      });
    }
    expect((await run.replay({ attempt: 1 }).call(call("a"))).response).toBe(1);
  });

  it.each([
    [false, "MissingFact"],
    [true, "MissingFactRetryable"],
  ])("names the key of a missing fact, retryable: %s, as %s", async (missingFactRetryable, name) => {
    const run = await recordedRun();
    const error = await rejection(run.replay({ missingFactRetryable }).call(call("a/b")));
    expect(error).toMatchObject({
      name,
      code: "missing_fact",
      retryable: missingFactRetryable,
      details: { key: "lift.shard_3/svc/a/b" },
    });
    expect(error.message).toContain("fact lift.shard_3/svc/a/b: ");
  });

  it("does not take an error of another attempt, or a later response, for an answer", async () => {
    const run = await recordedRun();
    const svc = vi.fn().mockRejectedValueOnce(new TransportFailed("down")).mockResolvedValue(1);
    await rejection(run.live({ transports: { svc } }).call(call("a")));
    await run.live({ transports: { svc }, attempt: 2 }).call(call("a"));
    const error = await rejection(run.replay({ attempt: 1 }).call(call("a")));
    expect(error.name).toBe("MissingFact");
    expect(error.message).toContain("expected a fact of attempt 1, found an error of attempt 0");
  });

  it("names the first difference of a request that is another", async () => {
    const run = await recordedRun();
    await run.live(counter()).call(call("a", { depth: 3, size: 1 }));
    const error = await rejection(run.replay().call(call("a", { depth: 4, size: 2 })));
    expect(error).toMatchObject({
      name: "FactMismatch",
      retryable: false,
      details: { key: "lift.shard_3/svc/a", pointer: "/depth", attempt: 0 },
    });
    expect(error.message).toContain("request /depth: expected 3 (recorded in attempt 0), found 4");
  });

  it("calls a fact missing whose payload is gone", async () => {
    const run = await recordedRun();
    await run.live(counter()).call(call("a"));
    const empty = await recordedRun();
    const error = await rejection(run.replay({ artifacts: empty.stores.artifacts }).call(call("a")));
    expect(error.name).toBe("MissingFact");
    expect(error.message).toContain("is not in the store");
  });

  it("refuses a payload that is another fact's", async () => {
    const run = await recordedRun();
    const io = run.live(counter());
    const { recorded_payload } = await io.call(call("a"));
    await io.call(call("b"));
    const swapped = (await run.facts()).map((fact) => ({ ...fact, payload: recorded_payload }));
    const error = await rejection(run.replay({ facts: async () => swapped }).call(call("b")));
    expect(error.name).toBe("ContractInputMissing");
  });

  it("asks for the facts once, and only when there is a call", async () => {
    const run = await recordedRun();
    await run.live(counter()).call(call("a"));
    const facts = vi.fn(run.facts);
    const io = run.replay({ facts });
    expect(facts).toHaveBeenCalledTimes(0);
    await io.call(call("a"));
    await rejection(io.call(call("b")));
    expect(facts).toHaveBeenCalledTimes(1);
  });
});

describe("a fact's name", () => {
  it.each(["", "two words", "/a", "a/", "ä", "a".repeat(129), undefined as unknown as string])(
    "cannot be %j",
    async (name) => {
      const run = await recordedRun();
      for (const io of [run.live(counter()), run.replay()]) {
        const error = await rejection(io.call(call(name)));
        expect(error).toMatchObject({ name: "MissingFactKey", code: "missing_fact_key", retryable: false });
      }
    },
  );

  it.each(["Lift", "lift/shard", "lift.", ""])("needs a scope that is one; not %j", async (scope) => {
    const run = await recordedRun();
    expect(() => run.replay({ scope })).toThrow(/^fact scope: expected/);
  });

  it("stands for one request in an attempt", async () => {
    const run = await recordedRun();
    const live = run.live(counter());
    await live.call(call("a", { x: 1 }));
    const replay = run.replay();
    await replay.call(call("a", { x: 1 }));
    for (const io of [live, replay]) {
      const error = await rejection(io.call(call("a", { x: 2 })));
      expect(error).toMatchObject({ name: "FactKeyReused", details: { pointer: "/x" } });
    }
  });
});

describe("what the run itself reads", () => {
  it("is read once and read back, as JSON in both", async () => {
    const run = await recordedRun();
    const produce = vi.fn(async () => ({ at: new Date(0), left: undefined }));
    const live = await run.live({ transports: {} }).recordValue("trail", produce);
    expect(live).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(await run.live({ transports: {}, attempt: 1 }).recordValue("trail", produce)).toEqual(live);
    expect(await run.replay().recordValue("trail", produce)).toEqual(live);
    expect(produce).toHaveBeenCalledTimes(1);
  });

  it("time is the clock's when live, and the recorded one in replay", async () => {
    const run = await recordedRun();
    const transports = { clock: clockTransport(tickingClock()) };
    const io = run.live({ transports });
    const [first, second] = [await io.now("begin"), await io.now("end")];
    expect(second.getTime() - first.getTime()).toBe(1_000);
    const replay = run.replay();
    expect([await replay.now("begin"), await replay.now("end")]).toEqual([first, second]);
  });

  it("randomness is as long as asked, never the same, and read back in replay", async () => {
    const run = await recordedRun();
    const io = run.live({ transports: { random: randomTransport() }, guard: refuseSecrets });
    const [a, b] = [await io.randomBytes("a", 32), await io.randomBytes("b", 32)];
    expect(a).toHaveLength(32);
    expect(a).not.toEqual(b);
    expect(await run.replay().randomBytes("a", 32)).toEqual(a);
    expect([await io.randomBytes("one", 1), await io.randomBytes("most", 65_536)].map(({ length }) => length)).toEqual([
      1, 65_536,
    ]);
    for (const n of [0, -1, 1.5, 65_537]) {
      expect((await rejection(io.randomBytes("c", n))).name).toBe("ValidationFailed");
    }
  });
});

describe("a recorded fact", () => {
  it("of an earlier attempt, or asked for by this one, is there without asking", async () => {
    const run = await recordedRun();
    await run.live({ transports: {} }).recordValue("was_public", async () => true);
    const live = run.live({ transports: {}, attempt: 1 });
    expect((await live.recordedFact("was_public"))?.response).toBe(true);
    expect(await live.recordedFact("size")).toBeUndefined();
    await live.recordValue("size", async () => 7);
    expect((await live.recordedFact("size"))?.response).toBe(7);
  });

  it("is as absent in replay as it was live", async () => {
    const run = await recordedRun();
    const trace = async (io: ReturnType<typeof run.replay>) => {
      const before = await io.recordedFact("size");
      await io.recordValue("size", async () => 7);
      return [before, (await io.recordedFact("size"))?.response];
    };
    const live = await trace(run.live({ transports: {} }));
    expect(live).toEqual([undefined, 7]);
    expect(await trace(run.replay())).toEqual(live);
  });

  it("is that of the state taken back, in a compensation", async () => {
    const run = await recordedRun();
    await run.live({ transports: {}, scope: "publish", attempt: 2 }).recordValue("was_public", async () => true);
    const past = { scope: "publish", attempt: 2 };
    const io = run.live({ transports: {}, scope: "record_failure.publish", attempt: 0, past });
    expect((await io.recordedFact("was_public"))?.response).toBe(true);
    const early = run.live({ transports: {}, scope: "record_failure.publish", past: { ...past, attempt: 1 } });
    expect(await early.recordedFact("was_public")).toBeUndefined();
  });

  it("that is an error is none", async () => {
    const run = await recordedRun();
    const io = run.live({ transports: { svc: () => Promise.reject(new TransportFailed("down")) } });
    await rejection(io.call(call("a")));
    expect(await io.recordedFact("a", "svc")).toBeUndefined();
  });
});

describe("the guard", () => {
  const SECRET = "hunter2-hunter2-hunter2";
  const guard = (what: string, value: unknown) => refuseSecrets(what, value, { declared: [SECRET] });

  /** Everything the run has stored. */
  async function stored(run: RecordedRun): Promise<string> {
    let text = JSON.stringify(await run.facts());
    for await (const { ref } of run.stores.artifacts.list()) {
      text += new TextDecoder().decode(await run.stores.artifacts.get(ref));
    }
    return text;
  }

  it("keeps a secret in a request from being sent or stored", async () => {
    const run = await recordedRun();
    const svc = vi.fn();
    const request = { text: `use ${SECRET}` };
    const error = await rejection(
      run.live({ transports: { svc }, guard }).call({ namespace: "svc", name: "a", request }),
    );
    expect(error.name).toBe("SecretRefused");
    expect(svc).toHaveBeenCalledTimes(0);
    expect(await stored(run)).not.toContain(SECRET);
    const replayed = run.replay({ guard }).call({ namespace: "svc", name: "a", request });
    expect((await rejection(replayed)).message).toBe(error.message);
  });

  it.each([
    ["response", async () => ({ text: SECRET })],
    ["error", () => Promise.reject(new TransportFailed(`cannot log in with ${SECRET}`))],
    ["error's details", () => Promise.reject(new TransportFailed("no", { details: { sent: SECRET } }))],
  ])("keeps a secret in a %s from being stored: the call fails, and fails so in replay", async (_what, svc) => {
    const run = await recordedRun();
    const error = await rejection(run.live({ transports: { svc }, guard }).call(call("a")));
    expect(error.name).toBe("SecretRefused");
    expect(await stored(run)).not.toContain(SECRET);
    expect(await stored(run)).toContain("SecretRefused");
    expect((await rejection(run.replay({ guard }).call(call("a")))).message).toBe(error.message);
  });
});

describe("an error that carries what is not JSON", () => {
  it.each([
    ["a function in its details", { details: { retry: () => {}, at: 1n } }],
    ["a category of its own", { category: "weather" }],
    ["a code of its own", { code: "ECONNRESET" }],
    ["an endless name", { name: "E".repeat(1_000) }],
  ])("is recorded nevertheless: %s", async (_what, fields) => {
    const run = await recordedRun();
    const thrown = Object.assign(new Error("broken"), fields);
    const live = await rejection(run.live({ transports: { svc: () => Promise.reject(thrown) } }).call(call("a")));
    const replayed = await rejection(run.replay().call(call("a")));
    expect([live.message, replayed.message]).toEqual(["broken", "broken"]);
    expect(replayed).toMatchObject({ name: live.name, code: live.code, retryable: live.retryable });
  });

  it("keeps what was thrown as its cause, live", async () => {
    const run = await recordedRun();
    const thrown = new TransportFailed("down");
    const live = await rejection(run.live({ transports: { svc: () => Promise.reject(thrown) } }).call(call("a")));
    expect(live.cause).toBe(thrown);
  });
});

describe("a change of a service's circuit", () => {
  it("is told once the fact of the call is recorded", async () => {
    const run = await recordedRun();
    const told: unknown[] = [];
    const change = { service: "https://api", state: "open" } as const;
    const io = run.live({
      transports: {
        svc: async (_request, { onCircuitChange }) => {
          onCircuitChange(change);
          throw new TransportFailed("down");
        },
      },
      onCircuitChange: async (told_) => {
        told.push(told_, (await run.facts()).length);
      },
    });
    await rejection(io.call(call("a")));
    expect(told).toEqual([change, 1]);
  });
});

it("the transports of a replay cannot be touched unseen", () => {
  expect(() => untouchable.svc).toThrow("a transport was touched: svc");
  expect(() => Object.hasOwn(untouchable, "svc")).toThrow("a transport was touched: svc");
});
