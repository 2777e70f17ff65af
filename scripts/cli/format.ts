import { styleText } from "node:util";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import type { RunSummary, StageSummary } from "../../shared/local/summary.ts";

const MARKS = { succeeded: ["green", "✓"], failed: ["red", "✗"], running: ["yellow", "…"] } as const;

export function mark(state: StageSummary["state"]): string {
  const [color, symbol] = MARKS[state];
  return paint(color, symbol);
}

/** Colours only where a person reads. */
export function paint(color: Parameters<typeof styleText>[0], text: string): string {
  return process.stderr.isTTY && process.env.NO_COLOR === undefined ? styleText(color, text) : text;
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`;
}

/** One event on one line: place, time, name, then its fields. */
export function formatEvent(event: EventEnvelope): string {
  const fields = Object.entries(event.payload).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const ref = event.payload_ref === undefined ? [] : [event.payload_ref];
  return [String(event.seq).padStart(5), event.ts.slice(11, 23), event.name, ...fields, ...ref].join(" ");
}

export function formatSummary(summary: RunSummary): string {
  const head = [
    `Run ${summary.run_id}: ${summary.state}, ${formatDuration(summary.duration_ms)}`,
    ...(summary.error === undefined ? [] : [`Error: ${summary.error}: ${summary.cause}`]),
  ];
  const stages = summary.stages.map((stage) => {
    const count = stage.steps > 1 ? ` ${stage.completed}/${stage.steps}` : "";
    const retries = stage.retries > 0 ? `, ${stage.retries} ${stage.retries === 1 ? "retry" : "retries"}` : "";
    const error = stage.error === undefined ? "" : `\n      ${stage.error}`;
    return `  ${mark(stage.state)} ${`${stage.stage}${count}`.padEnd(20)} ${formatDuration(stage.duration_ms)}${retries}${error}`;
  });
  const tail = summary.bundle === undefined ? [] : [`Bundle ${summary.bundle}`];
  return [...head, ...stages, ...tail].join("\n");
}
