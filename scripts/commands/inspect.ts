import * as z from "zod";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import type { RunStateChanged } from "../../shared/kernel/run/state-changes.ts";
import { parseCount, parseRunId } from "../cli/arguments.ts";
import { type GlobalOptions, print, withRuns } from "../cli/context.ts";
import { formatEvent, formatSummary } from "../cli/format.ts";

export async function statusVerb(runIdText: string, options: GlobalOptions): Promise<void> {
  const runId = parseRunId(runIdText);
  const status = await withRuns(options, (runs) => runs.status(runId));
  if (options.json) return print(JSON.stringify(status));
  const { artifacts, ...fields } = status;
  for (const [name, value] of Object.entries(fields)) print(`${name.padEnd(14)} ${value}`);
  print(`${"artifacts".padEnd(14)} ${artifacts.length}`);
  for (const artifact of artifacts) print(`  ${artifact}`);
}

export async function summaryVerb(runIdText: string, options: GlobalOptions): Promise<void> {
  const runId = parseRunId(runIdText);
  const summary = await withRuns(options, (runs) => runs.summary(runId));
  print(options.json ? JSON.stringify(summary) : formatSummary(summary));
}

export async function factsVerb(runIdText: string, options: GlobalOptions): Promise<void> {
  const runId = parseRunId(runIdText);
  const { ref, index } = await withRuns(options, (runs) => runs.facts(runId));
  if (options.json) return print(JSON.stringify({ run_id: runId, facts: ref, index }));
  for (const { key, attempt, outcome, payload } of index.facts)
    print(`${key} (attempt ${attempt}, ${outcome}) ${payload}`);
  print(`${index.facts.length} facts: ${ref}`);
}

export async function provenanceVerb(runIdText: string, options: GlobalOptions & { slsa: boolean }): Promise<void> {
  const runId = parseRunId(runIdText);
  const form = options.slsa ? "slsa" : "restep";
  const bytes = await withRuns(options, (runs) => runs.provenance(runId, form));
  const text = new TextDecoder().decode(bytes);
  print(options.json ? text : JSON.stringify(JSON.parse(text), null, 2));
}

/** What the states of a run gave back: all of it, or that of one. */
export async function contextVerb(runIdText: string, key: string | undefined, options: GlobalOptions): Promise<void> {
  const runId = parseRunId(runIdText);
  await withRuns(options, async (runs) => {
    const context = await runs.context(runId);
    const value = key === undefined ? await context.dump() : await context.read(key, z.json());
    print(JSON.stringify(value, null, options.json ? 0 : 2));
  });
}

export async function eventsVerb(
  runIdText: string,
  options: GlobalOptions & { tail?: string; follow: boolean; states: boolean },
): Promise<void> {
  const runId = parseRunId(runIdText);
  const show = (event: EventEnvelope | RunStateChanged) =>
    print(options.json ? JSON.stringify(event) : formatEvent(event));
  const stop = new AbortController();
  if (options.follow) process.once("SIGINT", () => stop.abort());
  const last = options.tail === undefined ? {} : { last: parseCount("--tail", options.tail, 0) };
  await withRuns(options, async (runs) => {
    const watching = { follow: options.follow, signal: stop.signal };
    const told = options.states ? runs.stateChanges(runId, watching) : runs.events(runId, { ...last, ...watching });
    for await (const event of told) show(event);
  });
}
