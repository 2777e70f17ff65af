import type { OpenAPIHono } from "@hono/zod-openapi";
import type * as z from "zod";
import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import type { Runs, StartedRun } from "../runs/runs.ts";
import type { SubmissionSource } from "../runs/submission-source.ts";
import { canonicalBytes, sha256 } from "../stores/digest.ts";
import { InvalidInputError, NotFoundError } from "../stores/errors.ts";
import { cancelRun, decideGate, resumeRun, startRun } from "./routes.ts";
import { named } from "./run-reads.ts";
import type { NewRun } from "./schemas.ts";

export interface Carrying {
  readonly runs: Runs;
  /**
   * Told of a run that this process carries out and cannot go on with. Left out where another does: calls are then answered once
   * the run is handed on, or with what kept it from that.
   */
  readonly onFailure?: (runId: RunId, error: unknown) => void;
}

const METHODS = { approved: "approve", rejected: "reject", overridden: "override" } as const;

/** Milliseconds to wait for whoever carries a run out to hear that it is cancelled: less than gateways let a call last. */
const PATIENCE = 20_000;

/** What begins runs, decides in them and ends them. */
export function runChanges(app: OpenAPIHono, { runs, onFailure }: Carrying): void {
  /** Answers once the run is under way, which goes on behind the answer. */
  const underWay = async ({ runId, isNew, outcome, notice }: StartedRun) => {
    if (onFailure === undefined) await outcome;
    else outcome.catch((error: unknown) => onFailure(runId, error));
    return { run_id: runId, is_new: isNew, ...(notice !== undefined && { notice }) };
  };

  app.openapi(startRun, async (context) => {
    const body = context.req.valid("json");
    return context.json(await underWay(await runs.start(sourceOf(body), { withFreshId: body.fresh_id })), 202);
  });

  app.openapi(decideGate, async (context) => {
    const runId = await named(runs, context);
    const { decision, by, reason } = context.req.valid("json");
    const goesOn = await runs[METHODS[decision]](runId, context.req.valid("param").gate, { by, reason });
    const run = goesOn === "elsewhere" ? { run_id: runId, is_new: false } : await underWay(await runs.resume(runId));
    return context.json(run, 202);
  });

  app.openapi(resumeRun, async (context) =>
    context.json(await underWay(await runs.resume(await named(runs, context))), 202),
  );

  app.openapi(cancelRun, async (context) => {
    const runId = await named(runs, context);
    const cancel = await runs.cancel(runId, context.req.valid("json"), { patience: AbortSignal.timeout(PATIENCE) });
    return context.json({ run_id: runId, cancel }, 200);
  });
}

function sourceOf({ manifest, artifacts }: z.infer<typeof NewRun>): SubmissionSource {
  const digestOf = (ref: ArtifactRef) => ref.slice("artifact://".length);
  return {
    name: `submission ${manifest.run_id}`,
    manifest: async () => canonicalBytes(manifest),
    artifacts: {
      has: async (ref) => Object.hasOwn(artifacts, digestOf(ref)),
      async get(ref) {
        const text = Object.hasOwn(artifacts, digestOf(ref)) ? artifacts[digestOf(ref)] : undefined;
        if (text === undefined) throw new NotFoundError(ref, "the submission");
        const bytes = Buffer.from(text, "base64");
        if (sha256(bytes) !== digestOf(ref)) {
          throw new InvalidInputError(
            "artifacts",
            `bytes whose SHA-256 is ${digestOf(ref)}`,
            `some of ${sha256(bytes)}`,
          );
        }
        return bytes;
      },
    },
    artifactsAt: "the submission",
  };
}
