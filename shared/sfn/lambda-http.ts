import { notRecognized } from "../asl/engine.ts";
import type { TaskRequest, TaskResolver } from "../asl/index.ts";
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
        return await invoke(endpoint, request, request.resource.arn, request.input);
      }
      const { service, action } = request.resource;
      if (service !== "lambda" || action !== "invoke") throw notRecognized(request);
      const { FunctionName, Payload = {} } = (request.input ?? {}) as Readonly<Record<string, unknown>>;
      const payload = await invoke(endpoint, request, FunctionName, Payload);
      return { ExecutedVersion: "$LATEST", Payload: payload, StatusCode: 200 };
    },
  };
}

async function invoke(endpoint: string, request: TaskRequest, reference: unknown, event: unknown): Promise<unknown> {
  const name = typeof reference === "string" ? FUNCTION.exec(reference)?.[1] : undefined;
  if (name === undefined) {
    const found = JSON.stringify(reference)?.slice(0, 200) ?? "nothing";
    throw failure(
      "Lambda.ValidationException",
      `FunctionName: expected a name or an ARN of a function, found ${found}`,
    );
  }
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, endpoint);
  const reply = await post(url, JSON.stringify(event ?? null), MOST_BYTES, request.signal).catch((error: unknown) => {
    throw failure("Lambda.SdkClientException", `No answer from ${url}: ${(error as Error).message}`);
  });
  const { status, headers, text } = reply;
  if (text === undefined) throw tooLarge();
  if (status < 200 || status > 299) {
    throw failure(REFUSALS[status] ?? "Lambda.ServiceException", text || `${url} answered with status ${status}`);
  }
  if (headers["x-amz-function-error"] !== undefined) throw failure(errorTypeOf(text), text);
  return parse(reply, url);
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
    return text === "" ? null : JSON.parse(text);
  } catch {
    throw failure("Lambda.InvalidResponse", `${url} answered with what is not JSON: ${text.slice(0, 200)}`);
  }
}
