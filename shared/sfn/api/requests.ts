import * as z from "zod";

/**
 * What clients may ask, one schema for each operation (API reference). Fields that are not listed are ignored: newer
 * clients send more than this server knows.
 */
const arn = z.string().min(1).max(2000);
const name = z.string().min(1).max(80);

/** Most bytes of an input or output, in UTF-8 (Step Functions quotas). */
const mostPayloadBytes = 262_144;
const payload = z.string().check((context) => {
  if (Buffer.byteLength(context.value) <= mostPayloadBytes) return;
  const { value: input } = context;
  context.issues.push({ code: "too_big", origin: "string", maximum: mostPayloadBytes, inclusive: true, input });
});
const definition = z.string().min(1).max(1_048_576);
const machineType = z.enum(["STANDARD", "EXPRESS"]);
const cause = z.string().max(32_768);
const error = z.string().max(256);
const configuration = z.record(z.string(), z.unknown());
const tag = z.object({ key: z.string().min(1).max(128), value: z.string().max(256) });
const token = z.string().min(1).max(2048);
const page = { maxResults: z.int().min(0).max(1000).optional(), nextToken: z.string().min(1).max(3096).optional() };
const settings = {
  loggingConfiguration: configuration.optional(),
  tracingConfiguration: configuration.optional(),
  encryptionConfiguration: configuration.optional(),
  publish: z.boolean().optional(),
  versionDescription: z.string().max(256).optional(),
};
const includedData = z.enum(["ALL_DATA", "METADATA_ONLY"]).default("ALL_DATA");
const start = {
  stateMachineArn: arn,
  name: name.optional(),
  input: payload.default("{}"),
  traceHeader: z.string().max(256).optional(),
};

/** As AWS writes it. Not a number alone, which would be a version. */
const aliasPattern = "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$";
const aliasName = z.string().min(1).max(80).regex(new RegExp(aliasPattern));
const aliasDescription = z.string().max(256).optional();
const routing = z
  .array(z.object({ stateMachineVersionArn: arn, weight: z.int().min(0).max(100) }))
  .min(1)
  .max(2);

export const requests = {
  CreateStateMachine: z.object({
    name,
    definition,
    roleArn: arn,
    type: machineType.default("STANDARD"),
    tags: z.array(tag).optional(),
    ...settings,
  }),
  UpdateStateMachine: z.object({
    stateMachineArn: arn,
    definition: definition.optional(),
    roleArn: arn.optional(),
    ...settings,
  }),
  DeleteStateMachine: z.object({ stateMachineArn: arn }),
  DescribeStateMachine: z.object({ stateMachineArn: arn, includedData }),
  DescribeStateMachineForExecution: z.object({ executionArn: arn, includedData }),
  ListStateMachines: z.object(page),
  PublishStateMachineVersion: z.object({
    stateMachineArn: arn,
    revisionId: z.string().optional(),
    description: z.string().max(256).optional(),
  }),
  ListStateMachineVersions: z.object({ stateMachineArn: arn, ...page }),
  DeleteStateMachineVersion: z.object({ stateMachineVersionArn: arn }),
  CreateStateMachineAlias: z.object({ name: aliasName, description: aliasDescription, routingConfiguration: routing }),
  UpdateStateMachineAlias: z.object({
    stateMachineAliasArn: arn,
    description: aliasDescription,
    routingConfiguration: routing.optional(),
  }),
  DescribeStateMachineAlias: z.object({ stateMachineAliasArn: arn }),
  ListStateMachineAliases: z.object({ stateMachineArn: arn, ...page }),
  DeleteStateMachineAlias: z.object({ stateMachineAliasArn: arn }),
  ValidateStateMachineDefinition: z.object({
    definition,
    type: machineType.default("STANDARD"),
    severity: z.enum(["ERROR", "WARNING"]).default("ERROR"),
    maxResults: z.int().min(0).max(100).default(0),
  }),
  TestState: z.object({
    definition,
    roleArn: arn.optional(),
    input: payload.default("{}"),
    inspectionLevel: z.enum(["INFO", "DEBUG", "TRACE"]).default("INFO"),
    revealSecrets: z.boolean().default(false),
    variables: z.string().optional(),
    stateName: name.optional(),
    context: z.string().optional(),
    mock: z
      .object({
        result: z.string().optional(),
        errorOutput: z.object({ error: error.optional(), cause: cause.optional() }).optional(),
        fieldValidationMode: z.enum(["STRICT", "PRESENT", "NONE"]).optional(),
      })
      .optional(),
    stateConfiguration: z
      .object({
        retrierRetryCount: z.int().min(0).optional(),
        errorCausedByState: z.string().optional(),
        mapIterationFailureCount: z.int().min(0).optional(),
        mapItemReaderData: z.string().optional(),
      })
      .optional(),
  }),
  StartExecution: z.object(start),
  StartSyncExecution: z.object({ ...start, includedData }),
  StopExecution: z.object({ executionArn: arn, error: error.optional(), cause: cause.optional() }),
  DescribeExecution: z.object({
    executionArn: arn,
    includedData,
  }),
  ListExecutions: z.object({
    stateMachineArn: arn.optional(),
    mapRunArn: arn.optional(),
    statusFilter: z.enum(["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]).optional(),
    redriveFilter: z.enum(["REDRIVEN", "NOT_REDRIVEN"]).optional(),
    ...page,
  }),
  GetExecutionHistory: z.object({
    executionArn: arn,
    reverseOrder: z.boolean().default(false),
    includeExecutionData: z.boolean().default(true),
    ...page,
  }),
  RedriveExecution: z.object({ executionArn: arn, clientToken: z.string().min(1).max(64).optional() }),
  SendTaskSuccess: z.object({ taskToken: token, output: payload }),
  SendTaskFailure: z.object({ taskToken: token, error: error.optional(), cause: cause.optional() }),
  SendTaskHeartbeat: z.object({ taskToken: token }),
  CreateActivity: z.object({ name, tags: z.array(tag).optional() }),
  DeleteActivity: z.object({ activityArn: arn }),
  DescribeActivity: z.object({ activityArn: arn }),
  ListActivities: z.object(page),
  GetActivityTask: z.object({ activityArn: arn, workerName: name.optional() }),
  TagResource: z.object({ resourceArn: arn, tags: z.array(tag) }),
  UntagResource: z.object({ resourceArn: arn, tagKeys: z.array(z.string().min(1).max(128)) }),
  ListTagsForResource: z.object({ resourceArn: arn }),
  DescribeMapRun: z.object({ mapRunArn: arn }),
  UpdateMapRun: z.object({
    mapRunArn: arn,
    maxConcurrency: z.int().min(0).optional(),
    toleratedFailurePercentage: z.number().min(0).max(100).optional(),
    toleratedFailureCount: z.int().min(0).optional(),
  }),
  ListMapRuns: z.object({ executionArn: arn, ...page }),
} as const;

export type OperationName = keyof typeof requests;
export type Request<Name extends OperationName> = z.output<(typeof requests)[Name]>;

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(requests, name);
}
