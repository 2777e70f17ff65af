import type { RunId } from "../contracts/ids.ts";
import { ModuleManifest } from "../contracts/module-manifest.ts";
import { RunStatus } from "../contracts/status.ts";
import type { Submission } from "../contracts/submission.ts";
import { getDocument } from "../kernel/documents.ts";
import { foldLog } from "../kernel/run/fold.ts";
import { projectStatus } from "../kernel/run/status.ts";
import type { Stores } from "../stores/ports.ts";
import { type Standing, standingOf } from "./standing.ts";

/** A run among others. */
export interface ListedRun extends Standing, Pick<RunStatus, "state" | "reason"> {
  readonly run_id: RunId;
  /** Of its module, where its manifest is still there. */
  readonly name?: string;
  readonly stage: string;
  /** When it was submitted. RFC 3339 */
  readonly created_at: string;
  readonly updated_at?: string;
}

/** A run whose record or log cannot be read. */
export interface UnreadableListing {
  readonly run_id: RunId;
  /** Why. */
  readonly unreadable: string;
}

type ListingStores = Pick<Stores, "runs" | "events" | "leases" | "artifacts">;

/** Every run, the one submitted last first; those that cannot be read at the end. */
export async function listRuns(stores: ListingStores): Promise<(ListedRun | UnreadableListing)[]> {
  const listed: ListedRun[] = [];
  const unreadable: UnreadableListing[] = [];
  for (const runId of await stores.runs.list()) {
    try {
      listed.push(await listedRun(stores, runId));
    } catch (error) {
      unreadable.push({ run_id: runId, unreadable: (error as Error).message });
    }
  }
  return [...listed.sort((a, b) => b.created_at.localeCompare(a.created_at)), ...unreadable];
}

async function listedRun(stores: ListingStores, runId: RunId): Promise<ListedRun> {
  const { submission: stored, created_at } = await stores.runs.get(runId);
  const submission = stored as unknown as Submission;
  const { state, reason, current_stage: stage, updated_at } = await statusOf(stores, submission);
  const name = await getDocument(stores.artifacts, submission.module_manifest, ModuleManifest, "module manifest").then(
    (module) => module.name,
    () => undefined,
  );
  return {
    run_id: runId,
    ...(name === undefined ? {} : { name }),
    state,
    ...(reason === undefined ? {} : { reason }),
    stage,
    created_at,
    ...(updated_at === undefined ? {} : { updated_at }),
    ...(await standingOf(stores, runId, state)),
  };
}

/** A run that has ended does not change any more, and its log may be long: then the projection of it will do. */
async function statusOf({ runs, events }: ListingStores, submission: Submission): Promise<RunStatus> {
  const stored = RunStatus.safeParse(await runs.readStatus(submission.run_id).catch(() => undefined));
  if (stored.success && ["succeeded", "failed"].includes(stored.data.state)) return stored.data;
  return projectStatus(submission, (await foldLog(events.read(submission.run_id))).record);
}
