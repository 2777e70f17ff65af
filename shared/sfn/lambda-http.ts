import { type LambdaInvocation, lambdaInvocationOf, lambdaRefusal, notRecognized } from "../asl/engine.ts";
import { parseExact, stringifyExact, type TaskRequest, type TaskResolver } from "../asl/index.ts";
import { post, type Reply } from "./http-post.ts";

/** Bytes of an answer (Lambda quotas): what Step Functions then takes on is less. */
const MOST_BYTES = 6_291_556;

/** Functions by name, partial or whole ARN, with or without a version or alias (Invoke, API reference). */
const FUNCTION = /^(?:(?:arn:aws[\w-]*:lambda:[\w-]*:)?\d*:?function:)?([\w-]{1,140}(?::[\w$-]{1,128})?)$/;

/**
 * Calls Lambda functions at an endpoint that speaks Lambda's Invoke API, such as the Lambda runtime emulator or
 * `sam local start-lambda`: functions by their ARN, and `lambda:invoke`. A task of anything else fails, and nothing is called.
 *
 * @param endpoint such as `http://127.0.0.1:3001`.
 */
export function lambdaOverHttp(endpoint: string): TaskResolver {
  return {
    async run(request) {
      if (request.resource.family === "LambdaFunction") {
        const called = { ...lambdaInvocationOf({ FunctionName: request.resource.arn }), event: request.input };
        return (await invoke(endpoint, request, called)).payload;
      }
      const { service, action } = request.resource;
      if (service !== "lambda" || action !== "invoke") throw notRecognized(request);
      const invocation = lambdaInvocationOf(request.input);
      const { status, version, log, payload } = await invoke(endpoint, request, invocation);
      return {
        // What is carried out later has no version yet.
        ...(status !== 202 && { ExecutedVersion: version ?? invocation.qualifier ?? "$LATEST" }),
        ...(log !== undefined && { LogResult: log }),
        Payload: invocation.type === "RequestResponse" ? payload : (payload ?? ""),
        StatusCode: status,
      };
    },
  };
}

interface Invoked {
  readonly status: number;
  readonly version: string | undefined;
  /** Base64 of the end of the function's log, where that was asked for and the endpoint gave it. */
  readonly log: string | undefined;
  readonly payload: unknown;
}

async function invoke(endpoint: string, request: TaskRequest, called: LambdaInvocation): Promise<Invoked> {
  const { functionName: reference, qualifier } = called;
  const name = typeof reference === "string" ? FUNCTION.exec(reference)?.[1] : undefined;
  if (name === undefined) {
    const found = JSON.stringify(reference)?.slice(0, 200) ?? "nothing";
    throw failure(
      "Lambda.ValidationException",
      `FunctionName: expected a name or an ARN of a function, found ${found}`,
    );
  }
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, endpoint);
  if (qualifier !== undefined) url.searchParams.set("Qualifier", qualifier);
  const body = stringifyExact(called.event ?? null);
  const sent = post(url, body, MOST_BYTES, request.signal, headersOf(called));
  const reply = await sent.catch((error: unknown) => {
    throw lambdaRefusal("SdkClientException", `No answer from ${url}: ${(error as Error).message}`);
  });
  const { status, headers, text } = reply;
  if (text === undefined) throw tooLarge();
  if (status < 200 || status > 299) {
    throw failure(REFUSALS[status] ?? "Lambda.ServiceException", text || `${url} answered with status ${status}`);
  }
  if (headers["x-amz-function-error"] !== undefined) throw failure(errorTypeOf(text), text);
  const header = (field: string) => (typeof headers[field] === "string" ? headers[field] : undefined);
  return {
    status,
    version: header("x-amz-executed-version"),
    log: called.wantsLog ? header("x-amz-log-result") : undefined,
    payload: parse(reply, url),
  };
}

/** What is as if it were not said is not sent: endpoints know little of it. */
function headersOf({ type, clientContext, wantsLog }: LambdaInvocation): Readonly<Record<string, string>> {
  return {
    ...(type !== "RequestResponse" && { "x-amz-invocation-type": type }),
    ...(clientContext !== undefined && { "x-amz-client-context": clientContext }),
    ...(wantsLog && { "x-amz-log-type": "Tail" }),
  };
}

const REFUSALS: Readonly<Record<number, string>> = {
  404: "Lambda.ResourceNotFoundException",
  429: "Lambda.TooManyRequestsException",
};

/** In Lambda's own words. */
function tooLarge(): Error {
  const errorType = "Function.ResponseSizeTooLarge";
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${MOST_BYTES} bytes).`;
  return failure(errorType, JSON.stringify({ errorType, errorMessage }));
}

function failure(error: string, cause: string): Error {
  return Object.assign(new Error(cause), { error, cause });
}

/** A function that failed answers with JSON that says of which type its error was. */
function errorTypeOf(text: string): string {
  try {
    const { errorType } = JSON.parse(text) as { readonly errorType?: unknown };
    return typeof errorType === "string" ? errorType : "Lambda.Unknown";
  } catch {
    return "Lambda.Unknown";
  }
}

function parse({ text = "" }: Reply, url: URL): unknown {
  try {
    return text === "" ? null : parseExact(text);
  } catch {
    throw failure("Lambda.InvalidResponse", `${url} answered with what is not JSON: ${text.slice(0, 200)}`);
  }
}
