import type { PublishInput } from "../contracts/stages.ts";
import { keyFrom, type StageMeta, type StageRetry } from "../kernel/stage-meta.ts";

const pure = { sideEffects: "pure" } as const;
const reading = { sideEffects: "read_only_io" } as const;
const applying = { sideEffects: "apply_side_effect" } as const;

/** Six attempts, 2 s apart at first, at most a minute. */
const patient: { readonly retry: StageRetry } = {
  retry: {
    classes: ["transient_io"],
    maxAttempts: 6,
    backoff: { kind: "exponential", base_delay_ms: 2_000, max_delay_ms: 60_000 },
  },
};

const TOTALS = ["tested", "disproven", "untested", "instructions", "instructions_run"] as const;

/**
 * Every stage there is, and what it is, in the order in which a run passes them. Two verdicts can let a run on to `package`: the gate's own, and a person's; and two checks stand before
 * a publication: hence the tags of their own. Approval is asked for a publication only, so a dry run skips both.
 */
export const DECLARATIONS = {
  intake: {
    tags: ["config", "intake"],
    dependsOn: [],
    ...reading,
    ...patient,
    opensRun: true,
    gate: { kind: "hard", name: "intake" },
  },
  plan: {
    tags: ["compute", "plan"],
    dependsOn: ["intake"],
    ...pure,
    ...patient,
    counts: ["functions"],
  },
  lift: {
    tags: ["compute", "lift"],
    dependsOn: ["plan"],
    ...pure,
    ...patient,
    isSharded: true,
    counts: ["lifted", "not_lifted", "with_obstacles"],
  },
  link: {
    tags: ["compute", "link"],
    dependsOn: ["lift"],
    ...pure,
    ...patient,
    counts: ["lifted", "not_lifted", "with_obstacles"],
  },
  validate: {
    tags: ["compute", "validate"],
    dependsOn: ["link"],
    ...pure,
    ...patient,
    isSharded: true,
    counts: TOTALS,
  },
  compare_runs: {
    tags: ["compute", "compare_runs"],
    dependsOn: ["link"],
    ...reading,
    ...patient,
    counts: ["agreeing", "differing"],
  },
  validation_gate: {
    tags: ["compute", "validation_gate", "verdict"],
    dependsOn: ["validate", "compare_runs"],
    ...pure,
    ...patient,
    gate: { kind: "hard", name: "validation" },
    counts: TOTALS,
  },
  override: {
    tags: ["impure", "override", "verdict"],
    dependsOn: ["validation_gate"],
    ...pure,
    ...patient,
    gate: { kind: "override", name: "validation" },
    mayBeBypassed: true,
    isAskedFor: ({ gates }) => gates.overridable.includes("validation"),
  },
  package: {
    tags: ["report", "package"],
    dependsOn: ["verdict"],
    dependsOnStrategy: "latest_successful",
    ...pure,
    ...patient,
    counts: ["files", "bytes"],
  },
  verify_artifacts: {
    tags: ["compute", "verify_artifacts", "release"],
    dependsOn: ["package"],
    ...reading,
    ...patient,
    gate: { kind: "hard", name: "verify_artifacts" },
    counts: ["verified"],
  },
  approve: {
    tags: ["impure", "apply_side_effect", "approve", "release"],
    dependsOn: ["verify_artifacts"],
    ...pure,
    ...patient,
    gate: { kind: "manual", name: "publish" },
    mayBeBypassed: true,
    isAskedFor: ({ gates }) => gates.manual.includes("publish"),
  },
  publish: {
    tags: ["apply_side_effect", "publish"],
    dependsOn: ["release"],
    dependsOnStrategy: "latest_successful",
    ...applying,
    ...patient,
    idempotency: keyFrom<typeof PublishInput>("bundle"),
    isCompensable: true,
    publishes: true,
    mayBeBypassed: true,
  },
  attest: {
    tags: ["report", "attest"],
    dependsOn: ["verify_artifacts"],
    ...reading,
    ...patient,
  },
  complete: {
    tags: ["report", "complete"],
    dependsOn: ["attest"],
    ...pure,
    ...patient,
    closesRun: true,
  },
  record_failure: {
    tags: ["report", "record_failure"],
    dependsOn: [],
    ...applying,
    ...patient,
    closesRun: true,
    counts: ["compensated", "not_compensated"],
  },
} as const satisfies Readonly<Record<string, StageMeta>>;

type Declarations = typeof DECLARATIONS;
export type StageName = keyof Declarations;

/** In the table's order. */
export const STAGE_NAMES = Object.keys(DECLARATIONS) as readonly StageName[];

/** Stages with a property of that name in their declaration. */
export type StageWith<Property extends string> = {
  [Name in StageName]: Declarations[Name] extends { readonly [P in Property]: unknown } ? Name : never;
}[StageName];

/** A stage's name and what it is, for its definition and for the flows it is in. */
export function declared<Name extends StageName>(name: Name): { readonly name: Name; readonly meta: StageMeta } {
  return { name, meta: DECLARATIONS[name] };
}
