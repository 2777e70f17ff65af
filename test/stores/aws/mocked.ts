import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type AwsClientStub, mockClient } from "aws-sdk-client-mock";
import { afterEach, beforeEach } from "vitest";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { manualClock } from "../support/manual-clock.ts";

/** Stores in AWS, and the clients they have, which answer what a test says. */
interface MockedAws {
  s3: AwsClientStub<S3Client>;
  db: AwsClientStub<DynamoDBDocumentClient>;
  stores: Stores;
}

/** New ones for each test of the suite that it is called in. */
export function mockedAws(): Readonly<MockedAws> {
  const aws = {} as MockedAws;
  beforeEach(async () => {
    aws.s3 = mockClient(S3Client);
    aws.db = mockClient(DynamoDBDocumentClient);
    aws.s3.on(HeadBucketCommand).resolves({});
    aws.db.on(GetCommand).resolves({});
    aws.stores = await openAwsStores("s3://bucket/p?tables=t&region=eu-central-1", { clock: manualClock() });
  });
  afterEach(() => {
    aws.s3.restore();
    aws.db.restore();
  });
  return aws;
}
