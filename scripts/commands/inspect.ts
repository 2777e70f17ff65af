import * as z from "zod";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import type { RunStateChanged } from "../../shared/kernel/run/state-changes.ts";
import type { Standing } from "../../shared/runs/standing.ts";
import { systemClock } from "../../shared/stores/clock.ts";
import { parseCount } from "../cli/arguments.ts";
import { type GlobalOptions, nextCommand, print, say, withRun } from "../cli/context.ts";
import { formatEvent, formatSummary } from "../cli/format.ts";
import { whyItWaits } from "../cli/watch.ts";

export async function statusVerb(name: string, options: GlobalOptions): Promise<void> {
  const status = await withRun(options, name, (runs, runId) => runs.status(runId));
  if (options.json) return print(JSON.stringify(status));
  const { artifacts, holder, ...fields } = status;
  const shown = { ...fields, ...(holder === undefined ? {} : { holder: `${holder.by} (${holder.place})` }) };
  for (const [field, value] of Object.entries(shown)) print(`${field.padEnd(14)} ${value}`);
  print(`${"artifacts".padEnd(14)} ${artifacts.length}`);
  for (const artifact of artifacts) print(`  ${artifact}`);
  sayIfInterrupted(status, options);
}

export async function summaryVerb(name: string, options: GlobalOptions): Promise<void> {
  const summary = await withRun(options, name, (runs, runId) => runs.summary(runId));
  print(options.json ? JSON.stringify(summary) : formatSummary(summary));
  sayIfInterrupted(summary, options);
}

/** What a shell types to have the run go on. */
function sayIfInterrupted({ run_id: runId, interrupted }: Standing & { run_id: string }, options: GlobalOptions): void {
  if (interrupted === true && !options.json)
    say(`Nobody works on it. Go on with: ${nextCommand(options, "resume", runId)}`);
}

/** Only reads, unless the index is to be kept. */
export async function factsVerb(name: string, options: GlobalOptions & { keep: boolean }): Promise<void> {
  const { keep } = options;
  const found = await withRun({ ...options, asFound: !keep }, name, async (runs, id) => ({
    run_id: id,
    ...(await runs.facts(id, { keep })),
  }));
  const { run_id, ref, index } = found;
  if (options.json) return print(JSON.stringify({ run_id, facts: ref, index, kept: keep }));
  for (const { key, attempt, outcome, payload } of index.facts)
    print(`${key} (attempt ${attempt}, ${outcome}) ${payload}`);
  print(`${index.facts.length} facts: ${ref}${keep ? "" : ", which --keep would store"}`);
}

export async function provenanceVerb(
  name: string,
  options: GlobalOptions & { slsa: boolean; dsse: boolean },
): Promise<void> {
  const form = options.dsse ? "dsse" : options.slsa ? "slsa" : "restep";
  const bytes = await withRun(options, name, (runs, runId) => runs.provenance(runId, form));
  // The statement is named, and signed, by the hash of these very bytes.
  if (form === "slsa") process.stdout.write(bytes);
  else {
    const text = new TextDecoder().decode(bytes);
    print(options.json || form === "dsse" ? text : JSON.stringify(JSON.parse(text), null, 2));
  }
}

/** What the states of a run gave back: all of it, or that of one. */
export async function contextVerb(name: string, key: string | undefined, options: GlobalOptions): Promise<void> {
  await withRun(options, name, async (runs, runId) => {
    const context = await runs.context(runId);
    const value = key === undefined ? await context.dump() : await context.read(key, z.json());
    print(JSON.stringify(value, null, options.json ? 0 : 2));
  });
}

export async function eventsVerb(
  name: string,
  options: GlobalOptions & { tail?: string; follow: boolean; states: boolean },
): Promise<void> {
  let isQuiet = true;
  const show = (event: EventEnvelope | RunStateChanged) => {
    isQuiet = false;
    print(options.json ? JSON.stringify(event) : formatEvent(event));
  };
  const stop = new AbortController();
  if (options.follow) process.once("SIGINT", () => stop.abort());
  const last = options.tail === undefined ? {} : { last: parseCount("--tail", options.tail, 0) };
  await withRun(options, name, async (runs, runId) => {
    const watching = { follow: options.follow, signal: stop.signal };
    const told = options.states ? runs.stateChanges(runId, watching) : runs.events(runId, { ...last, ...watching });
    let said: string | undefined;
    const sayWhy = async () => {
      const hasComeToRest = isQuiet;
      isQuiet = true;
      if (!hasComeToRest) return;
      const why = whyItWaits(await runs.summary(runId), options);
      if (why !== undefined && why !== said) say(why);
      said = why;
    };
    const stopLooking = options.follow ? systemClock.every(LOOK_EVERY, () => void sayWhy().catch(() => {})) : () => {};
    try {
      for await (const event of told) show(event);
    } finally {
      stopLooking();
    }
  });
}

/** Milliseconds in which nothing has to happen for a watcher to be told why. */
const LOOK_EVERY = 1_000;
