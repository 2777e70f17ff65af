import type { Grant } from "../../stacks/support/declared.ts";
import { type Front, standBefore } from "./front.ts";

/** What a client asked AWS for. */
export interface Call extends Grant {
  /** As it names itself: AWS_SDK_UA_APP_ID. */
  readonly app: string;
  readonly body: string;
}

export interface CallRecorder extends Front {
  readonly calls: readonly Call[];
}

/** Stands before a server that answers as AWS does, and notes what is asked of it. */
export async function recordCalls(target: string): Promise<CallRecorder> {
  const calls: Call[] = [];
  const front = await standBefore(target, ({ method = "GET", url = "/", headers }, body, on) => {
    const app = /\bapp\/(\S+)/.exec(String(headers["user-agent"]))?.[1] ?? "";
    const operation = headers["x-amz-target"];
    const grants = operation === undefined ? objectGrants(method, url) : jsonGrants(String(operation), body);
    for (const grant of grants) calls.push({ app, ...grant, body: body.toString() });
    return on();
  });
  return { ...front, calls };
}

interface JsonRequest {
  readonly TableName?: string;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
  readonly Entries?: readonly { readonly EventBusName: string }[];
  readonly stateMachineArn?: string;
}

const ACCOUNT = "eu-west-1:123456789012";

/** Of the services that are asked in JSON. A transaction needs the permission of each of its actions. */
function jsonGrants(target: string, body: Buffer): Grant[] {
  const { TableName, TransactItems, Entries = [], stateMachineArn } = JSON.parse(body.toString()) as JsonRequest;
  const [service = "", action = ""] = target.split(".");
  if (service === "AWSEvents") {
    const buses = Entries.map(({ EventBusName }) => `arn:aws:events:${ACCOUNT}:event-bus/${EventBusName}`);
    return buses.map((resource) => ({ action: `events:${action}`, resource }));
  }
  if (service === "AWSStepFunctions") return [{ action: `states:${action}`, resource: String(stateMachineArn) }];
  const grant = (of: string, table: string | undefined): Grant => ({
    action: `dynamodb:${of}`,
    resource: `arn:aws:dynamodb:${ACCOUNT}:table/${table}`,
  });
  if (TransactItems === undefined) return [grant(action, TableName)];
  return TransactItems.flatMap((item) =>
    Object.entries(item).map(([of, { TableName: table }]) => grant(`${of}Item`, table)),
  );
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: "GetObject",
  HEAD: "GetObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

/** Buckets are named in the path: the endpoint is an address. */
function objectGrants(method: string, url: string): Grant[] {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [bucket = "", ...key] = pathname.slice(1).split("/");
  const resource = `arn:aws:s3:::${bucket}`;
  if (key.join("/") === "") return [{ action: "s3:ListBucket", resource }];
  const version = searchParams.has("versionId") ? "Version" : "";
  return [
    { action: `s3:${OBJECT_ACTIONS[method]}${version}`, resource: `${resource}/${decodeURIComponent(key.join("/"))}` },
  ];
}
