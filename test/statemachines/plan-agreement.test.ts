import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { ExecutionPlan } from "../../shared/contracts/execution-plan.ts";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import type { StageMeta } from "../../shared/kernel/stage-meta.ts";
import { stageOf } from "../../shared/kernel/state-ids.ts";
import { DECLARATIONS, STAGE_NAMES, type StageName } from "../../shared/stages/declarations.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { lifecycle, pathsOf, stageCalledBy, stagesOn, tasks } from "./machine.ts";
import { STAGES, walk } from "./walk.ts";

const WAITING = "arn:aws:states:::lambda:invoke.waitForTaskToken";
const OPTIONAL = ["override", "approve", "publish"];

/** Every combination of what makes runs go different ways. */
const CONFIGS = [[], ["publish"]].flatMap((manual) =>
  [[], ["validation"]].flatMap((overridable) =>
    [[], ["apply_side_effect"], ["publish"]].map((skip_tags) => ({ gates: { manual, overridable }, skip_tags })),
  ),
);
const CASES = CONFIGS.flatMap((config) =>
  ["passed", "failed"]
    .filter((verdict) => verdict === "passed" || config.gates.overridable.length > 0)
    .map((verdict) => [JSON.stringify(config), verdict, RunConfig.parse(config)] as const),
);
const declaredAs = (name: string): StageMeta => DECLARATIONS[name as StageName];
const full = planFlow(RECOMPILE, RunConfig.parse({ gates: { manual: ["publish"], overridable: ["validation"] } }));
const stagesIn = ({ states }: ExecutionPlan) => states.map(({ id }) => stageOf(id));
const edgesIn = ({ edges }: ExecutionPlan) => edges.map(({ from, to }) => [stageOf(from), stageOf(to)] as const);
/** What makes an order of stages break a plan. */
function disorderIn(order: readonly string[], plan: ExecutionPlan): string[] {
  const skipped = new Set(plan.states.filter((state) => state.skipped_by !== undefined).map(({ id }) => stageOf(id)));
  const broken = plan.states.flatMap(({ id, meta }) => {
    const to = stageOf(id);
    const place = order.indexOf(to);
    if (place < 0) return [];
    if (skipped.has(to)) return [`${to} is skipped`];
    return meta.depends_on.flatMap((tag) => {
      const sources = edgesIn(plan).filter(([from, target]) => {
        return target === to && declaredAs(from).tags.includes(tag);
      });
      const passed = sources.filter(([from]) => order.slice(0, place).includes(from));
      const isLate = sources.some(([from]) => order.indexOf(from) > place);
      // Of those of which the latest successful one counts, one has to have been passed, and none may come later.
      const needed = meta.depends_on_strategy === "latest_successful" ? 1 : sources.length;
      return passed.length < needed || isLate ? [`${to} does not wait for ${tag}`] : [];
    });
  });
  const unplanned = order.filter((stage) => !stagesIn(plan).includes(stage)).map((stage) => `${stage} is not planned`);
  return [...broken, ...unplanned];
}

describe("the state machine and the plan", () => {
  it("have the same stages, but for the failure branch", () => {
    const called = tasks.map(([, state]) => stageCalledBy(state)).filter((stage) => stage !== "record_failure");
    expect(called.sort()).toEqual(stagesIn(full).sort());
    expect(stagesIn(full)).toEqual(RECOMPILE.stages.map(({ name }) => name));
  });

  it("fan out the same stages: a Map calls what is planned as shards", () => {
    const mapped = tasks.filter(([, , isInMap]) => isInMap).map(([, state]) => stageCalledBy(state));
    const planned = full.states.filter(({ id }) => id.endsWith(".shard")).map(({ id }) => stageOf(id));
    expect(mapped).toEqual(planned);
    expect(planned).toEqual(["lift", "validate"]);
  });

  it("let the same states wait for a person", () => {
    const waiting = tasks.filter(([, state]) => state.Resource === WAITING).map(([, state]) => stageCalledBy(state));
    const planned = full.states.filter(({ gate }) => gate === "manual" || gate === "override");
    expect(waiting.sort()).toEqual(planned.map(({ id }) => stageOf(id)).sort());
    expect(planned.map(({ gate }) => gate)).toEqual(["override", "manual"]);
  });
});

describe("every path of the state machine", () => {
  const paths = pathsOf(lifecycle);
  const happy = paths.filter((path) => path.at(-1) === "Succeeded").map(stagesOn);

  it("ends in success or in the failure branch", () => {
    expect(new Set(paths.map((path) => path.at(-1)))).toEqual(new Set(["Succeeded", "Failed"]));
    for (const path of paths.filter((each) => each.at(-1) === "Failed")) expect(path).toContain("RecordFailure");
  });

  it.each(happy.map((path) => [path.filter((stage) => OPTIONAL.includes(stage)).join(" ") || "none", path] as const))(
    "that succeeds keeps every edge of the plan between the states on it (optional ones: %s)",
    (_optional, path) => {
      for (const [from, to] of edgesIn(full)) {
        if (!path.includes(to)) continue;
        const place = path.indexOf(from);
        // Only what a run may do without is never passed.
        if (place < 0) expect(OPTIONAL).toContain(from);
        else expect(place, `${from} before ${to}`).toBeLessThan(path.indexOf(to));
      }
    },
  );

  it("that succeeds goes through everything but the states that a run may do without", () => {
    const always = stagesIn(full).filter((stage) => !OPTIONAL.includes(stage));
    for (const path of happy) expect(path.filter((stage) => !OPTIONAL.includes(stage))).toEqual(always);
  });

  it("that succeeds is taken by the plan of some config", async () => {
    const walked = await Promise.all(CASES.map(async ([, verdict, config]) => walk({ config, verdict })));
    const taken = new Set(walked.map(({ stages }) => stages.join(" ")));
    expect(new Set(happy.map((path) => path.join(" ")))).toEqual(taken);
    expect(happy).toHaveLength(8);
  });
});

describe("a run", () => {
  it.each(CASES)(
    "of %s whose verdict is %s takes the path its plan says, in a topological order",
    async (_name, verdict, config) => {
      const plan = planFlow(RECOMPILE, config);
      const { stages, result } = await walk({ config, verdict });
      expect(result.status).toBe("SUCCEEDED");
      expect(disorderIn(stages, plan)).toEqual([]);
      const wanted = plan.states.filter((state) => state.skipped_by === undefined).map(({ id }) => stageOf(id));
      // The one state that a verdict makes needless.
      const needed = wanted.filter((stage) => stage !== "override" || verdict === "failed");
      expect(stages).toEqual(needed);
    },
  );

  it("out of order would not agree", () => {
    const order = stagesIn(full);
    const swapped = (a: string, b: string) => order.map((stage) => (stage === a ? b : stage === b ? a : stage));
    for (const [from, to] of edgesIn(full)) expect(disorderIn(swapped(from, to), full)).not.toEqual([]);
    expect(disorderIn([...order, "record_failure"], full)).toEqual(["record_failure is not planned"]);
    expect(disorderIn(order, full)).toEqual([]);
  });
});

describe("what a stage says of itself", () => {
  it.each(STAGE_NAMES)("is what is declared: %s", (name) => {
    const stage = STAGES.get(name)!;
    const meta = declaredAs(name);
    expect(stage.name).toBe(name);
    expect(stage.meta).toBe(meta);
    expect(stage.compensate !== undefined).toBe(meta.isCompensable === true);
    expect(stage.closesRun !== undefined).toBe(meta.closesRun === true);
  });

  it.each(STAGE_NAMES)("counts numbers of its output: %s", (name) => {
    const { properties = {} } = z.toJSONSchema(STAGES.get(name)!.output);
    for (const count of declaredAs(name).counts ?? []) expect(properties[count]).toMatchObject({ type: "integer" });
  });

  it("is tagged with its own name, so that a config can mean it", () => {
    for (const name of STAGE_NAMES) expect(declaredAs(name).tags).toContain(name);
  });

  it("is idempotent under a key, and can be taken back, where it changes the world of others", () => {
    for (const { name, meta } of RECOMPILE.stages) {
      const changes = meta.sideEffects === "apply_side_effect";
      expect(meta.idempotency !== undefined, name).toBe(changes);
      expect(meta.isCompensable === true, name).toBe(changes);
    }
  });

  it("opens a run in the first stage of a flow alone", () => {
    expect(RECOMPILE.stages.map(({ meta }) => meta.opensRun === true)).toEqual(RECOMPILE.stages.map((_, i) => i === 0));
  });
});
