import * as z from "zod";
import { Cancellation } from "../contracts/cancellation.ts";
import { EventEnvelope } from "../contracts/event.ts";
import { ArtifactRef, PrincipalId, RunId } from "../contracts/ids.ts";
import { HexAddress } from "../contracts/program.ts";
import { RunState, RunStatus } from "../contracts/status.ts";
import { Submission } from "../contracts/submission.ts";

/** What is sent and answered beyond the contracts: paths, pages, and who works on a run. */

export const RunPath = z.object({
  run: z
    .string()
    .max(36)
    .describe("a run's id, the beginning of one, or `latest`")
    .meta({ example: "7a327b5c-2a25-578e-8127-145166f368ad" }),
});

export const GatePath = RunPath.extend({ gate: z.string().min(1).max(128).describe("the gate's name") });

/** At most so many runs or events in one answer. */
const LARGEST_PAGE = 1_000;

const limit = (usual: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .max(LARGEST_PAGE)
    .default(usual)
    .describe(`how many at the most, up to ${LARGEST_PAGE}`);

export const ListQuery = z.object({
  state: RunState.optional().describe("only runs in this state"),
  limit: limit(50),
  after: RunId.optional().describe("the last run of the page before"),
});

export const EventsQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe("the sequence number before the first event wanted"),
  limit: limit(LARGEST_PAGE),
});

export const ProvenanceQuery = z.object({
  form: z
    .enum(["restep", "slsa", "dsse"])
    .default("restep")
    .describe("the provenance itself, an in-toto statement (SLSA v1), or that in a signed envelope (DSSE)"),
});

const standing = {
  holder: z
    .strictObject({ by: z.string(), place: z.string(), since: z.iso.datetime() })
    .optional()
    .describe("who works on the run"),
  interrupted: z.literal(true).optional().describe("nobody works on it, though it has not ended: resume it"),
};

export const StandingStatus = z.strictObject({ ...RunStatus.shape, ...standing }).meta({ id: "RunStatusNow" });

const ListedRun = z
  .strictObject({
    run_id: RunId,
    name: z.string().optional().describe("of its module"),
    state: RunState,
    reason: RunStatus.shape.reason,
    stage: z.string(),
    created_at: z.string(),
    updated_at: z.string().optional(),
    ...standing,
  })
  .meta({ id: "ListedRun" });

const UnreadableRun = z
  .strictObject({ run_id: RunId, unreadable: z.string().describe("why") })
  .meta({ id: "UnreadableRun" });

export const RunPage = z
  .strictObject({
    runs: z.array(z.union([ListedRun, UnreadableRun])).describe("the one submitted last first"),
    next: RunId.optional().describe("`after` of the next page; without it this is the last"),
  })
  .meta({ id: "RunPage" });

/** Any JSON is in a payload, of which the OpenAPI document cannot be made: it would not end. */
const Event = EventEnvelope.extend({ payload: z.record(z.string(), z.unknown()) }).meta({ id: "Event" });

export const EventPage = z
  .strictObject({
    events: z.array(Event).describe("in the order of the log"),
    next: z.int().optional().describe("`after` of the next page; without it this is the end of the log as it is now"),
  })
  .meta({ id: "EventPage" });

/** A submission and those of its artifacts that the store may lack. */
export const NewRun = z
  .strictObject({
    manifest: Submission,
    artifacts: z
      .record(z.string().regex(/^[0-9a-f]{64}$/, "expected the SHA-256 of what it names"), z.base64())
      .default({})
      .describe("by SHA-256, in base64"),
    fresh_id: z.boolean().default(false).describe("run it under a new id, though it may have been submitted before"),
  })
  .meta({ id: "NewRun" });

export const StartedRun = z
  .strictObject({
    run_id: RunId,
    is_new: z.boolean().describe("false when the very same was submitted before"),
    notice: z
      .string()
      .optional()
      .describe("what of the manifest does not hold here: that it is meant for another place"),
  })
  .meta({ id: "StartedRun" });

export const GateDecision = z
  .strictObject({
    decision: z.enum(["approved", "rejected", "overridden"]),
    by: PrincipalId.describe("who decides, as the caller says: whoever has the token may name anybody"),
    reason: Cancellation.shape.reason.describe("why"),
  })
  .meta({ id: "GateDecision" });

export const CancelRequest = z
  .strictObject({ by: Cancellation.shape.by, reason: Cancellation.shape.reason })
  .meta({ id: "CancelRequest" });

export const Cancelled = z
  .strictObject({
    run_id: RunId,
    cancel: z
      .enum(["cancelled", "asked", "unheard"])
      .describe("done; heard by whoever carries the run out; or not heard within the time a call has"),
  })
  .meta({ id: "Cancelled" });

/** Of every version's index, what whoever fetches a bundle needs; docs/reference/bundle-index.schema.json has the rest. */
export const Bundle = z
  .looseObject({
    schema_version: z.int(),
    kind: z.literal("restep.bundle"),
    name: z.string(),
    entry: HexAddress,
    files: z.array(
      z.strictObject({
        path: z.string().describe("in the bundle's folder"),
        role: z.enum(["module", "functions", "validation"]),
        artifact: ArtifactRef,
        size: z.int().nonnegative().describe("bytes"),
        url: z
          .url()
          .optional()
          .describe(
            "in AWS: where it can be fetched for 15 minutes, without a signature; its SHA-256 is the artifact's",
          ),
      }),
    ),
  })
  .meta({ id: "Bundle" });

export const Health = z.strictObject({ status: z.literal("ok") }).meta({ id: "Health" });

/** RFC 9457. */
export const Problem = z
  .strictObject({
    type: z.literal("about:blank"),
    title: z.string().describe("the error's name"),
    status: z.int(),
    detail: z.string().describe("where, what was expected, what was found"),
    code: z.string().describe("see docs/errors.md"),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;
