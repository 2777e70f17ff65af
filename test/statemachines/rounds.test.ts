import { describe, expect, it } from "vitest";
import * as z from "zod";
import {
  compileStateMachine,
  functionsResolver,
  Interpreter,
  type StateMachineDefinition,
  timeSkippingClock,
} from "../../shared/asl/index.ts";
import { OpId } from "../../shared/contracts/ids.ts";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { type Flow, functionNameOf } from "../../shared/kernel/flow.ts";
import { definitionDifferences, type FlowDefinition, stampDefinition } from "../../shared/kernel/flow-definition.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import { defineStage, type Stage } from "../../shared/kernel/stage.ts";
import type { StageMeta } from "../../shared/kernel/stage-meta.ts";
import { createTestRun, RETRY, runId } from "../kernel/support.ts";

const metaOf = (name: string, meta: Partial<StageMeta> = {}): StageMeta => ({
  tags: [name],
  sideEffects: "pure",
  dependsOn: [],
  retry: RETRY,
  ...meta,
});
const METAS = {
  open: metaOf("open", { opensRun: true }),
  choose: metaOf("choose", { isLooped: true, dependsOn: ["open"] }),
  try: metaOf("try", { isLooped: true, isSharded: true, dependsOn: ["choose"] }),
  finish: metaOf("finish", { dependsOn: ["try"], closesRun: true }),
  give_up: metaOf("give_up", { closesRun: true }),
};
const inFlow = (name: keyof typeof METAS) => ({ name, meta: METAS[name] });
/** Chooses candidates and tries them, again and again, until none is left. */
const LOOP: Flow = {
  name: OpId.parse("loop"),
  version: "1",
  machine: "loop",
  stateMachine: "loop",
  stages: [inFlow("open"), inFlow("choose"), inFlow("try"), inFlow("finish")],
  failureBranch: inFlow("give_up"),
};

const call = (input: object, place: object = {}) => ({
  "run_id.$": "$$.Execution.Name",
  "attempt.$": "$$.State.RetryCount",
  "config.$": "$.config",
  ...place,
  input,
});
const task = (stage: string, Parameters: object, more: object) => ({
  Type: "Task",
  Resource: `\${${functionNameOf(stage)}FunctionArn}`,
  Parameters,
  ...more,
});
const round = { "round.$": "$.round" };
const bare = {
  StartAt: "Open",
  States: {
    Open: task("open", call({ "left.$": "$.left" }), { ResultPath: "$.opened", Next: "First" }),
    First: { Type: "Pass", Result: 1, ResultPath: "$.round", Next: "Choose" },
    Choose: task("choose", call({ "left.$": "$.left" }, round), { ResultPath: "$.chosen", Next: "Try" }),
    Try: {
      Type: "Map",
      ItemsPath: "$.chosen.candidates",
      ItemSelector: {
        "config.$": "$.config",
        "round.$": "$.round",
        "shard.$": "$$.Map.Item.Index",
        "n.$": "$$.Map.Item.Value",
      },
      ItemProcessor: {
        ProcessorConfig: { Mode: "INLINE" },
        StartAt: "TryOne",
        States: { TryOne: task("try", call({ "n.$": "$.n" }, { ...round, "shard.$": "$.shard" }), { End: true }) },
      },
      ResultPath: "$.tried",
      Next: "Again",
    },
    Again: {
      Type: "Choice",
      Choices: [{ Variable: "$.chosen.left", NumericGreaterThan: 0, Next: "Next" }],
      Default: "Finish",
    },
    Next: {
      Type: "Pass",
      Parameters: { "config.$": "$.config", "left.$": "$.chosen.left", "round.$": "States.MathAdd($.round, 1)" },
      Next: "Choose",
    },
    Finish: task("finish", call({ "rounds.$": "$.round" }), { End: true }),
    GiveUp: task("give_up", call({ "error.$": "$.error" }), { ResultPath: "$.failure", Next: "Failed" }),
    Failed: { Type: "Fail", Error: "Failed" },
  },
} as unknown as FlowDefinition;
const definition = stampDefinition(bare, LOOP);

/** What the stages were asked to do. */
function stagesThat(seen: string[]): readonly Stage[] {
  const stage = <I extends z.ZodType, O extends z.ZodType>(
    name: keyof typeof METAS,
    input: I,
    output: O,
    run: (input: z.infer<I>) => z.infer<O>,
  ): Stage =>
    defineStage({
      ...inFlow(name),
      input,
      output,
      ...(METAS[name].closesRun === true ? { closesRun: () => ({ status: "completed" as const }) } : {}),
      run: async (given, { stateId }) => {
        seen.push(stateId.slice("loop.".length));
        return run(given);
      },
    }) as unknown as Stage;
  const number = z.number();
  return [
    stage("open", z.strictObject({ left: number }), z.strictObject({}), () => ({})),
    stage(
      "choose",
      z.strictObject({ left: number }),
      z.strictObject({ candidates: z.array(number), left: number }),
      ({ left }) => ({ candidates: [left, left * 10], left: left - 1 }),
    ),
    stage("try", z.strictObject({ n: number }), z.strictObject({ n: number }), ({ n }) => ({ n })),
    stage("finish", z.strictObject({ rounds: number }), z.strictObject({ rounds: number }), ({ rounds }) => ({
      rounds,
    })),
  ];
}

/** Carries the flow out; again on the same run, every state is there already. */
async function setUp() {
  const run = await createTestRun({ begun: [], flow: LOOP });
  const seen: string[] = [];
  const stages = stagesThat(seen);
  const arn = "arn:aws:lambda:us-east-1:123456789012:function:";
  const filledIn = JSON.stringify(definition).replaceAll(/\$\{(\w+)FunctionArn\}/g, `${arn}$1`);
  const config = await run.stores.artifacts.put(
    "manifest",
    new TextEncoder().encode(JSON.stringify({ schema_version: 1 })),
  );
  const carryOut = async () => {
    const handlers = stages.map((stage) => [
      functionNameOf(stage.name),
      (raw: unknown) => {
        const { input, ...rest } = raw as { input: unknown };
        return run.attempt(stage, input, rest);
      },
    ]);
    const interpreter = new Interpreter({
      resolver: functionsResolver(Object.fromEntries(handlers)),
      clock: timeSkippingClock(),
    });
    const machine = compileStateMachine(JSON.parse(filledIn) as StateMachineDefinition);
    const started = await interpreter.start(machine, { left: 3, config }, { name: runId });
    return started.result;
  };
  return { run, seen, carryOut };
}

const ROUNDS = [1, 2, 3].flatMap((r) => [`choose.round_${r}`, `try.round_${r}_shard_0`, `try.round_${r}_shard_1`]);

describe("a loop", () => {
  it("is planned once for all its rounds", () => {
    const { states, edges } = planFlow(LOOP, RunConfig.parse({}));
    expect(states.map(({ id }) => id)).toEqual([
      "loop.open.main",
      "loop.choose.round",
      "loop.try.round_shard",
      "loop.finish.main",
    ]);
    expect(edges).toContainEqual({ from: "loop.try.round_shard", to: "loop.finish.main" });
  });

  it("is carried out and recorded, a state for each round and shard", async () => {
    const { run, seen, carryOut } = await setUp();
    expect(await carryOut()).toMatchObject({ status: "SUCCEEDED", output: { rounds: 3 } });
    expect(seen).toEqual(["open.main", ...ROUNDS, "finish.main"]);
    const { phase, steps } = await run.record();
    expect(phase).toBe("succeeded");
    expect([...steps.values()].map(({ stateId, state, entries }) => `${stateId} ${state} ${entries}`).sort()).toEqual(
      ["open.main", ...ROUNDS, "finish.main"].map((id) => `loop.${id} succeeded 1`).sort(),
    );
  });

  it("is read back: carried out again, no stage runs, and the end is the same", async () => {
    const { run, seen, carryOut } = await setUp();
    const first = await carryOut();
    const events = (await run.events()).length;
    seen.length = 0;
    expect(await carryOut()).toEqual(first);
    expect(seen).toEqual([]);
    expect(await run.events()).toHaveLength(events);
  });

  it("goes the same rounds with the same snapshots in another run", async () => {
    const snapshots = async () => {
      const { run, carryOut } = await setUp();
      await carryOut();
      return [...(await run.record()).steps.values()].map(({ stateId, baseSnapshot, snapshot }) => [
        stateId,
        baseSnapshot,
        snapshot,
      ]);
    };
    expect(await snapshots()).toEqual(await snapshots());
  });
});

describe("the definition of a loop", () => {
  it("says in each call which round and shard it is, or is refused", () => {
    expect(definitionDifferences(definition, LOOP)).toEqual([]);
    const without = JSON.parse(JSON.stringify(bare).replace('"round.$":"$.round",', "")) as FlowDefinition;
    expect(() => stampDefinition(without, LOOP)).toThrow(
      "loop, state Choose: expected a round.$ in the call of choose, as it is declared, found none",
    );
    const unlooped = {
      ...LOOP,
      stages: LOOP.stages.map((each) => ({ ...each, meta: { ...each.meta, isLooped: undefined } })),
    };
    expect(() => stampDefinition(bare, unlooped as unknown as Flow)).toThrow(
      /expected no round\.\$ in the call of choose/,
    );
  });
});
