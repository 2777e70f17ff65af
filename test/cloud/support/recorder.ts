import { createServer, type IncomingHttpHeaders, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { Grant } from "../../stacks/support/declared.ts";

/** What a client asked AWS for. */
export interface Call extends Grant {
  /** As it names itself: AWS_SDK_UA_APP_ID. */
  readonly app: string;
}

export interface CallRecorder {
  readonly endpoint: string;
  readonly calls: readonly Call[];
  stop(): Promise<void>;
}

/** Stands before a server that answers as AWS does, and notes what is asked of it. */
export async function recordCalls(target: string): Promise<CallRecorder> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = "GET", url = "/", headers } = request;
    const app = /\bapp\/(\S+)/.exec(String(headers["user-agent"]))?.[1] ?? "";
    for (const grant of [...tableGrants(headers, body), ...objectGrants(method, url, headers)])
      calls.push({ app, ...grant });
    const forwarded = send(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.destroy());
    forwarded.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface TableRequest {
  readonly TableName?: string;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
}

/** DynamoDB asks for the permission of each action of a transaction. */
function tableGrants(headers: IncomingHttpHeaders, body: Buffer): Grant[] {
  const action = /^DynamoDB_\w+\.(\w+)$/.exec(String(headers["x-amz-target"]))?.[1];
  if (action === undefined) return [];
  const { TableName, TransactItems = [] } = JSON.parse(body.toString()) as TableRequest;
  const grant = (of: string, table: string | undefined): Grant => ({
    action: `dynamodb:${of}`,
    resource: `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}`,
  });
  if (action !== "TransactWriteItems") return [grant(action, TableName)];
  return TransactItems.flatMap((item) =>
    Object.entries(item).map(([of, { TableName }]) =>
      grant(of === "ConditionCheck" ? "ConditionCheckItem" : `${of}Item`, TableName),
    ),
  );
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "GetObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

/** Buckets are named in the path: the endpoint is an address. */
function objectGrants(method: string, url: string, headers: IncomingHttpHeaders): Grant[] {
  if (headers["x-amz-target"] !== undefined) return [];
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [bucket = "", ...key] = pathname.slice(1).split("/");
  const resource = `arn:aws:s3:::${bucket}`;
  if (key.join("/") === "") return [{ action: "s3:ListBucket", resource }];
  const version = searchParams.has("versionId") ? "Version" : "";
  return [
    { action: `s3:${OBJECT_ACTIONS[method]}${version}`, resource: `${resource}/${decodeURIComponent(key.join("/"))}` },
  ];
}
