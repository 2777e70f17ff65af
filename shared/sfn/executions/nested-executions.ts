import { parseExact, stringifyExact, type TaskRequest, type TaskResolver } from "../../asl/index.ts";
import { ServiceError } from "../api/errors.ts";
import { readRequest } from "../api/reading.ts";
import type { ExecutionRoom } from "./execution-lookup.ts";
import { describeStored } from "./execution-view.ts";
import { startExecution } from "./executions.ts";

/**
 * `states:startExecution` on this server: at once, or to the child's end with `.sync` (input and output as text) and
 * `.sync:2` (as JSON).
 */
export function nestedExecutionResolver(room: () => ExecutionRoom): TaskResolver {
  return {
    async run(request) {
      if (request.resource.action !== "startExecution") throw unknownAction(request);
      const isJob = request.resource.pattern === "RunJob";
      const submitted = request.submitted?.output as { readonly ExecutionArn: string } | undefined;
      const executionArn = submitted?.ExecutionArn ?? (await start(room(), request));
      if (!isJob) return await startedOutput(room(), executionArn);
      if (submitted === undefined) request.reportSubmitted(await startedOutput(room(), executionArn));
      await room().runner.outcome(executionArn);
      return endOf(room(), executionArn, request.resource.label.endsWith(":2"));
    },
  };
}

async function start(room: ExecutionRoom, { input }: TaskRequest): Promise<string> {
  const { StateMachineArn, Name, Input, TraceHeader } = input as Readonly<Record<string, unknown>>;
  const text = typeof Input === "string" ? Input : stringifyExact(Input ?? {});
  try {
    const asked = { stateMachineArn: StateMachineArn, name: Name, input: text, traceHeader: TraceHeader };
    return (await startExecution(room, readRequest("StartExecution", asked))).executionArn;
  } catch (error) {
    throw error instanceof ServiceError ? asTaskFailure(error) : error;
  }
}

/** Integrations name the service's errors after it, with the ending that SDK exceptions have. */
function asTaskFailure({ code, message }: ServiceError) {
  const error = `StepFunctions.${code.replace(/Exception$/, "")}Exception`;
  const cause = `${message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${code})`;
  return Object.assign(new Error(message), { error, cause });
}

function unknownAction({ resource }: TaskRequest) {
  const cause = `The resource provided ${resource.arn} is not recognized.`;
  return Object.assign(new Error(cause), { error: "States.Runtime", cause });
}

async function startedOutput(room: ExecutionRoom, executionArn: string) {
  const started = (await room.executions.read(executionArn))?.startDate ?? room.now();
  return { ExecutionArn: executionArn, StartDate: new Date(started).toISOString() };
}

async function endOf(room: ExecutionRoom, executionArn: string, isJson: boolean) {
  const described = await describeStored(room, { executionArn, includedData: "ALL_DATA" });
  const fields = Object.entries(described)
    .filter(([name]) => !name.startsWith("redrive"))
    .map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), wireValue(name, value, isJson)]);
  const end = Object.fromEntries(fields) as Readonly<Record<string, unknown>>;
  if (described.status === "SUCCEEDED") return end;
  const cause = stringifyExact(end);
  throw Object.assign(new Error(cause), { error: "States.TaskFailed", cause });
}

function wireValue(name: string, value: unknown, isJson: boolean): unknown {
  if (name.endsWith("Date")) return Math.round((value as number) * 1000);
  if (name.endsWith("Details")) return { Included: true };
  return isJson && (name === "input" || name === "output") ? parseExact(value as string) : value;
}
