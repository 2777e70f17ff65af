/** What hostile HTTP clients say: one row a kind. */

import type { Socket } from "node:net";
import type { Random } from "./random.ts";

/** `refused`: nothing of it is done. `taken`: it is odd, and right. `either`: as the server likes, but it does not fail. */
export type Expectation = "refused" | "taken" | "either";

export interface HostileClient {
  readonly kind: string;
  readonly expect: Expectation;
  /** Answers to wait for; default: one. */
  readonly waitsFor?: number;
  talk(socket: Socket, random: Random, port: number): void | Promise<void>;
}

const CREATE = JSON.stringify({
  name: "made",
  roleArn: "arn:aws:iam::000000000000:role/r",
  definition: JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } }),
});
const KNOWN = "arn:aws:states:us-east-1:000000000000:stateMachine:known";

interface Call {
  readonly line?: string;
  readonly host?: string;
  readonly target?: string;
  readonly type?: string;
  /** More header lines. */
  readonly more?: readonly string[];
  readonly body?: string | Uint8Array;
  /** In the place of the body's own. */
  readonly length?: string | undefined;
}

/** A call as it goes over the wire. Says CreateStateMachine, unless told otherwise. */
function call({
  line = "POST / HTTP/1.1",
  host = "Host: localhost",
  target = "CreateStateMachine",
  type = "application/x-amz-json-1.0",
  more = [],
  body = CREATE,
  length = `Content-Length: ${Buffer.byteLength(body)}`,
}: Call = {}): Buffer {
  const head = [line, host, `Content-Type: ${type}`, `X-Amz-Target: AWSStepFunctions.${target}`, length, ...more];
  return Buffer.concat([
    Buffer.from(`${head.filter((each) => each !== "").join("\r\n")}\r\n\r\n`, "latin1"),
    Buffer.from(body),
  ]);
}

const says = (what: string | Buffer) => (socket: Socket) => void socket.write(what);
const row = (kind: string, what: string | Buffer, expect: Expectation = "refused"): HostileClient => {
  return { kind, expect, talk: says(what) };
};
/** A call of an operation with this body. */
const asks = (kind: string, target: string, body: unknown, expect: Expectation = "refused"): HostileClient =>
  row(kind, call({ target, body: typeof body === "string" ? body : JSON.stringify(body) }), expect);

const list = call({ target: "ListStateMachines", body: "{}" });
const chunked = (body: string) => call({ length: "Transfer-Encoding: chunked", body });

/** Writes as fast as the other side reads, until it reads no more. */
function pour(socket: Socket, first: string | Buffer, piece: string): void {
  const more = () => {
    while (!socket.destroyed && socket.writable) if (!socket.write(piece)) break;
  };
  socket.on("drain", more);
  socket.write(first);
  more();
}

/** Writes a little now and then, as long as it may. */
function drip(socket: Socket, first: string | Buffer, piece: string): void {
  socket.write(first);
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(piece)), 50);
  socket.on("close", () => clearInterval(timer));
}

const FRAMING: readonly HostileClient[] = [
  row("two lengths", call({ more: ["Content-Length: 5"] })),
  row("length and chunks", call({ more: ["Transfer-Encoding: chunked"] })),
  row("chunks that are none", call({ length: "Transfer-Encoding: xchunked" })),
  row("chunked, identity", call({ length: "Transfer-Encoding: chunked, identity" })),
  row("a space before the colon", call({ length: `Content-Length : ${CREATE.length}` })),
  row("a negative length", call({ length: "Content-Length: -1" })),
  row("a length with a sign", call({ length: `Content-Length: +${CREATE.length}` })),
  row("a length beyond counting", call({ length: "Content-Length: 99999999999999999999999" })),
  row("a chunk beyond counting", chunked("fffffffffffffffff\r\nx\r\n0\r\n\r\n")),
  row("a chunk of no size", chunked(`zz\r\n${CREATE}\r\n0\r\n\r\n`)),
  row("a chunk with a long extension", chunked(`5;${"x".repeat(100_000)}\r\nabcde\r\n0\r\n\r\n`)),
  row("a folded header", call({ more: ["X-Y: a", "\tb: c"] }), "refused"),
  row("a header with a zero", call({ more: ["X-Y: a\0b"] })),
  row("a header without a name", call({ more: [": x"] })),
  row("a name with a space", call({ more: ["X Y: 1"] })),
  row("lines without carriage returns", call().toString().replaceAll("\r\n", "\n")),
  row("HTTP of another version", call({ line: "POST / HTTP/9.9" })),
  row("HTTP without a version", "POST /\r\n\r\n"),
  {
    ...row(
      "a call within a call's body",
      Buffer.concat([call({ target: "ListStateMachines", host: "Host: evil.example", body: call().toString() })]),
    ),
  },
  {
    ...row("a call behind one that is refused", Buffer.concat([call({ host: "Host: evil.example" }), call()])),
    waitsFor: 2,
  },
];

const WHO: readonly HostileClient[] = [
  row("another host", call({ host: "Host: evil.example" })),
  row("two hosts", call({ more: ["Host: evil.example"] })),
  row("no host", call({ host: "" })),
  row("a host with a name before it", call({ host: "Host: localhost@evil.example" })),
  row("a path of another host", call({ line: "POST http://evil.example/ HTTP/1.1" })),
  row("a page of another host", call({ more: ["Origin: https://evil.example"] })),
  row("a page of no host", call({ more: ["Origin: null"] })),
  row("a form", call({ type: "text/plain" })),
  row("a preflight", call({ line: "OPTIONS / HTTP/1.1", more: ["Access-Control-Request-Method: POST"] })),
  row("a call without a target", call({ target: "" })),
  row("a target that objects inherit", call({ target: "constructor" })),
  row("another target of the kind", call({ target: "__proto__" })),
  row("a method that is none", call({ line: "BREW / HTTP/1.1" })),
  row("TRACE", call({ line: "TRACE / HTTP/1.1" })),
  row("CONNECT", call({ line: "CONNECT localhost:1 HTTP/1.1" })),
  row("an upgrade", call({ line: "GET / HTTP/1.1", more: ["Connection: Upgrade", "Upgrade: websocket"] })),
  row("an expectation", call({ more: ["Expect: miracles"] })),
];

const SIZES: readonly HostileClient[] = [
  row("a header of a megabyte", call({ more: [`X-Y: ${"y".repeat(1_000_000)}`] })),
  row("ten thousand headers", call({ more: Array.from({ length: 10_000 }, (_, index) => `X-${index}: y`) })),
  row("a path of a megabyte", call({ line: `POST /${"p".repeat(1_000_000)} HTTP/1.1` })),
  row("a body of 9 MB", call({ body: "x".repeat(9_000_000) })),
  {
    kind: "a body without end",
    expect: "refused",
    talk: (socket) => pour(socket, chunked("10000\r\n"), `${"x".repeat(0x10000)}\r\n10000\r\n`),
  },
  {
    kind: "headers without end",
    expect: "refused",
    talk: (socket) => pour(socket, "POST / HTTP/1.1\r\n", "X-Y: z\r\n"),
  },
  asks("lists within lists", "StartExecution", `{"stateMachineArn":"${KNOWN}","x":${"[".repeat(3_000_000)}`),
  asks("objects within objects", "ListStateMachines", `${'{"a":'.repeat(500_000)}1${"}".repeat(500_000)}`),
  asks(
    "a million names",
    "ListStateMachines",
    `{${Array.from({ length: 300_000 }, (_, index) => `"${index}":1`).join()}}`,
    "either",
  ),
];

const SLOW: readonly HostileClient[] = [
  { kind: "nothing at all", expect: "refused", talk: () => {} },
  {
    kind: "a header at a time",
    expect: "refused",
    talk: (socket) => drip(socket, "POST / HTTP/1.1\r\nHost: localhost\r\n", "X-Y: z\r\n"),
  },
  {
    kind: "a byte of the body at a time",
    expect: "refused",
    talk: (socket) => drip(socket, call({ length: "Content-Length: 9999" }).subarray(0, -CREATE.length), " "),
  },
  { kind: "a chunk at a time", expect: "refused", talk: (socket) => drip(socket, chunked("1\r\n{\r\n"), "1\r\n \r\n") },
  {
    kind: "half of a call, and the end",
    expect: "refused",
    talk: (socket) => void socket.end(call().subarray(0, -20)),
  },
  { kind: "a call, and the end of sending", expect: "taken", talk: (socket) => void socket.end(list) },
  {
    kind: "gone at once",
    expect: "either",
    talk: (socket, random) => {
      socket.write(list.subarray(0, random.below(list.length)));
      socket.destroy();
    },
  },
  {
    kind: "a thousand calls in a row",
    expect: "either",
    waitsFor: 1_000,
    talk: (socket) => void socket.write(Buffer.concat(Array.from({ length: 1_000 }, () => list))),
  },
  {
    kind: "answers that are not read",
    expect: "either",
    waitsFor: 1_000_000,
    talk: (socket) => {
      socket.pause();
      pour(socket, list, list.toString());
    },
  },
];

const NOT_HTTP: readonly HostileClient[] = [
  {
    kind: "bytes at random",
    expect: "refused",
    talk: (socket, random) => void socket.write(random.bytes(random.between(1, 4_000))),
  },
  row("a greeting of TLS", Buffer.from("16030100c8010000c40303", "hex")),
  row("a greeting of SSH", "SSH-2.0-OpenSSH_9.9\r\n"),
  row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  {
    kind: "a call with a byte changed",
    expect: "either",
    talk: (socket, random) => {
      const changed = Buffer.from(list);
      changed[random.below(changed.length)] = random.below(256);
      socket.write(changed);
    },
  },
];

const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

const CONTENT: readonly HostileClient[] = [
  row("text that is no UTF-8", call({ body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]) })),
  row("a mark of byte order", call({ body: `\ufeff${CREATE}` })),
  row(
    "a body that says it is packed",
    call({ more: ["Content-Encoding: gzip"], body: Buffer.from("1f8b0800", "hex") }),
  ),
  asks("no JSON", "ListStateMachines", "{'a':1}"),
  asks("JSON and more", "ListStateMachines", "{}{}"),
  asks("a list for an object", "ListStateMachines", "[]"),
  asks("null for an object", "ListStateMachines", "null"),
  asks("a number beyond counting", "ListStateMachines", `{"maxResults":1e999}`),
  asks(
    "a name given to all objects",
    "ListStateMachines",
    `{"__proto__":{"maxResults":1},"constructor":{"prototype":{"x":1}}}`,
    "either",
  ),
  asks("half of a character", "CreateStateMachine", `{"name":"\\ud800","definition":"{}","roleArn":"r"}`),
  asks("a name with control characters", "CreateStateMachine", { ...JSON.parse(CREATE), name: "a\u0000\u001b[2J" }),
  asks("a name that leads elsewhere", "CreateStateMachine", { ...JSON.parse(CREATE), name: "../../etc/passwd" }),
  asks("an ARN that leads elsewhere", "DescribeExecution", {
    executionArn: `${KNOWN.replace("stateMachine", "execution")}:../../../x`,
  }),
  asks("an ARN that objects inherit", "DescribeStateMachine", {
    stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:__proto__",
  }),
  asks("a definition that nests", "CreateStateMachine", {
    name: "made",
    roleArn: "arn:aws:iam::000000000000:role/r",
    definition: deep(200_000),
  }),
  asks("a definition of states that nest", "CreateStateMachine", {
    name: "made",
    roleArn: "arn:aws:iam::000000000000:role/r",
    definition: `${'{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":['.repeat(2_000)}${"]}}}".repeat(2_000)}`,
  }),
  asks(
    "a definition with odd names",
    "ValidateStateMachineDefinition",
    {
      definition: `{"StartAt":"__proto__","States":{"__proto__":{"Type":"constructor","Next":"toString"}}}`,
    },
    "taken",
  ),
  asks("an input that nests", "StartExecution", { stateMachineArn: KNOWN, input: deep(60_000) }, "either"),
  asks(
    "an input for all objects",
    "StartExecution",
    { stateMachineArn: KNOWN, input: `{"__proto__":{"polluted":true}}` },
    "taken",
  ),
  asks(
    "tags for all objects",
    "TagResource",
    { resourceArn: KNOWN, tags: [{ key: "__proto__", value: "polluted" }] },
    "either",
  ),
  asks("a token that nobody gave", "ListStateMachines", { nextToken: "%00\u0000../../x" }),
  asks(
    "an expression without end",
    "TestState",
    {
      definition: `{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% ($f := function($n) { $f($n + 1) }; $f(0)) %}","End":true}`,
      roleArn: "arn:aws:iam::000000000000:role/r",
      input: "{}",
    },
    "either",
  ),
];

export const CLIENTS: readonly HostileClient[] = [...FRAMING, ...WHO, ...SIZES, ...SLOW, ...NOT_HTTP, ...CONTENT];
