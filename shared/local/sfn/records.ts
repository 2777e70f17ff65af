import * as z from "zod";

/** What the server keeps of its resources. Times are milliseconds since 1970; payloads are JSON text. */

const configuration = z.record(z.string(), z.unknown());
const tags = z.record(z.string(), z.string());

const machineType = z.enum(["STANDARD", "EXPRESS"]);
export type MachineType = z.infer<typeof machineType>;

/** What a version keeps for good, and an update replaces. */
const revision = z.strictObject({
  revisionId: z.string(),
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
export type ExecutionStatus = z.infer<typeof executionStatus>;

export const executionRecord = z.strictObject({
  arn: z.string(),
  name: z.string(),
  machineArn: z.string(),
  machineName: z.string(),
  machineType,
  /** The version that was started, if one was named. */
  versionArn: z.string().optional(),
  /** The definition and role as they were at the start; updates do not change a running execution. */
  definition: z.string(),
  roleArn: z.string(),
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
});
export type ExecutionRecord = z.infer<typeof executionRecord>;
