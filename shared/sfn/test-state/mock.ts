import { plainJson } from "../../asl/engine.ts";
import { parsePayload, parseResource } from "../../asl/index.ts";
import { refusals, ServiceError } from "../api/errors.ts";
import type { Request } from "../api/requests.ts";
import type { JsonObject } from "../machines/definition-search.ts";
import { checkFields } from "./mock-fields.ts";

type TestRequest = Request<"TestState">;

/** What stands in for the work of a state: its result, or the error it fails with. */
export type Mock =
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly error: string; readonly cause: string };

const mockable: readonly unknown[] = ["Task", "Map", "Parallel"];
const needsMock: readonly unknown[] = ["Map", "Parallel"];

/** Checks that stand before the definition is looked at. @throws ServiceError `ValidationException` */
export function checkMockRequest({ mock, revealSecrets, stateConfiguration }: TestRequest): void {
  if (mock?.result !== undefined && mock.errorOutput !== undefined) {
    throw refusals.invalid("A test mock should have only one of the following fields: [result, errorOutput].");
  }
  if (mock !== undefined && revealSecrets) {
    throw refusals.invalid("TestState does not support RevealSecrets when a mock is specified.");
  }
  if (mock === undefined && stateConfiguration?.mapIterationFailureCount !== undefined) {
    throw refusals.invalid("TestState does not support MapIterationFailureCount when a mock is not specified.");
  }
}

/**
 * The mock of a request, checked against the state it is for.
 * @throws ServiceError `ValidationException`; `InvalidDefinition` for a state that cannot be tested without a mock
 */
export function readMock(state: JsonObject, request: TestRequest): Mock | undefined {
  const { mock } = request;
  if (mock === undefined) {
    if (needsMock.includes(state.Type)) throw withoutMock();
    if (state.Type === "Task" && request.roleArn === undefined) {
      throw refusals.invalid("RoleArn must be specified when testing a Task state");
    }
    if (state.Type === "Task") requireOwnAnswer(String(state.Resource));
    return undefined;
  }
  if (!mockable.includes(state.Type)) {
    throw refusals.invalid(`State type '${state.Type}' is not supported when a mock is specified`);
  }
  if (mock.errorOutput !== undefined) {
    return { kind: "error", error: mock.errorOutput.error ?? "", cause: mock.errorOutput.cause ?? "" };
  }
  if (mock.result === undefined) {
    throw refusals.invalid("A test mock should have one of the following fields: [result, errorOutput].");
  }
  const result = parseResult(mock.result);
  checkResult(state, plainJson(result));
  const failures = request.stateConfiguration?.mapIterationFailureCount ?? 0;
  if (Array.isArray(result) && failures > result.length) {
    const message = "Map iteration failure count must be less than or equal to the number of Map iterations";
    throw refusals.invalid(message);
  }
  if (state.Type === "Task")
    checkFields(String(state.Resource), plainJson(result), mock.fieldValidationMode ?? "STRICT");
  return { kind: "result", result };
}

/** What a Task waits for that its call does not answer is not waited for here. */
function requireOwnAnswer(resource: string): void {
  const { family, pattern } = parseResource(resource);
  if (family !== "Activity" && pattern === "RequestResponse") return;
  const kinds = "activities and the integration patterns '.sync' and '.waitForTaskToken'";
  throw refusals.invalid(`TestState tests ${kinds} with a mock only; '${resource}' has none`);
}

function withoutMock(): ServiceError {
  const supported = "[Task, Wait, Pass, Succeed, Fail, Choice]";
  const message = `TestState API does not support Map or Parallel states. Supported state types include: ${supported}`;
  return new ServiceError("InvalidDefinition", message);
}

function parseResult(text: string): unknown {
  try {
    return parsePayload(text);
  } catch (cause) {
    throw new ServiceError("ValidationException", "Mocked result must be valid JSON", { cause });
  }
}

function checkResult(state: JsonObject, result: unknown): void {
  const isArray = Array.isArray(result);
  if (state.Type === "Map" && state.ResultWriter !== undefined) {
    if (typeof result !== "object" || result === null || isArray) {
      throw refusals.invalid("Mocked result must be a JSON object.");
    }
  } else if (state.Type !== "Task" && !isArray) throw refusals.invalid("Mocked result must be an array.");
  if (state.Type === "Parallel" && isArray && result.length !== (state.Branches as readonly unknown[]).length) {
    const message = "Mocked result must contain the same number of items as number of Parallel branches.";
    throw refusals.invalid(message);
  }
}
