import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusals } from "../../shared/sfn/api/errors.ts";
import { type HttpServer, listen, serveJson } from "../../shared/sfn/api/http-server.ts";

let server: HttpServer;
let calls: { readonly operation: string; readonly body: unknown }[];

beforeEach(async () => {
  calls = [];
  server = await serveJson(
    async (operation, body, closed) => {
      calls.push({ operation, body });
      if (operation === "Refuse") throw refusals.noMachine("m");
      if (operation === "Break") throw new Error("out of order");
      if (operation === "Wait")
        await new Promise((resolve) => closed.addEventListener("abort", resolve, { once: true }));
      return { done: operation };
    },
    "127.0.0.1",
    0,
  );
});
afterEach(() => server.close());

function call(operation: string, body: string, init: RequestInit = {}) {
  const headers = { "x-amz-target": `AWSStepFunctions.${operation}`, "content-type": "application/x-amz-json-1.0" };
  return fetch(server.url, { method: "POST", headers, body, ...init });
}

describe("the JSON 1.0 server", () => {
  it("listens on the loopback address", () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  });

  it("answers a call with JSON of its protocol", async () => {
    const response = await call("Ping", '{"a":1}');
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.0");
    expect(response.headers.get("x-amzn-requestid")).toMatch(/^[\w-]{36}$/);
    expect(await response.json()).toEqual({ done: "Ping" });
    expect(calls).toEqual([{ operation: "Ping", body: { a: 1 } }]);
  });

  it("ends connections beyond those that it takes at once, and answers those", async () => {
    const bare = createServer((_, response) => response.end("here"));
    const { port } = await listen(bare, "127.0.0.1", 0, 1);
    const first = connect(port, "127.0.0.1");
    await once(first, "connect");
    const second = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(second, "close");
    first.end("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    expect(String(await first.toArray().then(Buffer.concat))).toMatch(/^HTTP\/1\.1 200 .*here$/s);
    bare.closeAllConnections();
    bare.close();
  });

  it("tells a refusal as status 400 with its type", async () => {
    const response = await call("Refuse", "{}");
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      __type: "StateMachineDoesNotExist",
      message: "State Machine Does Not Exist: 'm'",
    });
  });

  it("tells a fault of its own as status 500, and goes on", async () => {
    const response = await call("Break", "{}");
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ __type: "InternalFailure", message: "out of order" });
    expect((await call("Ping", "{}")).status).toBe(200);
  });

  it.each([
    ["text that is no JSON", "{nonsense", {}, "SerializationException"],
    ["a call without a target", "{}", { headers: {} }, "UnknownOperationException"],
    [
      "a target of another service",
      "{}",
      { headers: { "x-amz-target": "DynamoDB_20120810.GetItem" } },
      "UnknownOperationException",
    ],
    ["a body of more than 8 MiB", `"${"x".repeat(8 * 1024 * 1024)}"`, {}, "ValidationException"],
  ])("refuses %s", async (_, body, init, type) => {
    const response = await call("Ping", body, init);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: type });
    expect(calls).toEqual([]);
  });

  it("refuses other methods", async () => {
    expect((await fetch(server.url)).status).toBe(400);
  });

  it("gives up calls that wait when it closes", async () => {
    const waiting = call("Wait", "{}");
    while (calls.length === 0) await call("Ping", "{}");
    while (!calls.some(({ operation }) => operation === "Wait")) await call("Ping", "{}");
    const closed = server.close();
    expect(await (await waiting).json()).toEqual({ done: "Wait" });
    await closed;
  });

  it.each([
    ["has sent nothing", ""],
    ["is in the middle of its headers", "POST / HTTP/1.1\r\nHost: localhost\r\n"],
    [
      "is in the middle of its body",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nContent-Type: application/json\r\nx-amz-target: AWSStepFunctions.Ping\r\n\r\n{",
    ],
  ])("waits for no client that %s when it closes", async (_, sent) => {
    const client = connect(server.port, "127.0.0.1");
    // Cut off is cut off, whichever way the other side hears of it.
    client.on("error", () => {});
    const end = once(client, "close");
    client.resume();
    await once(client, "connect");
    client.write(sent);
    await (await call("Ping", "{}")).json();
    await server.close();
    await end;
    expect(calls).toEqual([{ operation: "Ping", body: {} }]);
  });
});
