import { describe, expect, it } from "vitest";
import { servedTasks } from "../../scripts/commands/served-tasks.ts";
import { memoryObjectStore, parseResource, type TaskRequest } from "../../shared/asl/index.ts";

const requestOf = (resource: string) =>
  ({ resource: parseResource(resource), input: {}, signal: new AbortController().signal }) as unknown as TaskRequest;

async function failureOf(endpoint: string | undefined, resource: string) {
  try {
    await servedTasks({ lambdaEndpoint: endpoint }).run(requestOf(resource));
  } catch (error) {
    return error as { readonly error: string; readonly cause: string };
  }
  throw new Error("expected a failure, found an answer");
}

/** Nobody listens there: a call would fail as one, and with another error. */
const endpoint = "http://127.0.0.1:9";

describe("tasks of the served API", () => {
  it.each([
    "arn:aws:states:::sns:publish",
    "arn:aws:states:::dynamodb:getItem",
    "arn:aws:states:::sqs:sendMessage",
    "arn:aws:states:::aws-sdk:s3:getObject",
    "arn:aws:states:::http:invoke",
    "arn:aws:states:::events:putEvents",
    "arn:aws:states:::batch:submitJob.sync",
    "arn:aws:states:::aws-sdk:sfn:startExecution",
    "arn:aws:states:::aws-sdk:lambda:invoke",
    "arn:aws:states:::lambda:listFunctions",
  ])("%s is no call of a Lambda function, and fails with and without an endpoint for those", async (resource) => {
    const failure = await failureOf(endpoint, resource);
    expect(failure.error).toBe("States.Runtime");
    expect(failure.cause).toContain(`The resource provided ${resource} is not recognized.`);
    expect((await failureOf(undefined, resource)).error).toBe(failure.error);
  });

  it("say what would serve them", async () => {
    const other = await failureOf(endpoint, "arn:aws:states:::sns:publish");
    expect(other.cause).toMatch(
      /Lambda functions \(--lambda-endpoint\), S3 \(--s3\), activities, states:startExecution and aws-sdk:sfn; .*--mock-config/,
    );
    const lambda = await failureOf(undefined, "arn:aws:states:::lambda:invoke");
    expect(lambda.cause).toMatch(/--lambda-endpoint\.$/);
  });

  it("are S3's where there are buckets", async () => {
    const objects = memoryObjectStore([{ bucket: "b", key: "k", body: "text" }]);
    const request = { ...requestOf("arn:aws:states:::aws-sdk:s3:getObject"), input: { Bucket: "b", Key: "k" } };
    expect(await servedTasks({ objects }).run(request)).toMatchObject({ Body: "text" });
  });

  it("are called where they are Lambda functions", async () => {
    const failure = await failureOf(endpoint, "arn:aws:lambda:us-east-1:000000000000:function:hello");
    expect(failure.error).toBe("Lambda.SdkClientException");
  });
});
