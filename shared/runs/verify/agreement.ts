import * as z from "zod";
import type { EventRecord } from "../../asl/engine.ts";
import { type ArtifactId, artifactRef } from "../../contracts/ids.ts";
import { StageCall } from "../../contracts/stages.ts";
import type { Submission } from "../../contracts/submission.ts";
import { allStages, type Flow, stageOfFunction } from "../../kernel/flow.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import { isTerminal } from "../../kernel/run/transitions.ts";
import { stateIdOf } from "../../kernel/state-ids.ts";
import { FLOWS, RECOMPILE } from "../../stages/flows.ts";
import { canonicalHash } from "../../stores/digest.ts";
import type { Findings } from "./findings.ts";

/** What was parsed from JSON need not be looked through for being JSON. Calls named no flow while there was one only. */
const Call = StageCall.extend({ input: z.unknown(), flow: z.string().default(RECOMPILE.name) });

/** A call of a stage as the history has it. */
interface StageTask {
  readonly stateId: string;
  readonly call: z.infer<typeof Call>;
}

/**
 * The two logs of a run against each other: what each stage was called with and what it gave back, what a person answered,
 * and how it all ended. The history is always behind the events, for a stage's output reaches it only once it is recorded.
 */
export function checkAgreement(
  submission: Submission,
  record: RunRecord,
  history: readonly EventRecord[],
  findings: Findings,
): void {
  const [first] = history;
  if (first === undefined) return;
  if (first.kind.type === "ExecutionStarted")
    findings.same("execution input", "history entry 1", submission, first.value);
  else findings.problem("execution history", "entry 1", "ExecutionStarted", first.kind.type);
  const completed = new Set<string>();
  const tasks = new Map<number, StageTask>();
  for (const entry of history) {
    const before = tasks.get(entry.previousEventId);
    const task = before ?? scheduledTask(entry, submission.run_id, findings);
    if (task === undefined) continue;
    tasks.set(entry.id, task);
    const output = outputOf(entry);
    if (output !== undefined) {
      completed.add(task.stateId);
      checkOutput(entry, task, output, record, findings);
    }
    if (entry.kind.type === "TaskSucceeded") checkAnswer(entry, task, record, findings);
    if (/(Exited|Succeeded|Failed|TimedOut)$/.test(entry.kind.type)) tasks.delete(entry.id);
  }
  checkEnd(record, history.at(-1)!, completed, findings);
}

/** The stage that a scheduled task calls. */
function scheduledTask(
  { id, kind, value, extra }: EventRecord,
  runId: string,
  findings: Findings,
): StageTask | undefined {
  const isOwn = kind.type === "LambdaFunctionScheduled";
  if (!isOwn && kind.type !== "TaskScheduled") return undefined;
  const { FunctionName, Payload } = (isOwn ? {} : (value ?? {})) as { FunctionName?: unknown; Payload?: unknown };
  const arn = String(isOwn ? (extra as { resource?: unknown } | undefined)?.resource : FunctionName);
  const call = Call.safeParse(isOwn ? value : Payload);
  const flow = FLOWS.find(({ name }) => name === call.data?.flow);
  const stage = flow === undefined ? undefined : stageCalled(arn, flow);
  const place = `history entry ${id} (${kind.type})`;
  if (flow === undefined || stage === undefined || !call.success || call.data.run_id !== runId) {
    findings.problem("task", place, `a call of a stage for run ${runId}`, `one of ${arn}`);
    return undefined;
  }
  return { stateId: stateIdOf(flow.machine, stage, call.data), call: call.data };
}

/** `arn:...:function:ValidationGate` -> `validation_gate`, where the flow has such a stage. */
function stageCalled(arn: string, flow: Flow): string | undefined {
  const stage = stageOfFunction(arn.slice(arn.lastIndexOf(":") + 1));
  return allStages(flow).find(({ name }) => name === stage)?.name;
}

/** What a stage gave back. A task that waits for a person is submitted with it. */
function outputOf({ kind: { type }, value }: EventRecord): unknown {
  if (type === "LambdaFunctionSucceeded") return value;
  return type === "TaskSubmitted" ? (value as { Payload?: unknown } | null)?.Payload : undefined;
}

function checkOutput(
  { id, kind }: EventRecord,
  { stateId, call }: StageTask,
  output: unknown,
  { steps }: RunRecord,
  findings: Findings,
): void {
  const place = `history entry ${id} (${kind.type}) of ${stateId}`;
  const step = steps.get(stateId);
  const hash = (value: unknown) => artifactRef(canonicalHash(value) as ArtifactId);
  findings.same("input of a state", place, step?.baseSnapshot ?? "none, it was not entered", hash(call.input));
  findings.same("output of a state", place, step?.snapshot ?? "none, it did not complete", hash(output));
}

/** What a person decided, as the waiting task was answered. */
function checkAnswer(
  { id, value }: EventRecord,
  { stateId }: StageTask,
  { gates }: RunRecord,
  findings: Findings,
): void {
  const gate = [...gates.values()].find((each) => each.stateId === stateId);
  const { decision, by, reason } = (value ?? {}) as Record<string, unknown>;
  const decided = { decision: gate?.state, by: gate?.by, reason: gate?.reason };
  findings.same("decision", `history entry ${id} (TaskSucceeded) of ${stateId}`, decided, { decision, by, reason });
}

const ENDS: Readonly<Record<string, string>> = {
  ExecutionSucceeded: "succeeded",
  ExecutionFailed: "failed",
  ExecutionTimedOut: "failed",
  ExecutionAborted: "cancelled",
};

function checkEnd(record: RunRecord, last: EventRecord, completed: ReadonlySet<string>, findings: Findings): void {
  const place = `history entry ${last.id} (${last.kind.type})`;
  const end = ENDS[last.kind.type];
  if (end === undefined) {
    if (isTerminal(record.phase))
      findings.notice("execution history", place, "it stops before the end that the events tell");
    return;
  }
  findings.same("end of the execution", place, record.phase === "rolled_back" ? "failed" : record.phase, end);
  if (end !== "succeeded") return;
  findings.same("end of the execution", place, record.bundle, (last.value as { bundle?: unknown } | null)?.bundle);
  for (const { stateId, state } of record.steps.values()) {
    if (state === "succeeded" && !completed.has(stateId)) {
      findings.problem("output of a state", place, `an entry for ${stateId}, which completed`, "none");
    }
  }
}
