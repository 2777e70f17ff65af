import { describe, expect, it } from "vitest";
import { isIntegration } from "../../../shared/asl/services/integrations.ts";
import { SDK_ACTIONS } from "../../../shared/asl/services/sdk-actions.ts";

const parts = (resource: string) =>
  /^((?:aws-sdk:)?[\w-]+):(\w+)(.*)$/.exec(resource)!.slice(1) as [string, string, string];

describe("an integration that AWS has", () => {
  // As they stand in the developer guide's pages, in aws-samples and in recordings.
  it.each([
    "lambda:invoke.waitForTaskToken",
    "states:startExecution.sync:2",
    "sqs:sendMessage",
    "sns:publish.waitForTaskToken",
    "ecs:runTask.waitForTaskToken",
    "batch:submitJob.sync",
    "glue:startJobRun.sync",
    "elasticmapreduce:addStep.sync",
    "emr-serverless:startJobRun.sync",
    "emr-containers:startJobRun.sync",
    "sagemaker:createTrainingJob.sync",
    "bedrock:invokeModel",
    "bedrockagentcore:invokeHarness",
    "http:invoke",
    "apigateway:invoke.waitForTaskToken",
    "athena:startQueryExecution.sync",
    "eks:call",
    "aws-sdk:s3:listBuckets.waitForTaskToken",
    "aws-sdk:dynamodb:query",
    "aws-sdk:sfn:startSyncExecution",
    "aws-sdk:eventbridge:putEvents",
    "aws-sdk:acmpca:deleteCertificateAuthority",
    "aws-sdk:cognitoidentityprovider:adminGetUser",
    "aws-sdk:databasemigration:startReplicationTask",
    "aws-sdk:cloudwatchlogs:filterLogEvents",
    "aws-sdk:resourcegroupstaggingapi:getResources",
    "aws-sdk:bedrockagentcore:invokeAgentRuntime",
    // Retired services, which machines may still name.
    "aws-sdk:qldb:createLedger",
    "aws-sdk:iotevents:createInput",
  ])("%s is known", (resource) => {
    expect(isIntegration(...parts(resource))).toBe(true);
  });

  it("has its service named as the SDK for Java names it, and its action with a small letter", () => {
    for (const [service, actions] of Object.entries(SDK_ACTIONS)) {
      expect(service).toMatch(/^[a-z][a-z0-9]*$/);
      expect(actions).toMatch(/^ (?:[a-z][A-Za-z0-9]+ )+$/);
    }
  });
});
