import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type HttpRequest, HttpResponse } from "../../../shared/contracts/facts.ts";
import { HttpSettings } from "../../../shared/contracts/io-settings.ts";
import { createBreakers } from "../../../shared/kernel/io/breaker.ts";
import { httpTransport } from "../../../shared/kernel/io/http.ts";
import type { IoProvider } from "../../../shared/kernel/io/provider.ts";
import { refuseSecrets } from "../../../shared/kernel/secrets/refuse.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import { type RecordedRun, recordedRun, rejection, tickingClock } from "./support.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

interface Service {
  readonly host: string;
  readonly url: string;
  /** `<method> <path>` of every request so far. */
  readonly requests: string[];
  readonly server: Server;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A service on this machine. */
async function service(answer: Answer): Promise<Service> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    answer(request, response, Buffer.concat(chunks).toString());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url: `http://${host}`, requests, server };
}

interface Options {
  readonly allow?: readonly Service[];
  readonly settings?: Record<string, unknown>;
  readonly variables?: Record<string, string>;
  readonly fetch?: typeof globalThis.fetch;
  readonly run?: RecordedRun;
  readonly attempt?: number;
}

/** Calls as a stage does. */
async function fetchHttp(io: Pick<IoProvider, "call">, name: string, request: HttpRequest): Promise<HttpResponse> {
  return HttpResponse.parse((await io.call({ namespace: "http", name, request: request as Json })).response);
}

/** A live run that may call these services. */
async function live({ allow = [], settings = {}, variables = {}, fetch, ...options }: Options) {
  const run = options.run ?? (await recordedRun());
  const breakers = createBreakers({ failures: 2, half_open_after_ms: 30_000 });
  const http = httpTransport(
    HttpSettings.parse({
      allow: allow.map(({ host }) => ({ host, scheme: "http", methods: ["GET", "HEAD", "POST", "PUT"] })),
      ...settings,
    }),
    {
      environment: (name) => variables[name],
      breakers,
      clock: tickingClock(),
      ...(fetch === undefined ? {} : { fetch }),
    },
  );
  const io = run.live({ transports: { http }, guard: refuseSecrets, attempt: options.attempt ?? 0 });
  let calls = 0;
  const get = (url: string, more: Partial<HttpRequest> = {}) =>
    fetchHttp(io, `call_${calls++}`, { method: "GET", url, ...more });
  return { run, io, get };
}

/** Everything the run has stored. */
async function stored({ stores, facts }: RecordedRun): Promise<string> {
  let text = JSON.stringify(await facts());
  for await (const { ref } of stores.artifacts.list())
    text += new TextDecoder().decode(await stores.artifacts.get(ref));
  return text;
}

const reply =
  (status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ""): Answer =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

describe("a call of an allowed host", () => {
  it("sends method, headers and body, and gives status, headers and body", async () => {
    const echo = await service((request, response, body) => {
      const seen = { method: request.method, url: request.url, type: request.headers["content-type"], body };
      response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(seen));
    });
    const { io, run } = await live({ allow: [echo] });
    const request: HttpRequest = {
      method: "POST",
      url: `${echo.url}/path?q=1#here`,
      headers: { "Content-Type": "text/x" },
      body: "hällo",
    };
    const response = await fetchHttp(io, "post", request);
    expect(response).toMatchObject({
      status: 201,
      url: `${echo.url}/path?q=1`,
      headers: { "content-type": "application/json" },
    });
    expect(JSON.parse(String(response.body))).toEqual({
      method: "POST",
      url: "/path?q=1",
      type: "text/x",
      body: "hällo",
    });
    echo.server.close();
    expect(await fetchHttp(run.replay(), "post", request)).toEqual(response);
    expect(echo.requests).toHaveLength(1);
  });

  it("sends and gives bytes that are not text", async () => {
    const echo = await service((_request, response, body) => response.end(Buffer.from([0xff, body.length])));
    const { get } = await live({ allow: [echo] });
    const { body } = await get(echo.url, {
      method: "PUT",
      body: { base64: Buffer.from([1, 2, 3]).toString("base64") },
    });
    expect(body).toEqual({ base64: Buffer.from([0xff, 3]).toString("base64") });
  });

  it("records the headers that the settings name, and no other", async () => {
    const headers = { "set-cookie": "session=1", "x-request-id": "7", etag: '"a"', "x-kept": "yes" };
    const api = await service(reply(200, headers));
    const { get } = await live({ allow: [api] });
    expect((await get(api.url)).headers).toEqual({ etag: '"a"' });
    const { get: other } = await live({ allow: [api], settings: { response_headers: ["x-kept", "absent"] } });
    expect((await other(api.url)).headers).toEqual({ "x-kept": "yes" });
  });

  it.each([200, 204, 304, 400, 401, 404, 500, 501])("takes status %i for a response", async (status) => {
    const api = await service(reply(status));
    const { get } = await live({ allow: [api] });
    expect((await get(api.url)).status).toBe(status);
  });
});

describe("a call that is refused", () => {
  it.each([
    ["another host", (url: string) => url.replace("127.0.0.1", "localhost"), "GET"],
    ["another port", (url: string) => url.replace(/\d+$/, "1"), "GET"],
    ["another scheme", (url: string) => url.replace("http:", "https:"), "GET"],
    ["another method", (url: string) => url, "DELETE"],
  ] as const)("goes to %s than is allowed", async (_what, change, method) => {
    const api = await service(reply(200));
    const { get } = await live({ allow: [api] });
    const error = await rejection(get(change(api.url), { method }));
    expect(error).toMatchObject({ name: "HostNotAllowed", retryable: false });
    expect(error.message).toContain(`it allows GET|HEAD|POST|PUT ${api.url}`);
    expect(api.requests).toEqual([]);
  });

  it("an answer that came leaves no time running that a process would wait for", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const fetch = vi.fn(async () => new Response("ok"));
    const { get } = await live({ settings: { allow: [{ host: "example.com" }] }, fetch });
    expect((await get("https://example.com/")).body).toBe("ok");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a host is compared without the scheme's own port", async () => {
    const fetch = vi.fn(async () => new Response("ok"));
    const { get } = await live({ settings: { allow: [{ host: "example.com:443" }] }, fetch });
    expect((await get("https://EXAMPLE.com/")).body).toBe("ok");
  });

  it.each<[string, Partial<HttpRequest>]>([
    ["a user name in the address", { url: "http://me@127.0.0.1/" }],
    ["another scheme", { url: "file:///etc/passwd" }],
    ["a header of the connection", { headers: { Host: "internal" } }],
    ["authorization as text", { headers: { Authorization: "Basic x" } }],
    ["a header over two lines", { headers: { "x-a": "1\r\nx-b: 2" } }],
    ["a body in a GET", { body: "x" }],
  ])("has %s", async (_what, request) => {
    const fetch = vi.fn();
    const { get } = await live({ fetch });
    expect((await rejection(get("http://127.0.0.1/", request))).name).toBe("ValidationFailed");
    expect(fetch).toHaveBeenCalledTimes(0);
  });
});

describe("a redirect", () => {
  const to = (location: string, status = 302) => reply(status, { location });

  it("is followed to an allowed host, whose answer is the response", async () => {
    const target = await service(reply(200, {}, "there"));
    const start = await service(to(`${target.url}/new#part`));
    const { get } = await live({ allow: [start, target] });
    expect(await get(start.url)).toMatchObject({ status: 200, url: `${target.url}/new`, body: "there" });
  });

  it.each([200, 201, 300, 304])("is no answer with status %i, wherever it points", async (status) => {
    const api = await service((_, response) => response.writeHead(status, { location: "/next" }).end());
    const { get } = await live({ allow: [api] });
    expect(await get(api.url)).toMatchObject({ status });
    expect(api.requests).toEqual(["GET /"]);
  });

  it("to a host that is not allowed is not followed", async () => {
    const target = await service(reply(200));
    const start = await service(to(target.url));
    const { get } = await live({ allow: [start] });
    expect((await rejection(get(start.url))).name).toBe("HostNotAllowed");
    expect(target.requests).toEqual([]);
  });

  it.each([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "HEAD", "HEAD"],
    [301, "PUT", "PUT"],
    [307, "POST", "POST"],
    [308, "PUT", "PUT"],
  ] as const)("with status %i makes a %s a %s", async (status, method, then) => {
    const api = await service((request, response, body) =>
      request.url === "/"
        ? response.writeHead(status, { location: "/next" }).end()
        : response.end(`${body}|${request.headers["content-type"] ?? "no type"}`),
    );
    const { get } = await live({ allow: [api] });
    const sent = method === "HEAD" ? {} : { body: "sent", headers: { "content-type": "text/x" } };
    const { body } = await get(api.url, { method, ...sent });
    expect(api.requests).toEqual([`${method} /`, `${then} /next`]);
    if (then !== "HEAD") expect(body).toBe(then === "GET" ? "|no type" : "sent|text/x");
  });

  it("is followed five times and not six", async () => {
    const api = await service((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("done");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    const { get } = await live({ allow: [api] });
    expect((await get(`${api.url}/5`)).body).toBe("done");
    const error = await rejection(get(`${api.url}/6`));
    expect(error).toMatchObject({ name: "TransportRefused", retryable: false });
    expect(error.message).toContain("at most 5 redirects");
  });

  it.each(["ftp://127.0.0.1/", "http://me:pw@127.0.0.1/", "http://"])("to %s leads nowhere", async (location) => {
    const api = await service(to(location));
    const { get } = await live({ allow: [api] });
    expect((await rejection(get(api.url))).name).toBe("TransportRefused");
  });
});

describe("a value that stands in an environment variable", () => {
  const TOKEN = "t0p-s3cret-t0ken-value";
  const settings = { env_allowlist: ["API_TOKEN"] };
  const variables = { API_TOKEN: TOKEN, OTHER: "other" };
  const headers = { authorization: { env: "API_TOKEN", prefix: "Bearer " } };

  it("is sent, and never recorded: the record has the variable's name", async () => {
    const seen: (string | undefined)[] = [];
    const api = await service((request, response) => {
      seen.push(request.headers.authorization);
      response.end("welcome");
    });
    const { get, run } = await live({ allow: [api], settings, variables });
    expect((await get(api.url, { headers })).body).toBe("welcome");
    expect(seen).toEqual([`Bearer ${TOKEN}`]);
    expect(await stored(run)).not.toContain(TOKEN);
    expect(await stored(run)).toContain('"env":"API_TOKEN"');
  });

  it("may change without making the request another", async () => {
    const api = await service(reply(200, {}, "one"));
    const { get, run } = await live({ allow: [api], settings, variables });
    const first = await get(api.url, { headers });
    const changed = await live({ run, attempt: 1, allow: [api], settings, variables: { API_TOKEN: "another-value" } });
    expect(await changed.get(api.url, { headers })).toEqual(first);
    expect(api.requests).toHaveLength(1);
  });

  it("does not follow a redirect to another origin, and does to its own", async () => {
    const seen: string[] = [];
    const note: Answer = (request, response) => {
      seen.push(`${request.url} ${request.headers.authorization ?? "nothing"} ${request.headers["x-plain"]}`);
      response.end();
    };
    const target = await service(note);
    const start = await service((request, response, body) => {
      if (request.url === "/out") response.writeHead(307, { location: `${target.url}/there` }).end();
      else if (request.url === "/in") response.writeHead(307, { location: "/here" }).end();
      else note(request, response, body);
    });
    const { get } = await live({ allow: [start, target], settings, variables });
    for (const path of ["/out", "/in"]) await get(`${start.url}${path}`, { headers: { ...headers, "x-plain": "1" } });
    expect(seen).toEqual(["/there nothing 1", `/here Bearer ${TOKEN} 1`]);
  });

  it.each<[string, Answer]>([
    ["body", (request, response) => response.end(`you sent ${request.headers.authorization}`)],
    [
      "compressed body",
      (request, response) =>
        response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(`${request.headers.authorization}`)),
    ],
    ["header", (request, response) => response.writeHead(200, { etag: `${request.headers.authorization}` }).end()],
  ])("that comes back in the %s is not recorded: the call fails", async (_what, answer) => {
    const api = await service(answer);
    const { get, run } = await live({ allow: [api], settings, variables });
    const error = await rejection(get(api.url, { headers }));
    expect(error).toMatchObject({ name: "SecretEchoed", details: { variable: "API_TOKEN" } });
    expect(await stored(run)).not.toContain(TOKEN);
  });

  it.each([
    ["is not allowed", "OTHER", "run.http.env_allowlist"],
    ["is not set", "API_TOKEN", "found nothing"],
    ["is no header's value", "API_TOKEN", "found other characters"],
  ])("that %s is not sent", async (what, env, message) => {
    const fetch = vi.fn();
    const value: Record<string, string> =
      what === "is not set" ? {} : { ...variables, API_TOKEN: `${TOKEN}\r\nx-a: 1` };
    const { get } = await live({ settings, variables: value, fetch });
    const error = await rejection(get("http://127.0.0.1/", { headers: { authorization: { env } } }));
    expect(error.name).toBe("ContractInputMissing");
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(TOKEN);
    expect(fetch).toHaveBeenCalledTimes(0);
  });
});

describe("a service that asks for fewer calls", () => {
  it.each([
    ["in seconds", { "retry-after": "3" }, 3_000],
    ["as a date", { "retry-after": "Tue, 01 Jan 2030 00:00:30 GMT", date: "Tue, 01 Jan 2030 00:00:10 GMT" }, 20_000],
    [
      "as a date that is past",
      { "retry-after": "Tue, 01 Jan 2030 00:00:00 GMT", date: "Tue, 01 Jan 2030 00:00:10 GMT" },
      0,
    ],
    ["in words", { "retry-after": "soon" }, undefined],
    ["not at all", {}, undefined],
  ])("says when %s", async (_what, headers, expected) => {
    const api = await service(reply(429, headers as Record<string, string>));
    const { get, run } = await live({ allow: [api] });
    const error = await rejection(get(api.url));
    expect(error).toMatchObject({ name: "RateLimited", code: "rate_limited", retryable: true });
    expect((error.details as { retry_after_ms?: number }).retry_after_ms).toBe(expected);
    expect(error.message).toMatch(expected === undefined ? /again later$/ : new RegExp(`again in ${expected} ms$`));
    const replayed = fetchHttp(run.replay(), "call_0", { method: "GET", url: api.url });
    expect(await rejection(replayed)).toMatchObject({ name: "RateLimited", details: error.details });
  });

  it("by the clock of this side where its own does not show", async () => {
    const fetch = vi.fn(
      async () => new Response("", { status: 429, headers: { "retry-after": "Tue, 01 Jan 2030 00:01:00 GMT" } }),
    );
    const { get } = await live({ settings: { allow: [{ host: "example.com" }] }, fetch });
    expect(await rejection(get("https://example.com/"))).toMatchObject({ details: { retry_after_ms: 60_000 } });
  });
});

describe("a transport failure", () => {
  it.each([502, 503, 504])("is status %i", async (status) => {
    const api = await service(reply(status, { "retry-after": "2" }));
    const { get } = await live({ allow: [api] });
    expect(await rejection(get(api.url))).toMatchObject({
      name: "TransportFailed",
      retryable: true,
      details: { service: api.url, status, retry_after_ms: 2_000 },
    });
  });

  it("is a host that nobody answers at", async () => {
    const api = await service(reply(200));
    api.server.close();
    await once(api.server, "close");
    const { get } = await live({ allow: [api] });
    const error = await rejection(get(api.url));
    expect(error).toMatchObject({ name: "TransportFailed", details: { reason: "ECONNREFUSED" } });
  });

  it("is a connection that breaks in the middle of a body", async () => {
    const api = await service((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    const { get } = await live({ allow: [api] });
    expect(await rejection(get(api.url))).toMatchObject({ name: "TransportFailed", retryable: true });
  });

  it("is a whole answer that does not come in time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let isHalfSent = (): void => {};
    const halfSent = new Promise<void>((resolve) => (isHalfSent = resolve));
    const api = await service((_request, response) => response.write("half", () => isHalfSent()));
    const { get } = await live({ allow: [api], settings: { timeout_ms: 5_000 } });
    const failed = rejection(get(api.url));
    await halfSent;
    vi.advanceTimersByTime(5_000);
    expect(await failed).toMatchObject({ name: "TransportFailed", details: { timeout_ms: 5_000 } });
  });

  it("is none when the connection cannot be trusted: that does not pass", async () => {
    const api = await service(reply(200));
    const { get } = await live({ settings: { allow: [{ host: api.host, scheme: "https" }] } });
    const error = await rejection(get(`https://${api.host}/`));
    expect(error).toMatchObject({ name: "TransportRefused", retryable: false });
    expect(error.message).toContain("ERR_SSL");
  });

  it("opens the circuit of its host, and of no other", async () => {
    const [down, up] = [await service(reply(503)), await service(reply(200))];
    const { get } = await live({ allow: [down, up] });
    const names = [];
    for (let i = 0; i < 3; i++) names.push((await rejection(get(down.url))).name);
    expect(names).toEqual(["TransportFailed", "TransportFailed", "CircuitOpen"]);
    expect(down.requests).toHaveLength(2);
    expect((await get(up.url)).status).toBe(200);
  });
});

describe("a response that is too long", () => {
  it.each(["identity", "gzip"])("is not read to its end (%s)", async (encoding) => {
    const body = Buffer.alloc(1_001, "x");
    const api = await service(
      encoding === "gzip" ? reply(200, { "content-encoding": "gzip" }, gzipSync(body)) : reply(200, {}, body),
    );
    const { get } = await live({ allow: [api], settings: { max_response_bytes: 1_000 } });
    expect(await rejection(get(api.url))).toMatchObject({
      name: "ResponseTooLarge",
      retryable: false,
      details: { service: api.url, max_response_bytes: 1_000 },
    });
    const { get: larger } = await live({ allow: [api], settings: { max_response_bytes: 1_001 } });
    expect((await larger(api.url)).body).toBe(body.toString());
  });
});
