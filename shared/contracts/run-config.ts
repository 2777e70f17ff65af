import * as z from "zod";
import { ArtifactRef, PrincipalId } from "./ids.ts";
import { IO_SETTINGS } from "./io-settings.ts";

/** Classifies states for policies: the standard tags of the machine contract, and each stage's own name. */
export const Tag = z.string().regex(/^[a-z][a-z0-9_.:-]{0,62}$/, "expected a tag: ^[a-z][a-z0-9_.:-]{0,62}$");
export type Tag = z.infer<typeof Tag>;

export const ExecutionMode = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("sequential") }),
  z.strictObject({ kind: z.literal("fan_out_join"), max_concurrency: z.int().min(1).max(1_000) }),
]);

/**
 * When the run's whole context is kept as one document. After every state each output is kept by itself and the log names
 * it, so that the context of any moment can be read; the others write it out at their checkpoints besides.
 */
export const ContextCheckpointing = z.union([
  z.literal("after_every_state"),
  z.strictObject({ by_tag: z.array(Tag).min(1) }),
  z.strictObject({ every_n_states: z.int().min(1).max(100_000) }),
]);
export type ContextCheckpointing = z.infer<typeof ContextCheckpointing>;

/** How much the domain events tell. Kernel events, and those a run is rebuilt from, are always there. */
export const EventProfile = z.union([
  z.enum(["minimal", "normal", "verbose"]),
  z.strictObject({
    custom: z.array(z.string().regex(/^[a-z][a-z0-9_.]*\*?$/, "expected an event name, or its beginning and *")),
  }),
]);
export type EventProfile = z.infer<typeof EventProfile>;

/** Gates a person decides on. `publish` stands before publication, `validation` may let disproven functions pass. */
export const WaitingGate = z.enum(["publish", "validation"]);
export type WaitingGate = z.infer<typeof WaitingGate>;

export const GatePolicy = z.strictObject({
  manual: z
    .array(z.literal("publish"))
    .default([])
    .meta({ description: "gates that wait for approval", examples: [["publish"]] }),
  overridable: z
    .array(z.literal("validation"))
    .default([])
    .meta({ description: "hard gates that a person may override", examples: [["validation"]] }),
  approvers: z
    .array(PrincipalId)
    .default([])
    .meta({ description: "who may decide; nobody named: whoever may write to the run", examples: [["alice", "bob"]] }),
});

/** How long to wait before the next attempt. Exponential doubles up to the cap, jittered over its whole length. */
export const Backoff = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("fixed"), delay_ms: z.int().min(1_000) }),
  z.strictObject({
    kind: z.literal("exponential"),
    base_delay_ms: z.int().min(1_000),
    max_delay_ms: z.int().min(1_000),
  }),
]);
export type Backoff = z.infer<typeof Backoff>;

/**
 * Attempts at one state, the first included. The state machine's Retry does the waiting, so a run is refused that asks for
 * more attempts, or another backoff, than its Retry has.
 */
export const RetryPolicy = z.strictObject({
  max_attempts: z
    .int()
    .min(1)
    .default(6)
    .meta({ description: "at most what the state machine has", examples: [3] }),
  backoff: Backoff.optional().meta({
    description: "stated: must be what the state machine has",
    examples: [{ kind: "exponential", base_delay_ms: 2_000, max_delay_ms: 60_000 }],
  }),
});

/** The run config of the machine contract: what a run may do and what it must record. */
export const RunConfig = z
  .strictObject({
    io_mode: z
      .enum(["live", "replay"])
      .default("live")
      .meta({ description: "replay: every external call is answered from `facts`", examples: ["replay"] }),
    facts: ArtifactRef.optional().meta({
      description: "a FactIndex, for io_mode replay",
      examples: [`artifact://${"0123456789abcdef".repeat(4)}`],
    }),
    replay_missing_fact_retryable: z
      .boolean()
      .default(false)
      .meta({
        description: "whether a fact that a replay lacks is looked for again: it may be on its way",
        examples: [true],
      }),
    retry_policy: RetryPolicy.prefault({}).describe("how often a state is tried that failed in a way that may pass"),
    event_profile: EventProfile.default("normal").meta({
      description:
        "how much the log tells besides what a run is rebuilt from; custom: names of events, or their beginnings with *",
      examples: [{ custom: ["recomp.run.*"] }],
    }),
    execution_mode: ExecutionMode.default({ kind: "fan_out_join", max_concurrency: 8 }).meta({
      description: "whether shards are worked on one after the other, or so many at once",
      examples: [{ kind: "fan_out_join", max_concurrency: 4 }],
    }),
    context_checkpointing: ContextCheckpointing.default("after_every_state").meta({
      description: "when the outputs of all states are kept as one document",
      examples: [{ every_n_states: 100 }],
    }),
    skip_tags: z
      .array(Tag)
      .default([])
      .meta({
        description: "states with one of these are skipped; apply_side_effect: a dry run",
        examples: [["apply_side_effect"]],
      }),
    gates: GatePolicy.prefault({}).describe("where a person decides"),
    secrets: z
      .array(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "expected the name of an environment variable"))
      .default([])
      .meta({ description: "environment variables whose values must never be stored", examples: [["SERVICE_TOKEN"]] }),
    ...IO_SETTINGS,
    tools: z
      .array(
        z.strictObject({
          program: z.string().min(1).max(63).describe("its name in run.exec.allow"),
          args: z.array(z.string()).default(["--version"]).describe("with which it says its version"),
        }),
      )
      .refine(
        (tools) => new Set(tools.map(({ program }) => program)).size === tools.length,
        "expected each program once",
      )
      .default([])
      .meta({
        description: "programs of `exec.allow` whose version the provenance states",
        examples: [[{ program: "objdump", args: ["--version"] }]],
      }),
  })
  .superRefine(({ tools, exec }, context) => {
    for (const [index, { program }] of tools.entries()) {
      if (exec.allow.some(({ name }) => name === program)) continue;
      const allowed = exec.allow.map(({ name }) => name).join(", ") || "none";
      const message = `expected the name of a program of run.exec.allow (${allowed})`;
      context.addIssue({ code: "custom", path: ["tools", index, "program"], message });
    }
  });
export type RunConfig = z.infer<typeof RunConfig>;
