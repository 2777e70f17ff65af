import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { parseResource, type TaskRequest } from "../../shared/asl/index.ts";
import { lambdaOverHttp } from "../../shared/sfn/index.ts";

interface Call {
  readonly url: string;
  readonly body: unknown;
}

/** What Lambda's API has besides the event. */
const asked: IncomingHttpHeaders[] = [];

type Answer = (response: ServerResponse) => void;

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(typeof value === "string" ? value : JSON.stringify(value));

const servers: Server[] = [];
afterEach(() => {
  asked.length = 0;
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** An endpoint that answers every call alike, and the calls it got. */
async function endpoint(answer: Answer) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    calls.push({ url: request.url ?? "", body: JSON.parse(body) });
    asked.push(request.headers);
    answer(response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { calls, server, resolver: lambdaOverHttp(`http://127.0.0.1:${port}`) };
}

const requestOf = (resource: string, input: unknown) =>
  ({ resource: parseResource(resource), input, signal: new AbortController().signal }) as unknown as TaskRequest;

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:hello";

describe("Lambda functions over HTTP", () => {
  it("are called with the task's input by their ARN", async () => {
    const { calls, resolver } = await endpoint(json({ done: true }));
    expect(await resolver.run(requestOf(functionArn, { a: 1 }))).toEqual({ done: true });
    expect(calls).toEqual([{ url: "/2015-03-31/functions/hello/invocations", body: { a: 1 } }]);
  });

  it("are called with the payload by lambda:invoke, which wraps the answer", async () => {
    const { calls, resolver } = await endpoint(json([1]));
    const input = { FunctionName: functionArn, Payload: { a: 1 } };
    expect(await resolver.run(requestOf("arn:aws:states:::lambda:invoke", input))).toEqual({
      ExecutedVersion: "$LATEST",
      Payload: [1],
      StatusCode: 200,
    });
    expect(calls[0]?.body).toEqual({ a: 1 });
  });

  it("are called as Invoke's other parameters have it", async () => {
    const { calls, resolver } = await endpoint(
      json({ ok: true }, 200, { "x-amz-executed-version": "7", "x-amz-log-result": "bG9n" }),
    );
    const input = { FunctionName: "hello", Qualifier: "live", ClientContext: "e30=", LogType: "Tail" };
    expect(await resolver.run(requestOf("arn:aws:states:::lambda:invoke", input))).toEqual({
      ExecutedVersion: "7",
      LogResult: "bG9n",
      Payload: { ok: true },
      StatusCode: 200,
    });
    expect(calls[0]?.url).toBe("/2015-03-31/functions/hello/invocations?Qualifier=live");
    expect(asked[0]).toMatchObject({ "x-amz-client-context": "e30=", "x-amz-log-type": "Tail" });
    expect(asked[0]).not.toHaveProperty("x-amz-invocation-type");
  });

  it("are not waited for where the endpoint takes the call as an event", async () => {
    const { resolver } = await endpoint(json("", 202));
    const input = { FunctionName: "hello", InvocationType: "Event" };
    expect(await resolver.run(requestOf("arn:aws:states:::lambda:invoke", input))).toEqual({
      Payload: "",
      StatusCode: 202,
    });
    expect(asked[0]).toMatchObject({ "x-amz-invocation-type": "Event" });
  });

  it("are called on a connection of their own, which no server can have given up meanwhile", async () => {
    const { calls, resolver, server } = await endpoint(json({ done: true }));
    // As a server that closes what was idle for long, and then finds a call on it.
    const served = new WeakSet<Socket>();
    server.prependListener("request", ({ socket }) => (served.has(socket) ? socket.destroy() : served.add(socket)));
    await resolver.run(requestOf(functionArn, 1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await resolver.run(requestOf(functionArn, 2))).toEqual({ done: true });
    expect(calls.map(({ body }) => body)).toEqual([1, 2]);
  });

  it.each([
    [
      "the type of the error they threw",
      json({ errorType: "Boom", errorMessage: "m" }, 200, { "x-amz-function-error": "Unhandled" }),
      { error: "Boom", cause: '{"errorType":"Boom","errorMessage":"m"}' },
    ],
    [
      "Lambda.Unknown where that is not told",
      json("oops", 200, { "x-amz-function-error": "Unhandled" }),
      { error: "Lambda.Unknown", cause: "oops" },
    ],
    [
      "Lambda.ResourceNotFoundException",
      json("no such function", 404),
      { error: "Lambda.ResourceNotFoundException", cause: "no such function" },
    ],
    ["Lambda.ServiceException", json("busy", 503), { error: "Lambda.ServiceException", cause: "busy" }],
    [
      "Lambda.TooManyRequestsException",
      json("slowly", 429),
      { error: "Lambda.TooManyRequestsException", cause: "slowly" },
    ],
    [
      "Lambda.ServiceException, and go nowhere else, where they are sent on",
      json("", 307, { location: "http://127.0.0.1:1/" }),
      { error: "Lambda.ServiceException", cause: expect.stringContaining("status 307") },
    ],
    [
      "Lambda.SdkClientException where nobody answers",
      (response) => response.destroy(),
      { error: "Lambda.SdkClientException", cause: expect.stringContaining("hang up") },
    ],
    [
      "Lambda.SdkClientException where the answer is cut short",
      (response) => response.writeHead(200, { "content-length": "9" }).write("{", () => response.destroy()),
      { error: "Lambda.SdkClientException", cause: expect.stringContaining("aborted") },
    ],
    [
      "Function.ResponseSizeTooLarge where the answer has no end",
      (response) => {
        const more = () => void (response.destroyed || response.write(" ".repeat(65_536), () => setImmediate(more)));
        more();
      },
      { error: "Function.ResponseSizeTooLarge", cause: expect.stringContaining("6291556 bytes") },
    ],
    [
      "Lambda.InvalidResponse for what is not JSON",
      json("<html>"),
      { error: "Lambda.InvalidResponse", cause: expect.stringContaining("<html>") },
    ],
  ] satisfies [string, Answer, object][])("fail with %s", async (_, answer, failure) => {
    const { resolver } = await endpoint(answer);
    await expect(resolver.run(requestOf(functionArn, null))).rejects.toMatchObject(failure);
  });

  it("may answer with nothing, which is null", async () => {
    const { resolver } = await endpoint(json(""));
    expect(await resolver.run(requestOf(functionArn, {}))).toBeNull();
  });

  it.each(["..", ".", "", "a/b", "f?x", "\0", "a".repeat(200), null, 5, {}, undefined])(
    "are not called by %j, which names none",
    async (FunctionName) => {
      const { calls, resolver } = await endpoint(json({}));
      const asked = resolver.run(requestOf("arn:aws:states:::lambda:invoke", { FunctionName }));
      await expect(asked).rejects.toMatchObject({ error: "Lambda.ValidationException" });
      expect(calls).toEqual([]);
    },
  );

  it("are no longer waited for when the task is given up", async () => {
    const { resolver } = await endpoint(() => undefined);
    const giveUp = new AbortController();
    const asked = resolver.run({ ...requestOf(functionArn, {}), signal: giveUp.signal });
    giveUp.abort();
    await expect(asked).rejects.toMatchObject({ error: "Lambda.SdkClientException" });
  });
});
