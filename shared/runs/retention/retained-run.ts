import * as z from "zod";
import type { EventEnvelope } from "../../contracts/event.ts";
import { ArtifactRef, type RunId } from "../../contracts/ids.ts";
import { RunFold } from "../../kernel/run/fold.ts";
import { runStateOf } from "../../kernel/run/status.ts";
import { CorruptionError } from "../../stores/errors.ts";
import type { LeaseHolder, Stores } from "../../stores/ports.ts";
import { UnreadableRun } from "./errors.ts";
import { type ArtifactGraph, readIfWhole } from "./graph.ts";
import type { RetainedRun, Role } from "./policy.ts";
import { refsIn } from "./references.ts";

/** A holder whose process cannot be asked, on another host, and that was silent this long is dead. Milliseconds. */
const SILENCE = 24 * 3_600_000;

/** What a provenance document says of the facts it names. */
const Trail = z.object({ trail: z.object({ facts: z.array(z.object({ payload: ArtifactRef })) }) });

/**
 * Reads all that a run refers to.
 * @param now milliseconds since 1970
 * @throws UnreadableRun when its logs are damaged, or when it has not ended and something it refers to cannot be read
 */
export async function retainedRun(
  stores: Stores,
  graph: ArtifactGraph,
  runId: RunId,
  now: number,
): Promise<RetainedRun> {
  try {
    return await readOnce(stores, graph, runId, now);
  } catch (error) {
    // A batch that was cut off again while it was read looks damaged once, real damage twice.
    if (!(error instanceof CorruptionError)) throw refused(runId, error);
  }
  try {
    return await readOnce(stores, graph, runId, now);
  } catch (error) {
    throw refused(runId, error);
  }
}

function refused(runId: RunId, error: unknown): unknown {
  const isOwn = error instanceof Error && ["CorruptionError", "IllegalTransition"].includes(error.name);
  return isOwn ? new UnreadableRun(runId, error.message, error) : error;
}

async function readOnce(stores: Stores, graph: ArtifactGraph, runId: RunId, now: number): Promise<RetainedRun> {
  // Before the log: what a holder put without saying so before it gave the run back stands in the log by then.
  const holder = await stores.leases.inspect(runId);
  const { submission } = await stores.runs.get(runId);
  // A log that lost its end reads as whole; its seal tells.
  await stores.events.verifyChain(runId);
  await stores.history.verify(runId);

  const run = new RunFold();
  const roots = emptyRoots();
  roots.manifest.push(...refsIn(JSON.stringify(submission)));
  let endedAt: number | undefined;
  for await (const event of stores.events.read(runId)) {
    run.take(event);
    roots[roleOf(event)].push(...refsIn(JSON.stringify(event)));
    if (event.kind === "kernel" && event.name === "run_completed") endedAt = Date.parse(event.ts);
  }
  for await (const entry of stores.history.read(runId)) roots.intermediate.push(...refsIn(JSON.stringify(entry)));
  if (run.record.bundle !== undefined) roots.bundle.push(run.record.bundle);

  const refs = await rolesOf(stores, graph, roots);
  const flaw = endedAt === undefined ? graph.flawIn(Object.values(refs).flatMap((set) => [...set])) : undefined;
  if (flaw !== undefined) {
    throw new UnreadableRun(
      runId,
      `it has not ended, and what it refers to cannot all be read: ${flaw}; resume the run, or put the artifact again`,
    );
  }
  return { runId, state: runStateOf(run.record), endedAt, heldSince: heldSince(holder, now), refs };
}

type Roots = Record<Role, ArtifactRef[]>;

function emptyRoots(): Roots {
  return { manifest: [], input: [], bundle: [], provenance: [], fact: [], intermediate: [] };
}

function roleOf({ name, payload }: EventEnvelope): Role {
  if (name === "fact_recorded") return "fact";
  if (name !== "recomp.artifact.emitted") return "intermediate";
  if (payload.role === "bundle") return "bundle";
  return payload.role === "provenance" || payload.role === "attestation" ? "provenance" : "intermediate";
}

async function rolesOf(stores: Stores, graph: ArtifactGraph, roots: Roots): Promise<RetainedRun["refs"]> {
  const facts = [...roots.fact];
  for (const ref of roots.provenance) facts.push(...(await factsNamedBy(stores, ref)));
  const input = await graph.namedBy(roots.manifest);
  return {
    manifest: new Set(roots.manifest),
    // A config may name an index of facts to replay, and that names them.
    input: new Set([...input, ...(await graph.namedBy(input))]),
    bundle: new Set([...roots.bundle, ...(await graph.namedBy(roots.bundle))]),
    // Neither these nor facts are followed: they tell of every snapshot of the run, and are read for what they say.
    provenance: new Set(roots.provenance),
    fact: new Set(facts),
    intermediate: await graph.reachable(Object.values(roots).flat()),
  };
}

/** Those that a replayed run took over stand in no log of its own. */
async function factsNamedBy({ retention }: Stores, provenance: ArtifactRef): Promise<ArtifactRef[]> {
  const { bytes } = await readIfWhole(retention.inspect, provenance);
  if (bytes === undefined) return [];
  try {
    const parsed = Trail.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    return parsed.success ? parsed.data.trail.facts.map(({ payload }) => payload) : [];
  } catch {
    return [];
  }
}

function heldSince(holder: LeaseHolder | undefined, now: number): number | undefined {
  if (holder === undefined || holder.isAlive === false) return undefined;
  const isGone = holder.isAlive === undefined && now - Date.parse(holder.lastSeen) > SILENCE;
  return isGone ? undefined : Date.parse(holder.since);
}
