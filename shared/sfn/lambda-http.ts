import { notRecognized } from "../asl/engine.ts";
import { parseResource, type TaskRequest, type TaskResolver } from "../asl/index.ts";

/**
 * Calls Lambda functions at an endpoint that speaks Lambda's Invoke API, such as the Lambda runtime emulator or
 * `sam local start-lambda`: functions by their ARN, and `lambda:invoke`. A task of anything else fails, and nothing is called.
 *
 * @param endpoint such as `http://127.0.0.1:3001`.
 */
export function lambdaOverHttp(endpoint: string, fetchFrom: typeof fetch = fetch): TaskResolver {
  return {
    async run(request) {
      if (request.resource.family === "LambdaFunction") {
        return await invoke(endpoint, fetchFrom, request, request.resource.arn, request.input);
      }
      const { service, action } = request.resource;
      if (service !== "lambda" || action !== "invoke") throw notRecognized(request);
      const { FunctionName, Payload = {} } = request.input as {
        readonly FunctionName: string;
        readonly Payload?: unknown;
      };
      const payload = await invoke(endpoint, fetchFrom, request, FunctionName, Payload);
      return { ExecutedVersion: "$LATEST", Payload: payload, StatusCode: 200 };
    },
  };
}

async function invoke(
  endpoint: string,
  fetchFrom: typeof fetch,
  request: TaskRequest,
  reference: string,
  event: unknown,
): Promise<unknown> {
  const name = parseResource(reference).action;
  const url = new URL(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, endpoint);
  const response = await fetchFrom(url, {
    method: "POST",
    body: JSON.stringify(event ?? null),
    headers: { "content-type": "application/json" },
    signal: request.signal,
  }).catch((error: unknown) => {
    const { message, cause } = error as Error;
    // What fetch says is "fetch failed"; why stands in its cause.
    const why = cause instanceof Error ? `${message}, ${cause.message}` : message;
    throw failure("Lambda.SdkClientException", `No answer from ${url}: ${why}`);
  });
  const text = await response.text();
  if (!response.ok) {
    const code = response.status === 404 ? "ResourceNotFoundException" : "ServiceException";
    throw failure(`Lambda.${code}`, text || `${url} answered with status ${response.status}`);
  }
  if (response.headers.has("x-amz-function-error")) throw failure(errorTypeOf(text), text);
  return parse(text, url);
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

function parse(text: string, url: URL): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    throw failure("Lambda.InvalidResponse", `${url} answered with what is not JSON: ${text.slice(0, 200)}`);
  }
}
