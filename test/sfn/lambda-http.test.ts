import { describe, expect, it } from "vitest";
import { parseResource, type TaskRequest } from "../../shared/asl/index.ts";
import { lambdaOverHttp } from "../../shared/sfn/index.ts";

interface Call {
  readonly url: string;
  readonly body: unknown;
}

/** An endpoint that answers every call alike, and the calls it got. */
function endpoint(answer: () => Response | Promise<Response>) {
  const calls: Call[] = [];
  const fetchFrom = (async (url: URL, init: RequestInit) => {
    calls.push({ url: String(url), body: JSON.parse(String(init.body)) });
    return await answer();
  }) as typeof fetch;
  return { calls, resolver: lambdaOverHttp("http://127.0.0.1:3001", fetchFrom) };
}

const requestOf = (resource: string, input: unknown) =>
  ({ resource: parseResource(resource), input, signal: new AbortController().signal }) as unknown as TaskRequest;

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:hello";

describe("Lambda functions over HTTP", () => {
  it("are called with the task's input by their ARN", async () => {
    const { calls, resolver } = endpoint(() => Response.json({ done: true }));
    expect(await resolver.run(requestOf(functionArn, { a: 1 }))).toEqual({ done: true });
    expect(calls).toEqual([{ url: "http://127.0.0.1:3001/2015-03-31/functions/hello/invocations", body: { a: 1 } }]);
  });

  it("are called with the payload by lambda:invoke, which wraps the answer", async () => {
    const { calls, resolver } = endpoint(() => Response.json([1]));
    const input = { FunctionName: functionArn, Payload: { a: 1 } };
    expect(await resolver.run(requestOf("arn:aws:states:::lambda:invoke", input))).toEqual({
      ExecutedVersion: "$LATEST",
      Payload: [1],
      StatusCode: 200,
    });
    expect(calls[0]?.body).toEqual({ a: 1 });
  });

  it.each([
    [
      "the type of the error they threw",
      () =>
        Response.json({ errorType: "Boom", errorMessage: "m" }, { headers: { "x-amz-function-error": "Unhandled" } }),
      { error: "Boom", cause: '{"errorType":"Boom","errorMessage":"m"}' },
    ],
    [
      "Lambda.Unknown where that is not told",
      () => new Response("oops", { headers: { "x-amz-function-error": "Unhandled" } }),
      { error: "Lambda.Unknown", cause: "oops" },
    ],
    [
      "Lambda.ResourceNotFoundException",
      () => new Response("no such function", { status: 404 }),
      { error: "Lambda.ResourceNotFoundException", cause: "no such function" },
    ],
    [
      "Lambda.ServiceException",
      () => new Response("busy", { status: 503 }),
      { error: "Lambda.ServiceException", cause: "busy" },
    ],
    [
      "Lambda.SdkClientException where nobody answers",
      () => Promise.reject(new Error("refused")),
      { error: "Lambda.SdkClientException", cause: expect.stringContaining("refused") },
    ],
    [
      "Lambda.InvalidResponse for what is not JSON",
      () => new Response("<html>"),
      { error: "Lambda.InvalidResponse", cause: expect.stringContaining("<html>") },
    ],
  ])("fail with %s", async (_, answer, failure) => {
    const { resolver } = endpoint(answer);
    await expect(resolver.run(requestOf(functionArn, null))).rejects.toMatchObject(failure);
  });

  it("may answer with nothing, which is null", async () => {
    const { resolver } = endpoint(() => new Response(""));
    expect(await resolver.run(requestOf(functionArn, {}))).toBeNull();
  });
});
