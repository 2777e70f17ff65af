// What Lambda's runtime for Node does around a handler, spoken to the Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { request } from "node:http";
import { join } from "node:path";

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = ".", _HANDLER = "" } = process.env;
const at = _HANDLER.lastIndexOf(".");
const { [_HANDLER.slice(at + 1)]: handler } = await import(join(LAMBDA_TASK_ROOT, `${_HANDLER.slice(0, at)}.mjs`));

for (;;) {
  const { headers, body } = await ask("GET", "next");
  const awsRequestId = headers["lambda-runtime-aws-request-id"];
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  const answer = await answered(JSON.parse(body), context);
  await ask("POST", `${awsRequestId}/${answer.kind}`, JSON.stringify(answer.body ?? null));
}

async function answered(event, context) {
  try {
    return { kind: "response", body: await handler(event, context) };
  } catch (error) {
    const { name, message, stack = "" } = error;
    return { kind: "error", body: { errorType: name, errorMessage: message, trace: stack.split("\n") } };
  }
}

/** Waits for an answer as long as it takes, as `fetch` does not. */
function ask(method, path, body = "") {
  return new Promise((resolve, reject) => {
    const url = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/${path}`;
    const asked = request(url, { method }, async (answer) => {
      let text = "";
      for await (const chunk of answer) text += chunk;
      resolve({ headers: answer.headers, body: text });
    });
    asked.on("error", reject).end(body);
  });
}
