import { describe, expect, it } from "vitest";
import { TransientIo } from "../../../shared/kernel/errors.ts";
import type { StageContext } from "../../../shared/kernel/stage.ts";
import type { EffectKey } from "../../../shared/kernel/stage-meta.ts";
import { state } from "../run/events.ts";
import { addOne, createTestRun } from "../support.ts";

const derived = { from: "n", derive: (input: unknown) => `n is ${(input as { n: number }).n}` };

/** A stage with a key, the first `failures` of whose attempts fail; and what it saw of its key. */
function keyed(failures = 0) {
  const seen: (EffectKey | undefined)[] = [];
  const act = ({ idempotency }: StageContext) => {
    seen.push(idempotency);
    if (seen.length <= failures) throw new TransientIo("the disk is away");
  };
  return { stage: addOne(act, { meta: { sideEffects: "apply_side_effect", idempotency: derived } }), seen };
}
type Run = Awaited<ReturnType<typeof createTestRun>>;
const entriesOf = async (run: Run) =>
  (await run.events()).filter(({ name, payload }) => name === "state_entered" && payload.state_id === state("link"));

describe("an idempotency key", () => {
  it("is what the stage's input gives, and stands in the log with the entry", async () => {
    const run = await createTestRun();
    const { stage, seen } = keyed();
    await run.attempt(stage, { n: 1 });
    expect(seen).toEqual([{ key: "n is 1", wasEntered: false }]);
    expect((await entriesOf(run)).map(({ payload }) => payload.idempotency_key)).toEqual(["n is 1"]);
  });

  it("tells the next attempt that the effect may be there", async () => {
    const run = await createTestRun();
    const { stage, seen } = keyed(1);
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow("the disk is away");
    await run.attempt(stage, { n: 1 }, { attempt: 1 });
    expect(seen).toEqual([
      { key: "n is 1", wasEntered: false },
      { key: "n is 1", wasEntered: true },
    ]);
  });

  it("that is another at the next entry is refused before anything is written or done", async () => {
    const run = await createTestRun();
    const { stage, seen } = keyed(1);
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow("the disk is away");
    await expect(run.attempt(stage, { n: 2 }, { attempt: 1 })).rejects.toMatchObject({
      name: "IdempotencyKeyChanged",
      message: expect.stringContaining(
        "expected the idempotency key n is 1, under which it was entered before, found n is 2",
      ),
    });
    expect(seen).toHaveLength(1);
    expect(await entriesOf(run)).toHaveLength(1);
  });

  it("is none where the input is none, which the failure says", async () => {
    const run = await createTestRun();
    const { stage, seen } = keyed(1);
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow("the disk is away");
    await expect(run.attempt(stage, { n: "x" }, { attempt: 1 })).rejects.toMatchObject({ name: "ValidationFailed" });
    expect(seen).toHaveLength(1);
    expect((await entriesOf(run)).map(({ payload }) => payload.idempotency_key)).toEqual(["n is 1", undefined]);
    // What the first attempt may have done is still to be found under its key.
    expect((await run.record()).steps.get(state("link"))?.idempotencyKey).toBe("n is 1");
  });

  it("is none of a stage that declares none", async () => {
    const run = await createTestRun();
    const seen: unknown[] = [];
    await run.attempt(
      addOne((context) => void seen.push("idempotency" in context)),
      { n: 1 },
    );
    expect(seen).toEqual([false]);
    expect((await entriesOf(run))[0]?.payload).not.toHaveProperty("idempotency_key");
  });
});
