import { describe, expect, it } from "vitest";
import { attemptBatch } from "../../shared/kernel/attempt-batch.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { state } from "./run/events.ts";
import { addOne, createTestRun, deferred, runId, settled, TEST_FLOW } from "./support.ts";

const PURE = {};
const EFFECT = { meta: { sideEffects: "apply_side_effect" } } as const;

/** Two attempts at `link`, which are ended as told. */
async function twoAttempts([first, second]: readonly [number, number], change: object) {
  const run = await createTestRun();
  const begin = async (attempt: number) => {
    const answer = deferred<{ sum: number }>();
    const end = run
      .attempt(
        addOne(() => answer.promise, change),
        { n: 1 },
        { attempt },
      )
      .then(
        () => "output",
        ({ name }: Error) => name,
      );
    await settled();
    return { answer, end };
  };
  const a = await begin(first);
  return { run, a, b: await begin(second) };
}

type Said = "ok" | "fails";
const KEPT = "output";
const OWN = "TransientIo";
const GONE = "AttemptAborted";

/** Attempt numbers; the order of the ends; what each stage does; what each attempt ends with; what becomes of the state. */
const ORDERS: readonly [[number, number], "ab" | "ba", [Said, Said], [string, string], string][] = [
  [[0, 1], "ab", ["ok", "ok"], [GONE, KEPT], "succeeded"],
  [[0, 1], "ab", ["ok", "fails"], [GONE, OWN], "failed"],
  [[0, 1], "ab", ["fails", "ok"], [OWN, KEPT], "succeeded"],
  [[0, 1], "ab", ["fails", "fails"], [OWN, OWN], "failed"],
  [[0, 1], "ba", ["ok", "ok"], [KEPT, KEPT], "succeeded"],
  [[0, 1], "ba", ["ok", "fails"], [GONE, OWN], "failed"],
  [[0, 1], "ba", ["fails", "ok"], [KEPT, KEPT], "succeeded"],
  [[0, 1], "ba", ["fails", "fails"], [OWN, OWN], "failed"],
  [[0, 0], "ab", ["ok", "ok"], [KEPT, KEPT], "succeeded"],
  [[0, 0], "ab", ["ok", "fails"], [KEPT, KEPT], "succeeded"],
  [[0, 0], "ab", ["fails", "ok"], [OWN, GONE], "failed"],
  [[0, 0], "ab", ["fails", "fails"], [OWN, OWN], "failed"],
  [[0, 0], "ba", ["ok", "ok"], [KEPT, KEPT], "succeeded"],
  [[0, 0], "ba", ["ok", "fails"], [GONE, OWN], "failed"],
  [[0, 0], "ba", ["fails", "ok"], [KEPT, KEPT], "succeeded"],
  [[0, 0], "ba", ["fails", "fails"], [OWN, OWN], "failed"],
];

describe.each([
  ["computes", PURE],
  ["applies an effect", EFFECT],
])("of two overlapping attempts at a state that %s", (_what, change) => {
  it.each(ORDERS)("%j, ended in the order %s: %j, end with %j, and the state has %s", async (...row) => {
    const [numbers, order, said, expected, becomes] = row;
    const { run, a, b } = await twoAttempts(numbers, change);
    const end = async ({ answer }: typeof a, how: Said) => {
      if (how === "ok") answer.resolve({ sum: 2 });
      else answer.reject(new TransientIo("the disk is away"));
      await settled();
    };
    if (order === "ab") await end(a, said[0]);
    await end(b, said[1]);
    if (order === "ba") await end(a, said[0]);
    expect([await a.end, await b.end]).toEqual(expected);
    expect((await run.record()).steps.get(state("link"))?.state).toBe(becomes);
    // One end stands in the log, whoever else had one to tell.
    const ends = (await run.names()).filter((name) => /^state_(completed|failed)$/.test(name));
    expect(ends).toHaveLength(1);
  });
});

describe("an attempt whose entry comes too late", () => {
  it.each([
    ["computes", PURE],
    ["applies an effect", EFFECT],
  ])("reads back what the state gave, where it %s", async (_what, change) => {
    const run = await createTestRun();
    const { view } = run.world.log;
    const seen = deferred();
    const held = deferred();
    let isFirst = true;
    // It looks at the log before the other attempt has begun, and enters once that has completed.
    const late = async (...args: Parameters<typeof view>) => {
      const found = await view(...args);
      if (isFirst) {
        isFirst = false;
        seen.resolve();
        await held.promise;
      }
      return found;
    };
    Object.assign(run.world.log, { view: late });
    const second = run.attempt(addOne(undefined, change), { n: 1 }, { attempt: 1 });
    await seen.promise;
    expect(await run.attempt(addOne(undefined, change), { n: 1 })).toEqual({ sum: 2 });
    held.resolve();
    expect(await second).toEqual({ sum: 2 });
    expect(await run.names()).not.toContain("state_failed");
  });
});

it("an attempt at a stage that changes nothing outside begins while its entry is being written", async () => {
  const run = await createTestRun();
  const { push } = run.world.log;
  const written = deferred();
  Object.assign(run.world.log, {
    push: (...args: Parameters<typeof push>) => written.promise.then(() => push(...args)),
  });
  const begun: number[] = [];
  const attempted = run.attempt(
    addOne((_context, { n }) => void begun.push(n)),
    { n: 1 },
  );
  await settled();
  expect(begun).toEqual([1]);
  expect(await run.names()).toEqual([]);
  written.resolve();
  expect(await attempted).toEqual({ sum: 2 });
});

it("an attempt of a batch that another has overtaken ends as it would alone", async () => {
  const run = await createTestRun();
  const answer = deferred();
  const stage = addOne(() => answer.promise.then(() => undefined), {
    name: "lift",
    meta: { isSharded: true } as never,
  });
  const config = await run.stores.artifacts.put("manifest", Buffer.from('{"schema_version":1,"run":{}}'));
  const call = (shard: number, attempt = 0) => ({
    run_id: runId,
    flow: TEST_FLOW.name,
    attempt,
    config,
    shard,
    input: { n: shard },
  });
  const batch = attemptBatch(stage, [call(0), call(1)], run.world, { errors: "per_item", atOnce: 2 });
  await settled();
  const quick = addOne(undefined, { name: "lift", meta: { isSharded: true } as never });
  await run.attempt(quick, { n: 0 }, { shard: 0, attempt: 1 });
  answer.resolve();
  const { outcomes } = await batch;
  expect(outcomes).toEqual([
    { status: "fulfilled", value: { sum: 1 } },
    { status: "fulfilled", value: { sum: 2 } },
  ]);
  expect(await run.names()).not.toContain("state_failed");
});
