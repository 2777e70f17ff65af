import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { GetActivityTaskCommand, ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { afterEach, describe, expect, it } from "vitest";
import { type DoorRules, isLoopback } from "../../shared/sfn/api/door.ts";
import { type HttpServer, type HttpTimes, serveJson } from "../../shared/sfn/api/http-server.ts";
import { startSfnServer } from "../../shared/sfn/index.ts";

const TOKEN = "a-token-of-some-length-0123456789";
let server: HttpServer | undefined;
let calls = 0;
afterEach(async () => {
  await server?.close();
  server = undefined;
  calls = 0;
});

async function open(rules: DoorRules & { readonly times?: HttpTimes } = {}, host = "127.0.0.1") {
  server = await serveJson(async () => ({ call: ++calls }), host, 0, rules);
  return server;
}

const HEADERS = { "x-amz-target": "AWSStepFunctions.Ping", "content-type": "application/x-amz-json-1.0" };

/** A call with these headers instead, as they stand; those that are undefined are left out. */
async function call(headers: Record<string, string | string[] | undefined> = {}, path = "/") {
  const given = Object.entries({ ...HEADERS, host: `127.0.0.1:${server?.port}`, ...headers });
  const sent = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const made = request({ port: server?.port, host: "127.0.0.1", method: "POST", path, headers: sent });
  made.end("{}");
  const [response] = (await once(made, "response")) as [AsyncIterable<Buffer> & { statusCode: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  return { status: response.statusCode, body: body === "" ? {} : (JSON.parse(body) as Record<string, unknown>) };
}

/** Cut off is cut off, whichever way this side hears of it. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on("error", () => {}).on("close", () => resolve());
  });
}

describe("the name that is called", () => {
  it.each(["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:8083", "[::1]:80", "sync-localhost:8083"])(
    "may be %s",
    async (host) => {
      await open();
      expect(await call({ host })).toMatchObject({ status: 200 });
    },
  );

  it.each([
    "evil.example",
    "evil.example:8083",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "localhost:80@evil.example",
    "evil.example#localhost",
    "0.0.0.0",
    "[::2]",
  ])("may not be %j, as of a page that has its name lead here", async (host) => {
    await open();
    expect(await call({ host })).toMatchObject({
      status: 403,
      body: { __type: "AccessDeniedException", message: expect.stringMatching(/^Host: expected one of localhost, /) },
    });
    expect(calls).toBe(0);
  });

  it.each(["Host: localhost\r\nHost: evil.example", "Host: localhost\r\nHost: localhost", "Host:", "X: y"])(
    "is one name: not %j",
    async (lines) => {
      const { port } = await open();
      const socket = connect(port, "127.0.0.1");
      socket.write(`POST / HTTP/1.1\r\n${lines}\r\nContent-Length: 2\r\n\r\n{}`);
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 4\d\d /);
      socket.destroy();
      expect(calls).toBe(0);
    },
  );

  it("may be one that the server was told of", async () => {
    await open({ allowedHosts: ["sfn.internal"] });
    expect(await call({ host: "SFN.internal:8083" })).toMatchObject({ status: 200 });
    expect(await call({ host: "internal" })).toMatchObject({ status: 403 });
  });

  it("may be the address that the client came to, wherever the server listens", async () => {
    await open({ token: TOKEN }, "0.0.0.0");
    expect(await call({ host: "127.0.0.1", authorization: `Bearer ${TOKEN}` })).toMatchObject({ status: 200 });
  });
});

it("nothing is done of what comes behind a call that may not come in", async () => {
  const { port } = await open();
  const socket = connect(port, "127.0.0.1");
  const good = Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  const post = (host: string) => `POST / HTTP/1.1\r\nHost: ${host}\r\n${good.join("")}Content-Length: 2\r\n\r\n{}`;
  socket.resume();
  socket.write(post("evil.example") + post("localhost") + post("localhost"));
  await closed(socket);
  expect(calls).toBe(0);
});

describe("the page that calls", () => {
  it.each([undefined, "http://localhost:3000", "http://127.0.0.1", "http://[::1]:80"])("may be %s", async (origin) => {
    await open();
    expect(await call({ origin })).toMatchObject({ status: 200 });
  });

  it.each([
    "https://evil.example",
    "http://localhost.evil.example",
    "null",
    "file://",
    "nonsense",
    "chrome-extension://abc",
  ])("may not be %s", async (origin) => {
    await open();
    expect(await call({ origin })).toMatchObject({ status: 403, body: { __type: "AccessDeniedException" } });
    expect(calls).toBe(0);
  });
});

describe("what is sent", () => {
  it.each(["application/x-amz-json-1.1", "application/json; charset=utf-8", "APPLICATION/JSON"])(
    "may be %s",
    async (type) => {
      await open();
      expect(await call({ "content-type": type })).toMatchObject({ status: 200 });
    },
  );

  it.each([
    [undefined, "nothing"],
    ["text/plain", "text/plain"],
    ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded"],
    ["multipart/form-data; boundary=x", "multipart/form-data; boundary=x"],
    ["application/jsonp", "application/jsonp"],
  ])("may not be %s, which a page sends without asking", async (type, found) => {
    await open();
    expect(await call({ "content-type": type })).toEqual({
      status: 415,
      body: {
        __type: "UnsupportedMediaTypeException",
        message: `Content-Type: expected one of application/x-amz-json-1.0, application/x-amz-json-1.1, application/json; found ${found}`,
      },
    });
    expect(calls).toBe(0);
  });

  it("goes to no other path", async () => {
    await open();
    expect(await call({}, "/2015-03-31/functions")).toMatchObject({
      status: 400,
      body: { __type: "UnknownOperationException" },
    });
  });

  it("is UTF-8, and nests no deeper than a call can", async () => {
    const { url } = await open();
    for (const body of [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "[".repeat(1_000_000)]) {
      const response = await fetch(url, { method: "POST", headers: HEADERS, body });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ __type: "SerializationException" });
    }
    const flat = JSON.stringify({ text: `\\"${"[".repeat(1_000)}` });
    expect((await fetch(url, { method: "POST", headers: HEADERS, body: flat })).status).toBe(200);
  });
});

describe("a token", () => {
  it.each([
    ["Authorization: Bearer", { authorization: `Bearer ${TOKEN}` }, 200, undefined],
    ["the session token of credentials", { "x-amz-security-token": TOKEN }, 200, undefined],
    ["nothing", {}, 403, "MissingAuthenticationTokenException"],
    [
      "a signature alone",
      { authorization: "AWS4-HMAC-SHA256 Credential=x" },
      403,
      "MissingAuthenticationTokenException",
    ],
    ["another", { authorization: "Bearer other" }, 403, "UnrecognizedClientException"],
    ["its beginning", { "x-amz-security-token": TOKEN.slice(0, -1) }, 403, "UnrecognizedClientException"],
    ["two at once", { "x-amz-security-token": [TOKEN, TOKEN] }, 403, "UnrecognizedClientException"],
  ])("is asked for: %s", async (_, headers, status, type) => {
    await open({ token: TOKEN });
    const answer = await call(headers);
    expect([answer.status, answer.body.__type]).toEqual([status, type]);
    expect(calls).toBe(status === 200 ? 1 : 0);
  });

  it("goes with an unmodified client of the SDK", async () => {
    const real = await startSfnServer({ token: TOKEN });
    const clientWith = (sessionToken: string | undefined) =>
      new SFNClient({
        endpoint: real.url,
        region: "us-east-1",
        maxAttempts: 1,
        credentials: { accessKeyId: "any", secretAccessKey: "any", ...(sessionToken && { sessionToken }) },
      });
    expect((await clientWith(TOKEN).send(new ListStateMachinesCommand())).stateMachines).toEqual([]);
    await expect(clientWith(undefined).send(new ListStateMachinesCommand())).rejects.toMatchObject({
      name: "MissingAuthenticationTokenException",
    });
    await expect(clientWith("x").send(new GetActivityTaskCommand({ activityArn: "a" }))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
    await real.close();
  });
});

it("only this machine's own addresses are loopback", () => {
  const rows = ["localhost", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "host"];
  expect(rows.filter(isLoopback)).toEqual(["localhost", "127.0.0.1", "127.1.2.3", "::1"]);
});

describe("a client that is slow", () => {
  const times = { headers: 40, request: 80, answer: 80, stop: 40 };
  const target = "x-amz-target: AWSStepFunctions.Ping\r\nContent-Type: application/json\r\n";

  it.each([
    ["to send anything", ""],
    ["to send its headers", "POST / HTTP/1.1\r\nHost: localhost\r\n"],
    ["to send its body", `POST / HTTP/1.1\r\nHost: localhost\r\n${target}Content-Length: 9\r\n\r\n{`],
    ["to end its chunks", `POST / HTTP/1.1\r\nHost: localhost\r\n${target}Transfer-Encoding: chunked\r\n\r\n1\r\n{`],
  ])("%s is let go", async (_, sent) => {
    const { port } = await open({ times });
    const socket = connect(port, "127.0.0.1");
    socket.resume();
    socket.write(sent);
    await closed(socket);
    expect(calls).toBe(0);
    expect(await call()).toMatchObject({ status: 200 });
  });

  it("to read keeps no answer, and no server from stopping", async () => {
    server = await serveJson(async () => ({ text: "x".repeat(30_000_000) }), "127.0.0.1", 0, { times });
    const sockets = [0, 1].map(() => connect(server!.port, "127.0.0.1"));
    for (const socket of sockets) {
      socket.on("error", () => {});
      socket.pause();
      socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\n${target}Content-Length: 2\r\n\r\n{}`);
      await once(socket, "readable");
    }
    await server.close();
    for (const socket of sockets) socket.destroy();
  });

  it("or makes many calls at once on one connection is let go", async () => {
    let waiting = 0;
    const never = (_: string, __: unknown, closed: AbortSignal) => {
      waiting += 1;
      return new Promise<void>((resolve) => closed.addEventListener("abort", () => resolve()));
    };
    server = await serveJson(never, "127.0.0.1", 0);
    const socket = connect(server.port, "127.0.0.1");
    socket.resume();
    socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\n${target}Content-Length: 2\r\n\r\n{}`.repeat(1_000));
    await closed(socket);
    expect(waiting).toBeLessThanOrEqual(32);
  });
});
