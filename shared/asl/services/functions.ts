import { randomUUID } from "node:crypto";
import type { TaskRequest, TaskResolver } from "./resolver.ts";

/** A function as Lambda runs it: an event in, JSON or a promise of it out. */
export type FunctionHandler = (event: never, context: FunctionContext) => unknown;

export interface FunctionContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  /** Aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal;
  /** What Step Functions knows of the task, which Lambda would not tell. */
  readonly task: TaskRequest;
}

/**
 * Runs functions of this process, as Task states call them: by name, by ARN, and through
 * `arn:aws:states:::lambda:invoke` with its `FunctionName` and `Payload`.
 *
 * @param handlers by function name; an ARN finds its function by the name in it.
 */
export function functionsResolver(handlers: Readonly<Record<string, FunctionHandler>>): TaskResolver {
  return {
    run(request) {
      if (request.resource.family === "LambdaFunction") {
        return call(handlers, request, request.resource.arn, request.input);
      }
      const { FunctionName, Payload = {} } = request.input as { FunctionName: string; Payload?: unknown };
      return call(handlers, request, FunctionName, Payload).then((result) => ({
        ExecutedVersion: "$LATEST",
        Payload: result ?? null,
        StatusCode: 200,
      }));
    },
  };
}

async function call(
  handlers: Readonly<Record<string, FunctionHandler>>,
  request: TaskRequest,
  reference: string,
  event: unknown,
): Promise<unknown> {
  const functionName = nameOf(reference);
  const handler = Object.hasOwn(handlers, functionName) ? handlers[functionName] : undefined;
  if (handler === undefined) throw functionNotFound(reference);
  const context = { functionName, awsRequestId: randomUUID(), signal: request.signal, task: request };
  try {
    // The event is shared with the history; a handler may do with its own as it likes.
    return await handler(structuredClone(event) as never, context);
  } catch (thrown) {
    throw functionError(thrown);
  }
}

/** The name in a function's ARN, with or without a version or alias, or the name itself. */
export function nameOf(reference: string): string {
  return /^arn:aws[\w-]*:lambda:[\w-]*:\d*:function:([^:]+)/.exec(reference)?.[1] ?? reference;
}

function functionNotFound(reference: string): Error {
  const cause = `Function not found: ${reference}:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`;
  return Object.assign(new Error(cause), { error: "Lambda.ResourceNotFoundException", cause });
}

/**
 * What Lambda's Node.js runtime reports of an error: its class name, and type, message and trace as JSON. An error that
 * says its own `error` and `cause` is left as it is.
 */
export function functionError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || typeof (thrown as { error?: unknown }).error === "string") return thrown;
  const { name, message, stack } = thrown;
  const cause = JSON.stringify({ errorType: name, errorMessage: message, trace: (stack ?? "").split("\n") });
  return Object.assign(new Error(message), { error: name, cause });
}
