import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { state } from "../run/events.ts";
import { addOne, createTestRun, deferred, manualTimer, settled } from "../support.ts";

async function timedRun(world = {}) {
  const timer = manualTimer();
  return { ...(await createTestRun({ world: { timer, ...world } })), timer };
}

describe("an attempt whose time is up", () => {
  it("ends, and its failure stands in the log, though its stage never answers", async () => {
    const { attempt, timer, names, record } = await timedRun();
    const ending = attempt(
      addOne(() => new Promise(() => {})),
      { n: 1 },
      {},
      { deadline: 1_000 },
    );
    ending.catch(() => {});
    await settled();
    timer.advance(999);
    await settled();
    expect(await names()).toEqual(["state_entered"]);
    timer.advance(1);
    await expect(ending).rejects.toMatchObject({
      name: "AttemptTimedOut",
      retryable: false,
      message: "run_lifecycle.link.main: ran out of time; give its function more, or its shard fewer functions",
    });
    expect(await names()).toEqual(["state_entered", "state_failed"]);
    expect((await record()).steps.get(state("link"))).toMatchObject({ error: { code: "attempt_timed_out" } });
  });

  it("tells its stage, which may clean up", async () => {
    const { attempt, timer } = await timedRun();
    const heard = deferred<string>();
    const stage = addOne(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            heard.resolve(signal.reason.name);
            reject(signal.reason);
          });
        }),
    );
    const ending = attempt(stage, { n: 1 }, {}, { deadline: 10 });
    ending.catch(() => {});
    await settled();
    timer.advance(10);
    expect(await heard.promise).toBe("AttemptTimedOut");
    await expect(ending).rejects.toMatchObject({ name: "AttemptTimedOut" });
  });

  it("ends at the next call of throwIfAborted of a stage that never pauses", async () => {
    const { attempt, timer } = await timedRun();
    const reached: number[] = [];
    let now = 0;
    Object.assign(timer, { now: () => now });
    const stage = addOne(({ throwIfAborted }) => {
      for (let step = 0; step < 5; step++) {
        throwIfAborted();
        reached.push(step);
        now += 10;
      }
    });
    await expect(attempt(stage, { n: 1 }, {}, { deadline: 30 })).rejects.toMatchObject({ name: "AttemptTimedOut" });
    expect(reached).toEqual([0, 1, 2]);
  });

  it("does not run its stage when it was up before", async () => {
    const { attempt, timer, names } = await timedRun();
    timer.advance(50);
    let isRun = false;
    const stage = addOne(() => {
      isRun = true;
    });
    await expect(attempt(stage, { n: 1 }, {}, { deadline: 50 })).rejects.toMatchObject({ name: "AttemptTimedOut" });
    expect(isRun).toBe(false);
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it("writes nothing more, whatever its stage still says", async () => {
    const { attempt, timer, names } = await timedRun();
    const goOn = deferred();
    const late = deferred<unknown>();
    const stage = addOne(async ({ record }) => {
      await goOn.promise;
      await record({ name: "recomp.artifact.quarantined", payload: { what: "bundle", reason: "its hash" } }).catch(
        late.resolve,
      );
    });
    const ending = attempt(stage, { n: 1 }, {}, { deadline: 5 });
    ending.catch(() => {});
    await settled();
    timer.advance(5);
    await expect(ending).rejects.toMatchObject({ name: "AttemptTimedOut" });
    goOn.resolve();
    expect(await late.promise).toMatchObject({ name: "AttemptAborted" });
    expect(await names()).toEqual(["state_entered", "state_failed"]);
  });

  it("leaves no timer behind when it was not", async () => {
    const { attempt, timer } = await timedRun();
    expect(await attempt(addOne(), { n: 1 }, {}, { deadline: 1_000 })).toEqual({ sum: 2 });
    expect(timer.waiting).toBe(0);
  });
});

describe("an attempt that nobody waits for", () => {
  it.each(["the caller", "the process"])("is retried when %s gave it up", async (who) => {
    const aborting = new AbortController();
    const isCaller = who === "the caller";
    const { attempt, names } = await timedRun(isCaller ? {} : { signal: aborting.signal });
    const ending = attempt(
      addOne(() => new Promise(() => {})),
      { n: 1 },
      {},
      isCaller ? { signal: aborting.signal } : {},
    );
    ending.catch(() => {});
    await settled();
    aborting.abort();
    await expect(ending).rejects.toMatchObject({ name: "AttemptAborted", retryable: true });
    expect(await names()).toEqual(["state_entered", "state_failed"]);
    expect(await attempt(addOne(), { n: 1 }, { attempt: 1 }, {}).catch((error: Error) => error.name)).toEqual(
      isCaller ? { sum: 2 } : "AttemptAborted",
    );
  });

  it("does not listen to the process any more once it has ended", async () => {
    const { signal } = new AbortController();
    const { attempt } = await timedRun({ signal });
    const seen: number[] = [];
    await attempt(
      addOne(() => void seen.push(getEventListeners(signal, "abort").length)),
      { n: 1 },
    );
    seen.push(getEventListeners(signal, "abort").length);
    expect(seen).toEqual([1, 0]);
  });
});

describe("an attempt that nobody ends", () => {
  it("has a signal that is not aborted, and goes on where it asks", async () => {
    const run = await createTestRun();
    const seen: unknown[] = [];
    const stage = addOne(({ signal, throwIfAborted }) => {
      seen.push(signal.aborted, throwIfAborted());
    });
    expect(await run.attempt(stage, { n: 1 })).toEqual({ sum: 2 });
    expect(seen).toEqual([false, undefined]);
  });

  it("publishes, and one that is over does not", async () => {
    const { attempt, timer, stores } = await timedRun();
    const bundle = await stores.artifacts.put("output", Buffer.from("{}"));
    const publishing = (until: Promise<void>) =>
      addOne(async ({ publications, runId }) => {
        await until;
        await publications.publish(bundle, [], runId);
      });
    const late = deferred();
    const ending = attempt(publishing(late.promise), { n: 1 }, {}, { deadline: 1_000 });
    ending.catch(() => {});
    await settled();
    timer.advance(1_000);
    await expect(ending).rejects.toMatchObject({ name: "AttemptTimedOut" });
    late.resolve();
    await settled();
    expect(await stores.publications.find(bundle)).toBeUndefined();
    await attempt(publishing(Promise.resolve()), { n: 1 }, { attempt: 1 });
    expect(await stores.publications.find(bundle)).toEqual(expect.any(String));
  });
});
