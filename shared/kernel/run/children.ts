import type { SequencedEvent } from "../../contracts/event.ts";
import { RunEnd } from "../../contracts/event-payloads.ts";
import type { ArtifactRef, RunId } from "../../contracts/ids.ts";
import { oneOf, textOf } from "./payload.ts";
import type { ChildRun } from "./record.ts";
import { illegal } from "./transitions.ts";

/** A child run behind an event of its own. @throws {IllegalTransition} */
export function nextChild(children: ReadonlyMap<string, ChildRun>, event: SequencedEvent): ChildRun {
  const runId = textOf(event, "child_run_id") as RunId;
  const before = children.get(runId);
  if (event.name === "child_run_spawned") {
    if (before !== undefined) throw illegal(event, `child run ${runId} ${before.status}`, "spawned");
    return { runId, manifest: event.payload.child_manifest as ArtifactRef, status: "running" };
  }
  if (before?.status !== "running") throw illegal(event, `child run ${runId} ${before?.status ?? "unknown"}`, "ended");
  return { ...before, status: oneOf(event, "status", RunEnd.options) };
}
