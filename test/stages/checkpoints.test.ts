import { beforeAll, describe, expect, it } from "vitest";
import type * as z from "zod";
import type { LiftOutput, LinkOutput, PlanOutput } from "../../shared/contracts/stages.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { lift } from "../../shared/stages/lift.ts";
import { link } from "../../shared/stages/link.ts";
import { plan } from "../../shared/stages/plan.ts";
import { validate } from "../../shared/stages/validate.ts";
import { started, through } from "../kernel/run/events.ts";
import { createTestRun } from "../kernel/support.ts";
import { putExample, submission } from "./example.ts";

/** Time that passes with each look at it, so that an attempt's end comes after so many looks. */
function lookedAt() {
  let looks = 0;
  return { now: () => looks++, after: () => () => {} };
}

async function setUp() {
  const begun = [started(["intake", "plan", "lift.shard", "link", "validate.shard"]), ...through("intake")];
  const run = await createTestRun({ flow: RECOMPILE, begun, world: { timer: lookedAt() } });
  await putExample(run.stores.artifacts);
  return run;
}
type Output<S extends z.ZodType> = Promise<z.infer<S>>;

/** The stages of a whole run, with what each was given: one more attempt at each, at another shard, is one it has to make. */
async function inputsOfRun() {
  const run = await setUp();
  const attempt = (stage: unknown, input: object, call = {}) =>
    run.attempt(stage as Stage, { submission, ...input }, call);
  const planned = await (attempt(plan, {}) as Output<typeof PlanOutput>);
  const ofShard = { program: planned.program, shard: planned.shards[0] };
  const lifted = await (attempt(lift, ofShard, { shard: 0 }) as Output<typeof LiftOutput>);
  const linking = attempt(link, { program: planned.program, shards: [lifted] }) as Output<typeof LinkOutput>;
  const { module, report } = await linking;
  return {
    plan: { run: await setUp(), stage: plan, input: {}, call: {} },
    lift: { run, stage: lift, input: ofShard, call: { shard: 1 } },
    validate: { run, stage: validate, input: { ...ofShard, module, report }, call: { shard: 1 } },
  };
}

describe("a long stage", () => {
  let inputs: Awaited<ReturnType<typeof inputsOfRun>>;
  beforeAll(async () => {
    inputs = await inputsOfRun();
  });

  // What stands around it looks three times before it begins: for the metrics, for the timer, and whether it is late already.
  it.each([
    ["plan", 5],
    ["lift", 8],
    ["validate", 8],
  ] as const)("such as %s looks at the time while it is at work, and ends when that is up", async (name, looks) => {
    const { run, stage, input, call } = inputs[name];
    Object.assign(run.world, { timer: lookedAt() });
    const ending = run.attempt(stage as unknown as Stage, { submission, ...input }, call, { deadline: looks });
    await expect(ending).rejects.toMatchObject({ name: "AttemptTimedOut" });
  });
});
