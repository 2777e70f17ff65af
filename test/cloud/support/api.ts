import type { Cloud } from "./cloud.ts";

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether AWS has checked a signature. */
  readonly isSigned?: boolean;
  /** Whose address is called. Default: that which wants a signature. */
  readonly functionName?: "Api" | "ApiByToken";
}

interface Answered {
  readonly statusCode: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly isBase64Encoded: boolean;
}

/** Calls the API as Lambda does for a request at the function's address: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export async function callApi(
  { invoke }: Pick<Cloud, "invoke">,
  method: string,
  path: string,
  { body, headers = {}, isSigned = true, functionName = "Api" }: Sent = {},
): Promise<Answered> {
  const [rawPath = "", rawQueryString = ""] = path.split("?");
  const iam = { accountId: "123456789012", userArn: "arn:aws:iam::123456789012:user/alice" };
  const answered = (await invoke(functionName, {
    version: "2.0",
    rawPath,
    rawQueryString,
    headers: { host: "api.lambda-url.eu-west-1.on.aws", "content-type": "application/json", ...headers },
    requestContext: {
      domainName: "api.lambda-url.eu-west-1.on.aws",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      ...(isSigned ? { authorizer: { iam } } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  })) as Answered & { readonly body: string };
  if (answered.isBase64Encoded || answered.body === "") return answered;
  return { ...answered, body: JSON.parse(answered.body) as unknown };
}
