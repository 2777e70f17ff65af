import { PREFIXES, SUBMISSIONS, TABLES, type TableName, tableName } from "../shared/stores/aws/layout.ts";
import { named } from "./names.ts";

export interface Storage {
  readonly bucket: aws.s3.Bucket;
  readonly tables: Readonly<Record<TableName, aws.dynamodb.Table>>;
  /** As `--store` and RESTEP_STORE take it. */
  readonly url: $util.Output<string>;
}

/** @param isKept whether what is stored outlives the deployment */
export function storage({ isKept }: { readonly isKept: boolean }): Storage {
  const bucket = keptBucket(isKept);
  const prefix = named("store");
  const tables = Object.fromEntries(
    Object.keys(TABLES).map((name) => [name, table(name as TableName, prefix, isKept)]),
  ) as Record<TableName, aws.dynamodb.Table>;
  return { bucket, tables, url: $interpolate`s3://${bucket.bucket}?tables=${prefix}` };
}

function keptBucket(isKept: boolean): aws.s3.Bucket {
  const bucket = new aws.s3.Bucket("Store", { forceDestroy: !isKept });
  const of = { bucket: bucket.bucket };
  // Restep removes objects by their versions, and nothing else.
  const versioning = new aws.s3.BucketVersioning("StoreVersioning", {
    ...of,
    versioningConfiguration: { status: "Enabled" },
  });
  const closed = new aws.s3.BucketPublicAccessBlock("StorePublicAccess", {
    ...of,
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  new aws.s3.BucketPolicy(
    "StorePolicy",
    { ...of, policy: bucket.arn.apply((arn) => JSON.stringify(bucketPolicy(arn))) },
    { dependsOn: closed },
  );
  new aws.s3.BucketLifecycleConfiguration("StoreLifecycle", { ...of, rules: LIFECYCLE }, { dependsOn: versioning });
  return bucket;
}

/** Holds for whoever comes, with whatever permissions. */
export function bucketPolicy(arn: string): object {
  const deny = { Effect: "Deny", Principal: "*" };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        ...deny,
        Sid: "OnlyOverTls",
        Action: "s3:*",
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        ...deny,
        Sid: "NothingIsOverwritten",
        Action: "s3:PutObject",
        Resource: [PREFIXES.artifacts, PREFIXES.bundles].map((prefix) => `${arn}/${prefix}*`),
        // Parts of a multipart upload carry no condition, and make no object; what completes it does both. Copies are refused.
        Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
      },
    ],
  };
}

/**
 * What no run leads to any more `restep gc` removes, for only the logs tell. These rules clean up behind it, and what nobody
 * asks for again.
 */
const LIFECYCLE = [
  {
    id: "leftovers",
    status: "Enabled",
    filter: {},
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    noncurrentVersionExpiration: { noncurrentDays: 7 },
    expiration: { expiredObjectDeleteMarker: true },
  },
  expiring("quarantine", PREFIXES.quarantine, 90),
  expiring("submissions", SUBMISSIONS, 30),
];

function expiring(id: string, prefix: string, days: number) {
  return { id, status: "Enabled", filter: { prefix }, expiration: { days } };
}

function table(name: TableName, prefix: string, isKept: boolean): aws.dynamodb.Table {
  const { hash, range } = TABLES[name];
  const keys = range === undefined ? [hash] : [hash, range];
  return new aws.dynamodb.Table(`Table${name[0]?.toUpperCase()}${name.slice(1)}`, {
    name: tableName(prefix, name),
    billingMode: "PAY_PER_REQUEST",
    hashKey: hash.name,
    ...(range === undefined ? {} : { rangeKey: range.name }),
    attributes: keys.map(({ name, type }) => ({ name, type })),
    ...(name === "events" ? { streamEnabled: true, streamViewType: "NEW_IMAGE" } : {}),
    pointInTimeRecovery: { enabled: isKept },
    deletionProtectionEnabled: isKept,
  });
}
