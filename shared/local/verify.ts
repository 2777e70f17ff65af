import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import { BundleIndex } from "../contracts/program.ts";
import { getDocument } from "../kernel/documents.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./summary.ts";

export interface Problem {
  readonly what: string;
  readonly message: string;
}

export interface Verification {
  readonly run_id: RunId;
  readonly ok: boolean;
  readonly artifacts: number;
  readonly events: number;
  readonly history: number;
  readonly problems: readonly Problem[];
}

const REF = /artifact:\/\/[0-9a-f]{64}/g;

/**
 * Hashes everything a run refers to again: every artifact named in its submission, events and history, and in the JSON
 * artifacts those name in turn; walks the event chain; and compares the log's fold with the status record.
 */
export async function verifyRun(stores: Stores, runId: RunId): Promise<Verification> {
  const problems: Problem[] = [];
  const attempt = async <T>(what: string, check: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      problems.push({ what, message: (error as Error).message });
      return undefined;
    }
  };
  const record = await stores.runs.get(runId);
  const roots: string[] = [JSON.stringify(record.submission)];
  const chain = await attempt("event chain", () => stores.events.verifyChain(runId));
  const history = await attempt("execution history", () => stores.history.verify(runId));
  await attempt("events", async () => {
    for await (const event of stores.events.read(runId)) roots.push(JSON.stringify(event));
  });
  await attempt("execution history", async () => {
    for await (const entry of stores.history.read(runId)) roots.push(JSON.stringify(entry));
  });
  const seen = new Set<ArtifactRef>();
  const queue = roots.flatMap(refsIn);
  for (let ref = queue.pop(); ref !== undefined; ref = queue.pop()) {
    if (seen.has(ref)) continue;
    seen.add(ref);
    const next = ref;
    const bytes = await attempt(`artifact ${next}`, () => stores.artifacts.get(next));
    if (bytes !== undefined && isJson(bytes)) queue.push(...refsIn(Buffer.from(bytes).toString("utf8")));
  }
  const run = await attempt("run record", () => readRun(stores, runId));
  const bundle = run?.record.bundle;
  if (bundle !== undefined)
    await attempt("bundle", () => getDocument(stores.artifacts, bundle, BundleIndex, "bundle index"));
  return {
    run_id: runId,
    ok: problems.length === 0,
    artifacts: seen.size,
    events: chain?.lines ?? 0,
    history: history?.lines ?? 0,
    problems,
  };
}

function refsIn(text: string): ArtifactRef[] {
  return (text.match(REF) ?? []) as ArtifactRef[];
}

/** Structured artifacts are canonical JSON, which for a document starts with a brace. */
function isJson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b;
}
