import type { RunId } from "../contracts/ids.ts";
import { GateRefusal } from "../kernel/errors.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import type { Stores } from "../stores/ports.ts";
import type { DecidedGate, GateAnswer } from "./gates.ts";
import { readRun } from "./read-run.ts";

/** An execution in Step Functions that carries a run out. */
export interface Elsewhere {
  readonly executionArn: string;
  /** RFC 3339: when it was asked for. */
  readonly since: string;
}

/** What a person tells an execution in Step Functions. */
export interface ExecutionControl {
  /** Ends the task that waits. @throws what keeps it from hearing, such as that it waits no longer */
  answer(executionArn: string, taskToken: string, answer: GateAnswer): Promise<void>;
  stop(executionArn: string, error: string, cause: string): Promise<void>;
}

/** Who carries a run out, where its log says at its beginning that Step Functions does. */
export async function elsewhereOf({ events }: Pick<Stores, "events">, runId: RunId): Promise<Elsewhere | undefined> {
  for await (const { name, payload, ts } of events.read(runId, 1, 1)) {
    const executionArn = name === "recomp.run.requested" ? payload?.execution_arn : undefined;
    if (typeof executionArn === "string") return { executionArn, since: ts };
  }
  return undefined;
}

/**
 * Whether a run that Step Functions carries out has ended; false for one that it does not.
 * @throws {GateRefusal} when it goes on there: nobody else may carry it on
 */
export async function hasEndedElsewhere(stores: Pick<Stores, "runs" | "events">, runId: RunId): Promise<boolean> {
  const elsewhere = await elsewhereOf(stores, runId);
  if (elsewhere === undefined) return false;
  const { record } = await readRun(stores, runId);
  if (isTerminal(record.phase)) return true;
  throw new GateRefusal(
    `run ${runId}: expected one that nobody carries out, found one that Step Functions does, in ${elsewhere.executionArn}; follow it with \`restep events ${runId} --follow\`, or end it with \`restep cancel ${runId}\``,
  );
}

/**
 * Tells the execution that carries a run out what was decided at a gate, where one does.
 * @throws {GateRefusal} when it cannot be told: the decision stands in the log, and the error says how to tell it
 */
export async function answerElsewhere(
  stores: Pick<Stores, "events">,
  runId: RunId,
  { waitingTask, answer }: DecidedGate,
  control: ExecutionControl | undefined,
): Promise<boolean> {
  const elsewhere = await elsewhereOf(stores, runId);
  if (elsewhere === undefined) return false;
  const { executionArn } = elsewhere;
  const told = `\`aws stepfunctions ${answerWords(waitingTask ?? "TOKEN", answer)}\``;
  await tell(
    control,
    (on) => on.answer(executionArn, waitingTask ?? "", answer),
    `run ${runId}: the decision is recorded`,
    told,
  );
  return true;
}

/** Stops the execution that carries a run out. @throws {GateRefusal} saying how, where it cannot be */
export function stopElsewhere(
  runId: RunId,
  executionArn: string,
  { name, message }: Error,
  control: ExecutionControl | undefined,
): Promise<void> {
  const command = `aws stepfunctions stop-execution --execution-arn ${executionArn} --error ${name} --cause ${inQuotes(message)}`;
  return tell(
    control,
    (on) => on.stop(executionArn, name, message),
    `run ${runId}: that it is to be cancelled is recorded`,
    `\`${command}\``,
  );
}

async function tell(
  control: ExecutionControl | undefined,
  say: (control: ExecutionControl) => Promise<void>,
  done: string,
  command: string,
): Promise<void> {
  if (control === undefined)
    throw new GateRefusal(`${done}; expected who tells its execution, found nobody: ${command}`);
  await say(control).catch((cause: Error) => {
    throw new GateRefusal(
      `${done}, but its execution was not told (${cause.name}: ${cause.message}); tell it: ${command}`,
      {
        cause,
      },
    );
  });
}

function answerWords(token: string, answer: GateAnswer): string {
  if ("output" in answer) {
    return `send-task-success --task-token ${token} --task-output ${inQuotes(JSON.stringify(answer.output))}`;
  }
  return `send-task-failure --task-token ${token} --error ${answer.error} --cause ${inQuotes(answer.cause)}`;
}

/** As a shell takes it. */
function inQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
