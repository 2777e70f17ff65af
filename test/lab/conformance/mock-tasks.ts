import { isDeepStrictEqual } from "node:util";
import type { TaskRequest, TaskResolver } from "../../../shared/asl/index.ts";
import type { RecordedCall, RecordedMocks } from "./case.ts";

/** Reports the outcome of a task by its token. */
export type CompleteTask = (
  taskToken: string,
  outcome: { output: unknown } | { error?: string; cause?: string },
) => void;

/** Answers task calls with what AWS got for them; where nothing was recorded, with what the named function does. */
export function mockTasks(mocks: RecordedMocks, completeTask: CompleteTask): TaskResolver {
  const calls = (mocks.calls ?? []).map((call) => ({ call, isUsed: false }));
  const last = new Map<string, RecordedCall>();
  const pick = ({ stateName, input }: TaskRequest): RecordedCall | undefined => {
    const open = calls.filter(({ call, isUsed }) => call.state === stateName && !isUsed);
    const next = open.find(({ call }) => isDeepStrictEqual(call.input, input)) ?? open[0];
    if (next === undefined) return last.get(stateName);
    next.isUsed = true;
    last.set(stateName, next.call);
    return next.call;
  };
  return {
    run(request) {
      const call = pick(request);
      if (request.resource.family === "Activity") request.reportStarted("worker");
      const { pattern } = request.resource;
      if (pattern === "WaitForTaskToken") {
        queueMicrotask(() => answerByToken(call, mocks, request, completeTask));
        return submitted(request);
      }
      if (pattern === "RunJob") request.reportSubmitted(submitted(request));
      return answer(call, mocks, request);
    },
  };
}

function answer(call: RecordedCall | undefined, mocks: RecordedMocks, request: TaskRequest): unknown {
  if (call === undefined) return callFunction(mocks, request);
  if (call.timeout || call.unfinished) return new Promise(() => {});
  if (call.event !== undefined && !call.event.endsWith("Succeeded")) {
    throw Object.assign(new Error(call.cause), { error: call.error ?? "", cause: call.cause ?? "" });
  }
  return call.output;
}

function answerByToken(
  call: RecordedCall | undefined,
  mocks: RecordedMocks,
  request: TaskRequest,
  completeTask: CompleteTask,
): void {
  try {
    const output = answer(call, mocks, request);
    if (!(output instanceof Promise)) completeTask(request.taskToken, { output });
  } catch (thrown) {
    const { error, cause } = thrown as { error: string; cause: string };
    completeTask(request.taskToken, { ...(error === "" ? {} : { error }), ...(cause === "" ? {} : { cause }) });
  }
}

/** What the calls that hand out a token or start a job answer, which the recordings keep in TaskSubmitted only. */
function submitted({ resource, input }: TaskRequest): unknown {
  const body =
    resource.service === "states"
      ? { ExecutionArn: executionArn(input as { StateMachineArn: string; Name: string }), StartDate: 0 }
      : { MD5OfMessageBody: "0".repeat(32), MessageId: "00000000-0000-4000-8000-000000000000" };
  const contentLength = resource.service === "states" ? 161 : JSON.stringify(body).length;
  return withSdkMetadata(body, contentLength);
}

function executionArn({ StateMachineArn, Name }: { StateMachineArn: string; Name: string }): string {
  return `${StateMachineArn.replace(":stateMachine:", ":execution:")}:${Name}`;
}

function withSdkMetadata(body: object, contentLength: number): unknown {
  const requestId = "00000000-0000-4000-8000-000000000001";
  const contentType = "application/x-amz-json-1.0";
  return {
    ...body,
    SdkHttpMetadata: {
      AllHttpHeaders: {
        "x-amzn-RequestId": [requestId],
        connection: ["keep-alive"],
        "Content-Length": [String(contentLength)],
        Date: ["Thu, 01 Jan 1970 00:00:00 GMT"],
        "Content-Type": [contentType],
      },
      HttpHeaders: {
        connection: "keep-alive",
        "Content-Length": String(contentLength),
        "Content-Type": contentType,
        Date: "Thu, 01 Jan 1970 00:00:00 GMT",
        "x-amzn-RequestId": requestId,
      },
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

/** The functions the recordings were made with, by the file they stood in. */
function callFunction(mocks: RecordedMocks, { resource, input }: TaskRequest): unknown {
  const functions = Object.entries(mocks.functions ?? {});
  const event = resource.family === "Task" ? ((input as { Payload?: unknown }).Payload ?? null) : input;
  const reference = JSON.stringify([resource.arn, (input as { FunctionName?: string } | null)?.FunctionName ?? null]);
  const handler = (functions.find(([name]) => reference.includes(name)) ?? functions[0])?.[1].handler;
  if (handler === undefined) throw new Error(`no recorded call for ${resource.arn}`);
  if (handler === "raise_exception.py") {
    const cause = JSON.stringify({ errorMessage: "Some exception was raised.", errorType: "Exception" });
    throw Object.assign(new Error(cause), { error: "Exception", cause });
  }
  if (handler === "wait_60_seconds.py") return new Promise(() => {});
  return resource.family === "Task" ? { ExecutedVersion: "$LATEST", Payload: event, StatusCode: 200 } : event;
}
