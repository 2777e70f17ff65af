import { describe, expect, it } from "vitest";
import { ExecutionPlan } from "../../shared/contracts/execution-plan.ts";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import { stageOf } from "../../shared/kernel/state-ids.ts";
import { STAGE_NAMES } from "../../shared/stages/declarations.ts";
import { RECOMPILE, routeOf } from "../../shared/stages/flows.ts";

const bothGates = { manual: ["publish"], overridable: ["validation"] };
const planFor = (config: object) => planFlow(RECOMPILE, RunConfig.parse(config));
const stagesOf = ({ states }: ExecutionPlan) => states.map(({ id }) => stageOf(id));
const skippedIn = ({ states }: ExecutionPlan) =>
  states.flatMap(({ id, skipped_by }) => (skipped_by === undefined ? [] : [`${stageOf(id)}: ${skipped_by}`]));

describe("the plan of a run", () => {
  it("has every stage but the failure branch when the policy asks for both gates", () => {
    const plan = planFor({ gates: bothGates });
    expect(stagesOf(plan)).toEqual(STAGE_NAMES.filter((name) => name !== "record_failure"));
    expect(ExecutionPlan.parse(plan)).toEqual(plan);
    expect(routeOf(plan)).toEqual({ override: true, approve: true, publish: true });
  });

  it("has the states that wait for a person only where the policy asks for them", () => {
    const plan = planFor({});
    expect(stagesOf(plan)).not.toContain("override");
    expect(stagesOf(plan)).not.toContain("approve");
    expect(routeOf(plan)).toEqual({ override: false, approve: false, publish: true });
    expect(routeOf(planFor({ gates: { manual: ["publish"] } }))).toMatchObject({ approve: true, override: false });
    expect(routeOf(planFor({ gates: { overridable: ["validation"] } }))).toMatchObject({
      approve: false,
      override: true,
    });
  });

  const edges: [string, object, string[]][] = [
    ["without gates", {}, ["validation_gate>package", "verify_artifacts>publish", "verify_artifacts>attest"]],
    [
      "with both",
      bothGates,
      [
        "validation_gate>override",
        "validation_gate>package",
        "override>package",
        "approve>publish",
        "verify_artifacts>publish",
      ],
    ],
  ];
  it.each(edges)(
    "lets the package wait for every verdict, the publication for every check: %s",
    (_name, gates, wanted) => {
      const { edges } = planFor({ gates });
      expect(edges.map(({ from, to }) => `${stageOf(from)}>${stageOf(to)}`)).toEqual(expect.arrayContaining(wanted));
    },
  );

  it("gives the publication an idempotency key", () => {
    const publish = planFor({}).states.find(({ id }) => stageOf(id) === "publish");
    expect(publish).toMatchObject({
      meta: { side_effects: "apply_side_effect", idempotency: { kind: "key", key: "bundle" } },
      is_compensable: true,
    });
  });
});

describe("skip tags of a run", () => {
  it("are refused when no state could carry them, for a dry run misspelt would publish", () => {
    expect(() => planFor({ skip_tags: ["apply_sideeffect"] })).toThrow(
      /expected skip tags that some state carries \(.*apply_side_effect.*\), found apply_sideeffect/,
    );
  });

  it("make a dry run: neither approval nor publication", () => {
    const plan = planFor({ gates: bothGates, skip_tags: ["apply_side_effect"] });
    expect(skippedIn(plan)).toEqual(["approve: apply_side_effect", "publish: apply_side_effect"]);
    expect(routeOf(plan)).toEqual({ override: true, approve: false, publish: false });
  });

  it("do not take a person's decision away from what waits for it", () => {
    expect(() => planFor({ gates: bothGates, skip_tags: ["approve"] })).toThrow(
      /takes out run_lifecycle\.approve\.main, but run_lifecycle\.publish\.main needs it/,
    );
    expect(() => planFor({ gates: bothGates, skip_tags: ["impure"] })).toThrow(
      /takes out run_lifecycle\.override\.main, but run_lifecycle\.package\.main needs it/,
    );
  });

  it("of states that are not in the plan change nothing", () => {
    expect(planFor({ skip_tags: ["impure", "execute"] })).toEqual(planFor({}));
  });

  const refused: [tag: string, message: RegExp][] = [
    ["compute", /skip tag compute takes out run_lifecycle\.\w+\.\w+, but run_lifecycle\.\w+\.main needs it/],
    ["intake", /takes out run_lifecycle\.intake\.main, but run_lifecycle\.plan\.main needs it/],
    ["config", /takes out run_lifecycle\.intake\.main, but run_lifecycle\.plan\.main needs it/],
    ["lift", /takes out run_lifecycle\.lift\.shard, but run_lifecycle\.link\.main needs it/],
    ["report", /takes out run_lifecycle\.package\.main, but run_lifecycle\.verify_artifacts\.main needs it/],
    ["release", /takes out run_lifecycle\.verify_artifacts\.main, but run_lifecycle\.\w+\.main needs it/],
    ["attest", /takes out run_lifecycle\.attest\.main, but run_lifecycle\.complete\.main needs it/],
    ["complete", /takes out run_lifecycle\.complete\.main, which every run goes through/],
  ];
  it.each(refused)("%s is refused: the rest needs what it takes out", (tag, message) => {
    expect(() => planFor({ skip_tags: [tag] })).toThrow(message);
  });

  it("name the state that needs what `compute` takes out", () => {
    expect(() => planFor({ skip_tags: ["compute"] })).toThrow(
      expect.objectContaining({ name: "InvalidPlan", code: "plan_skipped_dependency" }),
    );
  });
});

describe("the retries a run asks for", () => {
  const exponential = { kind: "exponential", base_delay_ms: 2_000, max_delay_ms: 60_000 };

  it("may be fewer than the state machine has, and its backoff may be stated", () => {
    expect(() => planFor({ retry_policy: { max_attempts: 1, backoff: exponential } })).not.toThrow();
  });

  const refused: [string, object, RegExp][] = [
    ["one attempt more", { max_attempts: 7 }, /max_attempts: expected at most 6, as the state machine has it, found 7/],
    [
      "a fixed delay",
      { backoff: { kind: "fixed", delay_ms: 2_000 } },
      /backoff: expected exponential, 2000 to 60000 ms for intake, .* found fixed, 2000 ms/,
    ],
    ["another cap", { backoff: { ...exponential, max_delay_ms: 30_000 } }, /found exponential, 2000 to 30000 ms/],
  ];
  it.each(refused)("are refused where the state machine does not have them: %s", (_name, retry_policy, message) => {
    expect(() => planFor({ retry_policy })).toThrow(message);
    expect(() => planFor({ retry_policy })).toThrow(
      expect.objectContaining({ name: "InvalidPlan", code: "plan_unknown_retry" }),
    );
  });
});

describe("a plan", () => {
  it("is made once for a config", () => {
    const config = RunConfig.parse({});
    expect(planFlow(RECOMPILE, config)).toBe(planFlow(RECOMPILE, config));
  });
});
