import { randomUUID } from "node:crypto";
import type { TaskRequest, TaskResolver } from "./resolver.ts";

/** The input of a call: the API's parameters with capital letters, as integrations spell them. */
export type CallInput = Readonly<Record<string, unknown>>;

/** How a service is named in errors and responses. */
export interface ServiceNames {
  /** Before the error's own name, of an optimised integration: `DynamoDB.ResourceNotFoundException`. */
  readonly optimised: string;
  /** The same of an `aws-sdk` integration: `DynamoDb.`. */
  readonly sdk: string;
  /** In the cause of an optimised integration: `(Service: AmazonDynamoDBv2; ...`. */
  readonly service: string;
}

/** What a service answers with when it refuses a call. */
export class ServiceRefusal extends Error {
  readonly code: string;
  readonly statusCode: number;

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.statusCode = statusCode;
  }
}

export type Action = (input: CallInput) => unknown;

/**
 * A resolver of one service, with its actions by name (`putItem`). Responses of optimised integrations say how the call
 * went over the wire, as AWS's do; a refusal becomes the error AWS reports of the integration that was used.
 */
export function serviceResolver(
  names: ServiceNames,
  actions: Readonly<Record<string, Action>>,
  hasMetadata = true,
): TaskResolver {
  return {
    async run(request) {
      const action = Object.hasOwn(actions, request.resource.action) ? actions[request.resource.action] : undefined;
      if (action === undefined) throw notRecognized(request);
      try {
        const response = (await action((request.input ?? {}) as CallInput)) as object;
        return isSdk(request) || !hasMetadata ? response : withMetadata(response);
      } catch (thrown) {
        throw thrown instanceof ServiceRefusal ? failureOf(thrown, names, isSdk(request)) : thrown;
      }
    },
  };
}

const isSdk = ({ resource }: TaskRequest): boolean => resource.service.startsWith("aws-sdk:");

/** The error of a resource that nothing here serves, as AWS words it. @param advice what would serve it, as a sentence */
export function notRecognized({ resource }: TaskRequest, advice?: string): Error {
  const known = `The resource provided ${resource.arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`;
  const cause = advice === undefined ? known : `${known} ${advice}`;
  return Object.assign(new Error(cause), { error: "States.Runtime", cause });
}

function failureOf({ code, message, statusCode }: ServiceRefusal, names: ServiceNames, isOfSdk: boolean): Error {
  const id = randomUUID();
  // A validation error has no exception of its own in the SDKs: the service's base class stands for it.
  const isGeneric = code === "ValidationException";
  const error = isOfSdk
    ? `${names.sdk}.${isGeneric ? `${names.sdk}Exception` : exceptionName(code)}`
    : `${names.optimised}.${isGeneric ? `Amazon${names.optimised}Exception` : exceptionName(code)}`;
  const cause = isOfSdk
    ? `${message} (Service: ${names.sdk}, Status Code: ${statusCode}, Request ID: ${id})`
    : `${message} (Service: ${names.service}; Status Code: ${statusCode}; Error Code: ${code}; Request ID: ${id}; Proxy: null)`;
  return Object.assign(new Error(cause), { error, cause });
}

const exceptionName = (code: string): string => (code.endsWith("Exception") ? code : `${code}Exception`);

function withMetadata(response: object): object {
  const requestId = randomUUID();
  const contentType = "application/x-amz-json-1.0";
  const contentLength = String(Buffer.byteLength(JSON.stringify(response)));
  const date = new Date().toUTCString();
  return {
    ...response,
    SdkHttpMetadata: {
      AllHttpHeaders: {
        "x-amzn-RequestId": [requestId],
        connection: ["keep-alive"],
        "Content-Length": [contentLength],
        Date: [date],
        "Content-Type": [contentType],
      },
      HttpHeaders: {
        connection: "keep-alive",
        "Content-Length": contentLength,
        "Content-Type": contentType,
        Date: date,
        "x-amzn-RequestId": requestId,
      },
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
