import * as z from "zod";
import type { RestingStore } from "./record-store.ts";

/** What the server keeps of its resources. Times are milliseconds since 1970; payloads are JSON text. */

const configuration = z.record(z.string(), z.unknown());
const tags = z.record(z.string(), z.string());

const machineType = z.enum(["STANDARD", "EXPRESS"]);
export type MachineType = z.infer<typeof machineType>;

/** What a version keeps for good, and an update replaces. The revision a machine is made with has no id. */
const revision = z.strictObject({
  revisionId: z.string().optional(),
  definition: z.string(),
  roleArn: z.string(),
  date: z.number(),
  loggingConfiguration: configuration.optional(),
  tracingConfiguration: configuration.optional(),
  encryptionConfiguration: configuration.optional(),
});
export type Revision = z.infer<typeof revision>;

const version = z.strictObject({ number: z.int(), description: z.string().optional(), date: z.number(), revision });
export type Version = z.infer<typeof version>;

/** Points to versions by their numbers; the weights, in percent, say how many of the executions each gets. */
const alias = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  routing: z.array(z.strictObject({ version: z.int(), weight: z.int() })),
  creationDate: z.number(),
  updateDate: z.number(),
});
export type Alias = z.infer<typeof alias>;

export const machineRecord = z.strictObject({
  arn: z.string(),
  name: z.string(),
  type: machineType,
  status: z.enum(["ACTIVE", "DELETING"]),
  creationDate: z.number(),
  current: revision,
  versions: z.array(version),
  /** The number that the next version gets; numbers are not used again. */
  nextVersion: z.int(),
  /** In the order in which they were made. */
  aliases: z.array(alias).default([]),
  tags,
});
export type MachineRecord = z.infer<typeof machineRecord>;

export const activityRecord = z.strictObject({
  arn: z.string(),
  name: z.string(),
  creationDate: z.number(),
  tags,
});
export type ActivityRecord = z.infer<typeof activityRecord>;

const executionStatus = z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]);

export const executionRecord = z.strictObject({
  arn: z.string(),
  name: z.string(),
  machineArn: z.string(),
  machineName: z.string(),
  machineType,
  /** The version that was started, if one was named or an alias chose it. */
  versionArn: z.string().optional(),
  aliasArn: z.string().optional(),
  /** The definition and role as they were at the start; updates do not change a running execution. */
  definition: z.string(),
  roleArn: z.string(),
  /** Of the mock config, by which tasks are answered. */
  testCase: z.string().optional(),
  revisionId: z.string().optional(),
  input: z.string(),
  traceHeader: z.string().optional(),
  status: executionStatus,
  startDate: z.number(),
  stopDate: z.number().optional(),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  redriveCount: z.int(),
  redriveDate: z.number().optional(),
  /** The client tokens of redrives, so that a repeated call is the same call. */
  redriveTokens: z.array(z.string()),
  /** Tokens of activity tasks that workers have taken: after a restart they are not handed out again. */
  takenTasks: z.array(z.string()),
  /** How far its history and the journals of its Map Runs went when it ended, by their paths. */
  logEnds: z.record(z.string(), z.strictObject({ lines: z.int(), sha256: z.string() })).optional(),
});
export type ExecutionRecord = z.infer<typeof executionRecord> & {
  /** What of it is damaged where it is stored: then it is shown as failed, and nothing of it runs. Never stored. */
  readonly damage?: "record" | "history";
};

/** What was started: a machine, as a test case of it where one was named. */
export const startedArn = ({ machineArn, testCase }: ExecutionRecord): string =>
  testCase === undefined ? machineArn : `${machineArn}#${testCase}`;

/** What lists of executions filter by. It is stored in their index: with other fields, that has to have another name. */
export type ExecutionGroup = Pick<ExecutionRecord, "machineArn" | "versionArn" | "aliasArn" | "status"> & {
  readonly isRedriven: boolean;
};

/** Those that have ended rest. */
export type ExecutionRecords = RestingStore<ExecutionRecord, ExecutionGroup>;

/** What is known of a Map Run besides its history and that of its children. */
export const mapRunRecord = z.strictObject({
  arn: z.string(),
  /** The execution whose state it is. */
  executionArn: z.string(),
  /** The stored execution that it is part of: the same, unless that is a child itself. */
  rootArn: z.string(),
  /** The names by which its journal is opened, one from the other, from the history of the root. */
  logNames: z.array(z.string()),
  stateName: z.string(),
  /** The type of its child executions. */
  childType: machineType,
  isBatched: z.boolean(),
  /** As UpdateMapRun left them. Like the definition, it may leave the tolerance open. */
  limits: z.strictObject({
    maxConcurrency: z.number(),
    toleratedFailureCount: z.number().optional(),
    toleratedFailurePercentage: z.number().optional(),
  }),
});
export type MapRunRecord = z.infer<typeof mapRunRecord>;

/** Three digits that the names of its children begin with: a child is looked for in one record of 4,096. */
export interface MapRunGroup {
  readonly childrenBeginWith: string;
}

/** Those rest whose execution does not run. */
export type MapRunRecords = RestingStore<MapRunRecord, MapRunGroup>;
