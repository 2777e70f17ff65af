import { describe, expect, it } from "vitest";
import { checkFields, type ValidationMode } from "../../shared/sfn/test-state/mock-fields.ts";

const check = (resource: string, result: unknown, mode: ValidationMode = "STRICT") =>
  checkFields(`arn:aws:states:::${resource}`, result, mode);

// The words, and that fields which the model does not have may be there, rest on LocalStack's recordings of AWS
// (test_field_validation_mode.py); the values are others.
describe("a mocked result", () => {
  it.each<[string, unknown, string]>([
    ["events:putEvents", { Entries: "none" }, "Field 'Entries' must be an array"],
    ["events:putEvents", { Entries: [{ EventId: "1" }, { EventId: 2 }] }, "Field 'EventId' must be a string"],
    ["states:startExecution", {}, "Required field 'ExecutionArn' is missing"],
    ["states:startExecution", { executionArn: "a", startDate: "b" }, "Required field 'ExecutionArn' is missing"],
    ["states:startExecution", { ExecutionArn: "a", StartDate: 5 }, "Field 'StartDate' must be a string"],
    ["aws-sdk:sfn:startExecution", { ExecutionArn: "a", StartDate: false }, "Field 'StartDate' must be a string"],
    ["lambda:invoke", { StatusCode: "ok" }, "Field 'StatusCode' must be a number"],
    ["dynamodb:getItem", { Item: "notanobject" }, "Field 'Item' must be an object"],
    ["dynamodb:putItem", { ConsumedCapacity: { CapacityUnits: "1" } }, "Field 'CapacityUnits' must be a number"],
    ["dynamodb:getItem", { Item: { id: { S: 1 } } }, "Field 'S' must be a string"],
    ["aws-sdk:s3:getObject", { ContentLength: "5" }, "Field 'ContentLength' must be a number"],
    ["aws-sdk:s3:getObject", { StorageClass: "COLD" }, "Field 'StorageClass' is not an expected value"],
    ["aws-sdk:kms:encrypt", { CiphertextBlob: 1 }, "Field 'CiphertextBlob' must be a string"],
    ["aws-sdk:kms:encrypt", { CiphertextBlob: "" }, "Field 'CiphertextBlob' is smaller than the minimum length"],
    [
      "aws-sdk:lambda:getFunction",
      { Configuration: { MemorySize: 64 } },
      "Field 'MemorySize' is less than the minimum value",
    ],
    [
      "aws-sdk:lambda:getFunction",
      { Configuration: { MemorySize: 99_999 } },
      "Field 'MemorySize' exceeds the maximum value",
    ],
  ])("of %s is not %j", (resource, result, message) => {
    expect(() => check(resource, result)).toThrow(`Mock result schema validation error: ${message}`);
  });

  it.each<[string, unknown, ValidationMode?]>([
    ["events:putEvents", {}],
    ["events:putEvents", { whatever: 1 }],
    ["sqs:sendMessage", { MD5OfMessageBody: { a: ["b"] }, MessageId: "m" }],
    ["dynamodb:getItem", { Item: { id: { S: "1" }, n: { N: "2" }, l: { L: [{ BOOL: true }] } } }],
    ["states:startExecution", {}, "PRESENT"],
    ["states:startExecution", { ExecutionArn: 1 }, "NONE"],
    ["states:startExecution.sync", { Output: 1 }],
    ["sqs:sendMessage.waitForTaskToken", { MessageId: 1 }],
    ["glue:startJobRun", { JobRunId: 1 }],
    ["apigateway:invoke", 5],
  ])("of %s may be %j (%s)", (resource, result, mode) => {
    expect(() => check(resource, result, mode)).not.toThrow();
  });

  it("is not held against the present fields less strictly", () => {
    expect(() => check("states:startExecution", { ExecutionArn: 1 }, "PRESENT")).toThrow("must be a string");
  });
});
