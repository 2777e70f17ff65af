import { type Interpreter, parsePayload, readTaskToken, type TaskOutcome } from "../../asl/index.ts";
import { refusals } from "../api/errors.ts";
import type { Request } from "../api/requests.ts";
import { present } from "../api/wire.ts";

/** What the operations on task tokens need. */
export interface TaskRoom {
  readonly interpreter: Interpreter;
}

export async function sendTaskSuccess(room: TaskRoom, request: Request<"SendTaskSuccess">) {
  return await report(room, request.taskToken, { output: readOutput(request.output) });
}

export async function sendTaskFailure(room: TaskRoom, { taskToken, error, cause }: Request<"SendTaskFailure">) {
  return await report(room, taskToken, present({ error, cause }));
}

export function sendTaskHeartbeat({ interpreter }: TaskRoom, { taskToken }: Request<"SendTaskHeartbeat">) {
  checkToken(taskToken);
  if (!interpreter.heartbeat(taskToken)) throw refusals.taskGone();
  return {};
}

/** Answers when the outcome is durable. @throws ServiceError `InvalidToken`, `TaskTimedOut` */
async function report({ interpreter }: TaskRoom, taskToken: string, outcome: TaskOutcome) {
  checkToken(taskToken);
  if (!(await interpreter.completeTask(taskToken, outcome))) throw refusals.taskGone();
  return {};
}

function checkToken(taskToken: string): void {
  if (readTaskToken(taskToken) === undefined) throw refusals.badToken();
}

function readOutput(output: string): unknown {
  try {
    return parsePayload(output);
  } catch (error) {
    throw refusals.badOutput((error as Error).message);
  }
}
