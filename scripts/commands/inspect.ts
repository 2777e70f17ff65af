import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { projectStatus } from "../../shared/kernel/run-record.ts";
import { readRun, summarize } from "../../shared/local/summary.ts";
import { parseCount, parseRunId } from "../cli/arguments.ts";
import { type GlobalOptions, print, withStores } from "../cli/context.ts";
import { formatEvent, formatSummary } from "../cli/format.ts";

export async function statusVerb(runId: string, options: GlobalOptions): Promise<void> {
  const { submission, record } = await withStores(options, (stores) => readRun(stores, parseRunId(runId)));
  const status = projectStatus(submission, record);
  if (options.json) return print(JSON.stringify(status));
  const { artifacts, ...fields } = status;
  for (const [name, value] of Object.entries(fields)) print(`${name.padEnd(14)} ${value}`);
  print(`${"artifacts".padEnd(14)} ${artifacts.length}`);
  for (const artifact of artifacts) print(`  ${artifact}`);
}

export async function summaryVerb(runId: string, options: GlobalOptions): Promise<void> {
  const { submission, record } = await withStores(options, (stores) => readRun(stores, parseRunId(runId)));
  const summary = summarize(submission, record);
  print(options.json ? JSON.stringify(summary) : formatSummary(summary));
}

export async function eventsVerb(
  runId: string,
  options: GlobalOptions & { tail?: string; follow: boolean },
): Promise<void> {
  const id = parseRunId(runId);
  const show = (event: EventEnvelope) => print(options.json ? JSON.stringify(event) : formatEvent(event));
  await withStores(options, async (stores) => {
    await stores.runs.get(id);
    const { seq } = await stores.events.head(id);
    const first = options.tail === undefined ? 1 : Math.max(1, seq - parseCount("--tail", options.tail, 0) + 1);
    if (!options.follow) {
      for await (const event of stores.events.read(id, first)) show(event);
      return;
    }
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    for await (const event of stores.events.follow(id, first, stop.signal)) {
      show(event);
      if (event.kind === "kernel" && event.name === "run_completed") stop.abort();
    }
  });
}
