import { describe, expect, it } from "vitest";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { planFlow } from "../../shared/kernel/plan/plan-flow.ts";
import { stageOf } from "../../shared/kernel/state-ids.ts";
import { DECLARATIONS, STAGE_NAMES, type StageName } from "../../shared/stages/declarations.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";

const config = (change: object = {}) => RunConfig.parse(change);
const ASKING = { gates: { manual: ["publish"], overridable: ["validation"] } };
const planned = (change: object = {}) => planFlow(RECOMPILE, config(change)).states;
const stagesOf = (change: object = {}) => planned(change).map(({ id }) => stageOf(id));

describe("the stages of a run", () => {
  it("ask a person only where the config wants it", () => {
    expect(stagesOf()).not.toContain("approve");
    expect(stagesOf()).not.toContain("override");
    expect(stagesOf(ASKING)).toEqual(STAGE_NAMES.filter((name) => name !== "record_failure"));
    expect(stagesOf({ gates: { manual: ["publish"] } })).not.toContain("override");
    expect(stagesOf({ gates: { overridable: ["validation"] } })).not.toContain("approve");
  });

  it.each([
    ["apply_side_effect", ["approve", "publish"]],
    ["publish", ["publish"]],
  ])("left out by skip tag %s are %j", (tag, expected) => {
    const skipped = planned({ ...ASKING, skip_tags: [tag] }).filter((state) => state.skipped_by === tag);
    expect(skipped.map(({ id }) => stageOf(id))).toEqual(expected);
  });

  it.each(STAGE_NAMES.filter((name) => !["publish", "record_failure"].includes(name)))("cannot lack %s", (name) => {
    const named = new RegExp(`skip tag ${name} takes out run_lifecycle\\.${name}\\.|run_lifecycle\\.${name}\\.`);
    expect(() => planned({ ...ASKING, skip_tags: [name] })).toThrow(named);
  });

  it("can lack whoever would decide where nothing is left to decide on", () => {
    const left = planned({ ...ASKING, skip_tags: ["approve", "publish"] }).filter(
      (each) => each.skipped_by !== undefined,
    );
    expect(left.map(({ id, skipped_by }) => [stageOf(id), skipped_by])).toEqual([
      ["approve", "approve"],
      ["publish", "publish"],
    ]);
    expect(() => planned({ ...ASKING, skip_tags: ["impure"] })).toThrow("run_lifecycle.override.main");
  });

  it("come after what they need", () => {
    const { edges } = planFlow(RECOMPILE, config(ASKING));
    const into = (stage: StageName) => edges.filter(({ to }) => stageOf(to) === stage).map(({ from }) => stageOf(from));
    expect(Object.fromEntries(stagesOf(ASKING).map((stage) => [stage, into(stage as StageName)]))).toEqual({
      intake: [],
      plan: ["intake"],
      lift: ["plan"],
      link: ["lift"],
      validate: ["link"],
      compare_runs: ["link"],
      validation_gate: ["validate", "compare_runs"],
      override: ["validation_gate"],
      package: ["validation_gate", "override"],
      verify_artifacts: ["package"],
      approve: ["verify_artifacts"],
      publish: ["verify_artifacts", "approve"],
      attest: ["verify_artifacts"],
      complete: ["attest"],
    });
  });

  it("that decide have gates of these kinds, and a person's verdict is on the gate that failed", () => {
    const gates = STAGE_NAMES.flatMap((name) => {
      const declaration = DECLARATIONS[name];
      return "gate" in declaration ? [[name, declaration.gate.kind, declaration.gate.name]] : [];
    });
    expect(gates).toEqual([
      ["intake", "hard", "intake"],
      ["validation_gate", "hard", "validation"],
      ["override", "override", "validation"],
      ["verify_artifacts", "hard", "verify_artifacts"],
      ["approve", "manual", "publish"],
    ]);
  });

  it.each(STAGE_NAMES)("%s is tried again when the disk or the network was away, and for nothing else", (name) => {
    expect(DECLARATIONS[name].retry).toMatchObject({ classes: ["transient_io"], maxAttempts: 6 });
  });

  it("are counted in the log by what they did", () => {
    const totals = ["tested", "disproven", "untested", "instructions", "instructions_run"];
    const counts = STAGE_NAMES.flatMap((name) => {
      const declaration = DECLARATIONS[name];
      return "counts" in declaration ? [[name, declaration.counts]] : [];
    });
    expect(Object.fromEntries(counts)).toEqual({
      plan: ["functions"],
      lift: ["lifted", "not_lifted", "with_obstacles"],
      link: ["lifted", "not_lifted", "with_obstacles"],
      validate: totals,
      compare_runs: ["agreeing", "differing"],
      validation_gate: totals,
      package: ["files", "bytes"],
      verify_artifacts: ["verified"],
      record_failure: ["compensated", "not_compensated"],
    });
  });

  it("that change the world are the publication and what takes it back, and one alone can be taken back", () => {
    const which = (property: string) =>
      STAGE_NAMES.filter((name) => (DECLARATIONS[name] as Readonly<Record<string, unknown>>)[property] === true);
    expect(STAGE_NAMES.filter((name) => DECLARATIONS[name].sideEffects === "apply_side_effect")).toEqual([
      "publish",
      "record_failure",
    ]);
    expect(which("isCompensable")).toEqual(["publish"]);
    expect(which("publishes")).toEqual(["publish"]);
    expect(which("opensRun")).toEqual(["intake"]);
    expect(which("closesRun")).toEqual(["complete", "record_failure"]);
    expect(which("isSharded")).toEqual(["lift", "validate"]);
  });
});
