import { randomUUID } from "node:crypto";
import { plainJson } from "../query/index.ts";
import {
  type LambdaInvocation,
  lambdaInvocationOf,
  lambdaRefusal,
  qualifierIn,
  readClientContext,
} from "./lambda-invocation.ts";
import type { TaskRequest, TaskResolver } from "./resolver.ts";

/** A function as Lambda runs it: an event in, JSON or a promise of it out. */
export type FunctionHandler = (event: never, context: FunctionContext) => unknown;

export interface FunctionContext {
  readonly functionName: string;
  /** The version that was asked for; `$LATEST` for an alias and where none was. */
  readonly functionVersion: string;
  readonly awsRequestId: string;
  /** The object that `ClientContext` of `lambda:invoke` encodes. */
  readonly clientContext: object | undefined;
  /** Aborted when nobody waits for the result any more; never where nobody did (`InvocationType` `Event`). */
  readonly signal: AbortSignal;
  /** What Step Functions knows of the task, which Lambda would not tell. */
  readonly task: TaskRequest;
}

type Handlers = Readonly<Record<string, FunctionHandler>>;

/**
 * Runs functions of this process, as Task states call them: by name, by ARN, and through
 * `arn:aws:states:::lambda:invoke` with what Invoke takes. A call of the type `Event` is answered at once, and
 * the function's result and error go nowhere: it is not tried again. There is no log to give (`LogType`).
 *
 * @param handlers by function name; an ARN finds its function by the name in it.
 */
export function functionsResolver(handlers: Handlers): TaskResolver {
  return {
    run(request) {
      if (request.resource.family === "LambdaFunction") {
        return call(handlers, request, { functionName: request.resource.arn, event: request.input });
      }
      return invoke(handlers, request);
    },
  };
}

async function invoke(handlers: Handlers, request: TaskRequest): Promise<object> {
  const invocation = lambdaInvocationOf(request.input);
  const version = versionOf(invocation);
  switch (invocation.type) {
    case "DryRun":
      handlerOf(handlers, invocation);
      return { ExecutedVersion: version, Payload: "", StatusCode: 204 };
    case "Event": {
      handlerOf(handlers, invocation);
      const alone = { ...request, signal: new AbortController().signal };
      void call(handlers, alone, invocation).catch(() => undefined);
      return { Payload: "", StatusCode: 202 };
    }
    case "RequestResponse": {
      const result = await call(handlers, request, invocation);
      return { ExecutedVersion: version, Payload: result ?? null, StatusCode: 200 };
    }
  }
}

type Called = Pick<LambdaInvocation, "functionName" | "event"> & Partial<LambdaInvocation>;

async function call(handlers: Handlers, request: TaskRequest, called: Called): Promise<unknown> {
  const { clientContext, event } = called;
  const { handler, functionName } = handlerOf(handlers, called);
  const context: FunctionContext = {
    functionName,
    functionVersion: versionOf(called),
    awsRequestId: randomUUID(),
    clientContext: clientContext === undefined ? undefined : readClientContext(clientContext),
    signal: request.signal,
    task: request,
  };
  try {
    // The event is shared with the history; a handler may do with its own as it likes. It knows plain numbers.
    return await handler(structuredClone(plainJson(event)) as never, context);
  } catch (thrown) {
    throw functionError(thrown);
  }
}

function handlerOf(handlers: Handlers, { functionName: reference, qualifier }: Called) {
  const named = typeof reference === "string" ? nameOf(reference) : "";
  const functionName = Object.hasOwn(handlers, named) ? named : named.replace(/:[^:]*$/, "");
  const handler = Object.hasOwn(handlers, functionName) ? handlers[functionName] : undefined;
  if (handler !== undefined) return { handler, functionName };
  const cause = `Function not found: ${String(reference)}:${qualifier ?? "$LATEST"} (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${randomUUID()}; Proxy: null)`;
  throw lambdaRefusal("ResourceNotFoundException", cause);
}

/** The version that a call names beside its function or in its ARN. Here is one of each function alone, so an alias is of that. */
function versionOf({ functionName, qualifier }: Called): string {
  const named = qualifier ?? qualifierIn(functionName);
  return named !== undefined && /^\d+$/.test(named) ? named : "$LATEST";
}

/** The name in a function's ARN, with or without a version or alias, or the name itself. */
export function nameOf(reference: string): string {
  return /^arn:aws[\w-]*:lambda:[\w-]*:\d*:function:([^:]+)/.exec(reference)?.[1] ?? reference;
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
