import { isObject, type TaskState } from "../../asl/engine.ts";
import {
  compileInTurns,
  parsePayload,
  type StateMachineDefinition,
  StatesError,
  stringifyExact,
  type TaskResolver,
} from "../../asl/index.ts";
import type { Place } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import type { Request } from "../api/requests.ts";
import { present } from "../api/wire.ts";
import { defaultContext, readContext } from "./context.ts";
import { afterFailure, failureOf, StateFailure, toleranceExceeded, toStatesError } from "./failure.ts";
import { checkMockRequest, type Mock, readMock } from "./mock.ts";
import { runState } from "./run-state.ts";
import { findSubject, machineAround } from "./subject.ts";
import { show, type Trial } from "./trial.ts";

type TestRequest = Request<"TestState">;

export interface TestRoom {
  readonly place: Place;
  /** Does the work of a Task that has no mock. */
  readonly resolver: TaskResolver;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Runs one state, without waiting and without a trace, and shows how its data went through it. */
export async function testState(room: TestRoom, request: TestRequest) {
  checkMockRequest(request);
  const subject = await findSubject(request.definition, request.stateName);
  const mock = readMock(subject.state, request);
  const input = readJson(request.input, "input");
  const context =
    request.context === undefined
      ? defaultContext(subject, input, request.roleArn, room.place, room.now())
      : readContext(request.context, subject, input);
  const machine = await compileInTurns(machineAround(subject) as unknown as StateMachineDefinition);
  const state = machine.workflow.startAt;
  const inspection: Record<string, unknown> = { input: request.input };
  const readerData = request.stateConfiguration?.mapItemReaderData;
  const trial: Trial = {
    state,
    input,
    context,
    variables: readVariables(request.variables),
    inspection,
    readItems: readerData === undefined ? undefined : readJson(readerData, "mapItemReaderData"),
    work: async (effective) =>
      mock === undefined ? await runTask(room, trial, effective) : play(mock, inspection, request),
  };
  const shown = () => (request.inspectionLevel === "INFO" ? {} : { inspectionData: present(inspection) });
  try {
    const { output, next, assigned } = await runState(trial);
    showVariables(trial, assigned);
    return { ...shown(), output: stringifyExact(output), ...present({ nextState: next }), status: "SUCCEEDED" };
  } catch (thrown) {
    const failure = failureOf(thrown, subject.name);
    const { next, output, assigned, ...outcome } = await afterFailure(
      trial,
      failure,
      request.stateConfiguration?.retrierRetryCount ?? 0,
    );
    showVariables(trial, assigned);
    const caught = present({ nextState: next, output: output === undefined ? undefined : stringifyExact(output) });
    return { ...shown(), ...caught, ...outcome };
  }
}

/** The variables after the state, if there are any: those of the request, and what the state assigned. */
function showVariables(trial: Trial, assigned: unknown): void {
  const variables = { ...trial.variables, ...(assigned as Readonly<Record<string, unknown>> | undefined) };
  if (Object.keys(variables).length > 0) show(trial, "variables", variables);
}

function play(mock: Mock, inspection: Trial["inspection"], request: TestRequest): unknown {
  if (mock.kind === "error") throw new StateFailure(new StatesError(mock.error, mock.cause));
  const failures = request.stateConfiguration?.mapIterationFailureCount;
  const { result } = mock;
  if (failures !== undefined && toleranceExceeded(inspection, failures, Array.isArray(result) ? result.length : 0)) {
    const cause = "The specified tolerated failure threshold was exceeded";
    throw new StateFailure(new StatesError("States.ExceedToleratedFailureThreshold", cause));
  }
  return result;
}

async function runTask(room: TestRoom, trial: Trial, input: unknown): Promise<unknown> {
  const state = trial.state as TaskState;
  const context = trial.context as { readonly Task?: { readonly Token?: string } };
  try {
    return await room.resolver.run({
      resource: state.resource,
      input,
      stateName: state.name,
      retryCount: 0,
      executionArn: "",
      timeoutSeconds: undefined,
      heartbeatSeconds: undefined,
      taskToken: context.Task?.Token ?? crypto.randomUUID(),
      credentials: undefined,
      context,
      signal: new AbortController().signal,
      submitted: undefined,
      heartbeat: () => undefined,
      reportSubmitted: () => undefined,
      reportStarted: () => undefined,
    });
  } catch (thrown) {
    throw new StateFailure(toStatesError(thrown));
  }
}

function readJson(text: string, field: string): unknown {
  try {
    return parsePayload(text);
  } catch (error) {
    if (field === "input") throw refusals.badInput((error as Error).message);
    throw refusals.invalid(`The value of '${field}' is not valid JSON: ${(error as Error).message}`);
  }
}

function readVariables(text: string | undefined): Readonly<Record<string, unknown>> {
  const variables = text === undefined ? {} : readJson(text, "variables");
  if (isObject(variables)) return variables;
  throw refusals.invalid("The value of 'variables' must be a JSON object");
}
