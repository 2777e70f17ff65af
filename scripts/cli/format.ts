import { styleText } from "node:util";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { nameOf } from "../../shared/kernel/run/visits.ts";
import { stageOf } from "../../shared/kernel/state-ids.ts";
import type { Standing } from "../../shared/runs/standing.ts";
import type { RunSummary, StageSummary } from "../../shared/runs/summary.ts";
import type { Work } from "../../shared/runs/working-times.ts";
import { describeGap } from "../../shared/stages/validation-verdict.ts";
import { readEnvironment } from "./environment.ts";
import { asTypedHere } from "./invocation.ts";

const { isPlain } = readEnvironment();

const MARKS = {
  succeeded: ["green", "✓"],
  failed: ["red", "✗"],
  running: ["yellow", "…"],
  pending: ["dim", "·"],
  skipped: ["dim", "⊘"],
  compensated: ["yellow", "↺"],
  waiting: ["yellow", "?"],
} as const;

export function mark(state: StageSummary["state"] | "waiting"): string {
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
export function formatSummary(summary: RunSummary & Standing): string {
  const { steps, resumed_from: resumed } = summary;
  const { interrupted, rolled_back, reason = [] } = summary;
  const more = [reason, rolled_back === true ? "rolled back" : [], interrupted === true ? "interrupted" : []]
    .flat()
    .join(", ");
  return [
    `Run ${summary.run_id}: ${summary.state}${more === "" ? "" : ` (${more})`}, ${formatDuration(summary.duration_ms)}`,
    ...(resumed === undefined ? [] : [`Goes on from run ${resumed.run_id}, ${formatPoint(resumed)}`]),
    ...(summary.error === undefined ? [] : [`Error: ${summary.error}: ${asTypedHere(summary.cause ?? "")}`]),
    `Steps: ${steps.total} (${countsOf(summary)})${againOf(summary)}`,
    ...(summary.escalations === 0 ? [] : [`Escalations: ${summary.escalations}`]),
    ...(summary.hard_gate_failures.length === 0 ? [] : [`Hard gates failed: ${summary.hard_gate_failures.join(", ")}`]),
    ...(summary.soft_gate_failures.length === 0 ? [] : [`Soft gates failed: ${summary.soft_gate_failures.join(", ")}`]),
    ...summary.stages.map(formatStage),
    ...summary.gates.map(formatGate),
    ...validationOf(summary),
    ...(summary.bundle === undefined ? [] : [`Bundle ${summary.bundle}`]),
    ...(summary.provenance === undefined ? [] : [`Provenance ${summary.provenance}`]),
  ].join("\n");
}

/** The weight of what was tested, and what is missing. Of runs of before that was told: nothing. */
function validationOf({ validation }: RunSummary): string[] {
  if (validation?.figures.instructions === undefined) return [];
  const { tested = 0, disproven = 0, untested = 0, instructions, instructions_run = 0, gaps = 0 } = validation.figures;
  const missing = validation.missing ?? [];
  const share = instructions === 0 ? "" : ` (${((100 * instructions_run) / instructions).toFixed(1)}%)`;
  return [
    `Functions: ${tested} tested, ${disproven} disproven, ${untested} untested; inputs ran ${instructions_run} of ${instructions} instructions${share}`,
    ...missing.map((gap) => `  Missing: ${describeGap(gap)}`),
    ...(gaps > missing.length ? [`  Missing: ${gaps - missing.length} more, see the validation report`] : []),
  ];
}

/** Where a run goes on: `behind plan`, `with select.round_2 again`. */
export function formatPoint({ state_id, goes_on }: NonNullable<RunSummary["resumed_from"]>): string {
  const step = nameOf(state_id);
  return goes_on === "behind" ? `behind ${step}` : `with ${step} again`;
}

function countsOf({ steps, stages }: RunSummary): string {
  const { running, pending, failed, skipped, compensated } = steps;
  const at = (gate: "waits_at" | "rejected_at" | "undecided_at") =>
    stages.filter((stage) => stage.state === "succeeded" && gate in stage).length;
  const [waiting, rejected, undecided] = [at("waits_at"), at("rejected_at"), at("undecided_at")];
  const completed = steps.completed - waiting - rejected - undecided;
  const counts = {
    completed,
    waiting,
    rejected,
    undecided,
    "under way": running,
    "to come": pending,
    failed,
    skipped,
    compensated,
  };
  const shown = Object.entries(counts).filter(([name, count]) => count > 0 || name === "completed");
  return shown.map(([name, count]) => `${count} ${name}`).join(", ");
}

/** What was done more than once, and why. */
function againOf({ retries, reentries }: Work): string {
  const again = [
    ...(retries > 0 ? [plural(retries, "retry", "retries")] : []),
    ...(reentries > 0 ? [`${reentries} entered again after an interruption`] : []),
  ];
  return again.map((each) => `, ${each}`).join("");
}

/** A stage that opened a gate has done its work; what a person reads is how the gate stands. */
function shownState({ waits_at, rejected_at, undecided_at, state }: StageSummary): StageSummary["state"] | "waiting" {
  if (waits_at !== undefined) return "waiting";
  if (rejected_at !== undefined) return "failed";
  return undecided_at === undefined ? state : "skipped";
}

function formatStage(stage: StageSummary): string {
  const count = stage.steps > 1 ? ` ${stage.completed}/${stage.steps}` : "";
  const { waits_at: waitsAt, rejected_at: rejectedAt, undecided_at: undecidedAt } = stage;
  const shown = shownState(stage);
  const title = `  ${mark(shown)} ${`${stage.stage}${count}`.padEnd(20)}`;
  if (stage.state === "skipped") return `${title} skipped${skippedBy(stage.skipped_by ?? "")}`;
  if (stage.state === "pending") return title.trimEnd();
  const isAllReused = stage.reused === stage.completed;
  const reused = stage.reused === undefined ? "" : `, ${isAllReused ? "" : `${stage.reused} `}reused`;
  if (waitsAt !== undefined) return `${title} waits for a person to decide at gate ${waitsAt}`;
  if (rejectedAt !== undefined) return `${title} rejected at gate ${rejectedAt}`;
  if (undecidedAt !== undefined) return `${title} nobody decided at gate ${undecidedAt}`;
  const error = stage.error === undefined ? "" : `\n      ${stage.error}`;
  const warnings = (stage.warnings ?? []).map(
    ({ code, message, count }) => `\n      ${count} ${code}: ${message}${count > 1 ? ", ..." : ""}`,
  );
  return `${title} ${formatDuration(stage.duration_ms)}${againOf(stage)}${reused}${error}${warnings.join("")}`;
}

/** @param by a state that failed, the tag that takes a stage out, or what happened, in words */
function skippedBy(by: string): string {
  if (by.split(".").length === 3) return ` because ${stageOf(by)} failed`;
  return by.includes(" ") ? `: ${by}` : ` by the tag ${by}`;
}

function formatGate({ gate, kind, state, by, basis, reason, evidence }: RunSummary["gates"][number]): string {
  const who = by === undefined ? "" : ` by ${by}${basis === undefined ? "" : ` (${basis})`}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  const shown = evidence === undefined ? "" : `\n      evidence ${evidence}`;
  return `  Gate ${gate} (${kind}) ${state}${who}${why}${shown}`;
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
