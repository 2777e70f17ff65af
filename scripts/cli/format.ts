import { styleText } from "node:util";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { nameOf } from "../../shared/kernel/run/visits.ts";
import type { RunSummary, StageSummary } from "../../shared/runs/summary.ts";
import { readEnvironment } from "./environment.ts";

const { isPlain } = readEnvironment();

const MARKS = {
  succeeded: ["green", "✓"],
  failed: ["red", "✗"],
  running: ["yellow", "…"],
  pending: ["dim", "·"],
  skipped: ["dim", "⊘"],
  compensated: ["yellow", "↺"],
} as const;

export function mark(state: StageSummary["state"]): string {
  const [color, symbol] = MARKS[state];
  return paint(color, symbol);
}

/** Colours only where a person reads. */
function paint(color: Parameters<typeof styleText>[0], text: string): string {
  return process.stderr.isTTY && !isPlain ? styleText(color, text) : text;
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`;
}

const AGES = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** In the largest unit that there is one of. @param milliseconds of a clock of another machine, perhaps: may be negative */
export function formatAge(milliseconds: number): string {
  const [unit, length] = AGES.find(([, each]) => milliseconds >= each) ?? ["second", 1_000];
  const count = Math.max(0, Math.floor(milliseconds / length));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** One event on one line: place, time, name, then its fields. */
export function formatEvent(event: Pick<EventEnvelope, "seq" | "ts" | "name" | "payload" | "payload_ref">): string {
  const fields = Object.entries(event.payload).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const ref = event.payload_ref === undefined ? [] : [event.payload_ref];
  return [String(event.seq).padStart(5), event.ts.slice(11, 23), event.name, ...fields, ...ref].join(" ");
}

/** What happened in a run, as text. */
export function formatSummary(summary: RunSummary): string {
  const { steps, resumed_from: resumed } = summary;
  const more = [summary.reason ?? [], summary.rolled_back === true ? "rolled back" : []].flat().join(", ");
  return [
    `Run ${summary.run_id}: ${summary.state}${more === "" ? "" : ` (${more})`}, ${formatDuration(summary.duration_ms)}`,
    ...(resumed === undefined ? [] : [`Goes on from run ${resumed.run_id}, ${formatPoint(resumed)}`]),
    ...(summary.error === undefined ? [] : [`Error: ${summary.error}: ${summary.cause}`]),
    `Steps: ${steps.total} (${countsOf(steps)})${summary.retries > 0 ? `, ${plural(summary.retries, "retry", "retries")}` : ""}`,
    ...(summary.escalations === 0 ? [] : [`Escalations: ${summary.escalations}`]),
    ...(summary.hard_gate_failures.length === 0 ? [] : [`Hard gates failed: ${summary.hard_gate_failures.join(", ")}`]),
    ...(summary.soft_gate_failures.length === 0 ? [] : [`Soft gates failed: ${summary.soft_gate_failures.join(", ")}`]),
    ...summary.stages.map(formatStage),
    ...summary.gates.map(formatGate),
    ...(summary.bundle === undefined ? [] : [`Bundle ${summary.bundle}`]),
    ...(summary.provenance === undefined ? [] : [`Provenance ${summary.provenance}`]),
  ].join("\n");
}

/** Where a run goes on: `behind plan`, `with select.round_2 again`. */
export function formatPoint({ state_id, goes_on }: NonNullable<RunSummary["resumed_from"]>): string {
  const step = nameOf(state_id);
  return goes_on === "behind" ? `behind ${step}` : `with ${step} again`;
}

function countsOf({ completed, failed, skipped, compensated }: RunSummary["steps"]): string {
  const counts = { completed, failed, skipped, compensated };
  const shown = Object.entries(counts).filter(([name, count]) => count > 0 || name === "completed");
  return shown.map(([name, count]) => `${count} ${name}`).join(", ");
}

function formatStage(stage: StageSummary): string {
  const count = stage.steps > 1 ? ` ${stage.completed}/${stage.steps}` : "";
  const title = `  ${mark(stage.state)} ${`${stage.stage}${count}`.padEnd(20)}`;
  if (stage.state === "skipped") return `${title} skipped (${stage.skipped_by})`;
  if (stage.state === "pending") return title.trimEnd();
  const retries = stage.retries > 0 ? `, ${plural(stage.retries, "retry", "retries")}` : "";
  const isAllReused = stage.reused === stage.completed;
  const reused = stage.reused === undefined ? "" : `, ${isAllReused ? "" : `${stage.reused} `}reused`;
  const error = stage.error === undefined ? "" : `\n      ${stage.error}`;
  const warnings = (stage.warnings ?? []).map(
    ({ code, message, count }) => `\n      ${count} ${code}: ${message}${count > 1 ? ", ..." : ""}`,
  );
  return `${title} ${formatDuration(stage.duration_ms)}${retries}${reused}${error}${warnings.join("")}`;
}

function formatGate({ gate, kind, state, by, reason, evidence }: RunSummary["gates"][number]): string {
  const who = by === undefined ? "" : ` by ${by}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  const shown = evidence === undefined ? "" : `\n      evidence ${evidence}`;
  return `  Gate ${gate} (${kind}) ${state}${who}${why}${shown}`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
