import type { StageName } from "../contracts/stages.ts";
import type { StageMeta } from "../kernel/stage.ts";

export type PlannedStageName = Exclude<StageName, "record_failure">;

const pure = { sideEffects: "pure" } as const;
const reading = { sideEffects: "read_only_io" } as const;
const applying = { sideEffects: "apply_side_effect" } as const;
const hard = { gate: "hard" } as const;

/**
 * What each stage is to the plan, in the order of the lifecycle. Two verdicts can let a run on to `package`: the gate's
 * own, and a person's; and two checks stand before a publication: hence the tags of their own. Approval is asked for a
 * publication only, so a dry run skips both.
 */
export const STAGE_METAS: Readonly<Record<PlannedStageName, StageMeta>> = {
  intake: { tags: ["config", "intake"], dependsOn: [], ...reading, ...hard },
  plan: { tags: ["compute", "plan"], dependsOn: ["intake"], ...pure },
  lift: { tags: ["compute", "lift"], dependsOn: ["plan"], ...pure, isMap: true },
  link: { tags: ["compute", "link"], dependsOn: ["lift"], ...pure },
  validate: { tags: ["compute", "validate"], dependsOn: ["link"], ...pure, isMap: true },
  validation_gate: { tags: ["compute", "validation_gate", "verdict"], dependsOn: ["validate"], ...pure, ...hard },
  override: { tags: ["impure", "override", "verdict"], dependsOn: ["validation_gate"], ...pure, gate: "override" },
  package: {
    tags: ["report", "package"],
    dependsOn: ["verdict"],
    dependsOnStrategy: "latest_successful",
    ...pure,
  },
  verify_artifacts: { tags: ["compute", "verify_artifacts", "release"], dependsOn: ["package"], ...reading, ...hard },
  approve: {
    tags: ["impure", "apply_side_effect", "approve", "release"],
    dependsOn: ["verify_artifacts"],
    ...pure,
    gate: "manual",
  },
  publish: {
    tags: ["apply_side_effect", "publish"],
    dependsOn: ["release"],
    dependsOnStrategy: "latest_successful",
    ...applying,
    idempotency: { kind: "key", key: "bundle" },
    isCompensable: true,
  },
  attest: { tags: ["report", "attest"], dependsOn: ["verify_artifacts"], ...reading },
  complete: { tags: ["report", "complete"], dependsOn: ["attest"], ...pure },
};
