import { describe, expect, it } from "vitest";
import { parseResource } from "../../../shared/asl/index.ts";

const rows = [
  ["work", "LambdaFunction", "RequestResponse", "lambda", "work", "work"],
  ["arn:aws:lambda:us-east-1:1:function:f", "LambdaFunction", "RequestResponse", "lambda", "f", "f"],
  ["arn:aws:lambda:us-east-1:1:function:f:live", "LambdaFunction", "RequestResponse", "lambda", "f:live", "f:live"],
  ["arn:aws:states:us-east-1:1:activity:a", "Activity", "RequestResponse", "activity", "a", "a"],
  ["arn:aws:states:::lambda:invoke", "Task", "RequestResponse", "lambda", "invoke", "invoke"],
  [
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Task",
    "WaitForTaskToken",
    "lambda",
    "invoke",
    "invoke.waitForTaskToken",
  ],
  ["arn:aws:states:::states:startExecution.sync", "Task", "RunJob", "states", "startExecution", "startExecution.sync"],
  [
    "arn:aws:states:::states:startExecution.sync:2",
    "Task",
    "RunJob",
    "states",
    "startExecution",
    "startExecution.sync:2",
  ],
  ["arn:aws:states:::aws-sdk:dynamodb:putItem", "Task", "RequestResponse", "aws-sdk:dynamodb", "putItem", "putItem"],
  ["arn:aws-cn:states:::http:invoke", "Task", "RequestResponse", "http", "invoke", "invoke"],
] as const;

describe("a Resource", () => {
  it.each(rows)("%s", (arn, family, pattern, service, action, label) => {
    expect(parseResource(arn)).toEqual({ arn, family, pattern, service, action, label });
  });
});
