// What Lambda's runtime for Node does around a handler, spoken to the Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { join } from "node:path";

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = ".", _HANDLER = "" } = process.env;
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const at = _HANDLER.lastIndexOf(".");
const { [_HANDLER.slice(at + 1)]: handler } = await import(join(LAMBDA_TASK_ROOT, `${_HANDLER.slice(0, at)}.mjs`));

for (;;) {
  const next = await fetch(`${api}/next`);
  const awsRequestId = next.headers.get("lambda-runtime-aws-request-id");
  const deadline = Number(next.headers.get("lambda-runtime-deadline-ms"));
  const event = await next.json();
  const answer = await answered(event, { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() });
  await fetch(`${api}/${awsRequestId}/${answer.kind}`, { method: "POST", body: JSON.stringify(answer.body ?? null) });
}

async function answered(event, context) {
  try {
    return { kind: "response", body: await handler(event, context) };
  } catch (error) {
    const { name, message, stack = "" } = error;
    return { kind: "error", body: { errorType: name, errorMessage: message, trace: stack.split("\n") } };
  }
}
