import type { DiagnosticCode } from "../../../shared/asl/validate/diagnostic.ts";

/** One row: what is wrong, the definition, and what is found: code, location, and the words AWS uses where known. */
export interface BadDefinition {
  readonly title: string;
  readonly definition: unknown;
  readonly type?: "STANDARD" | "EXPRESS";
  readonly code?: DiagnosticCode;
  readonly location?: string;
  readonly message?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A machine of one state `S`, and a `Succeed` called `Done`, reached through an unrelated first state. */
export function around(state: unknown, machine: Fields = {}): Fields {
  const first = { Type: "Choice", Choices: [], Default: "S" };
  const choices = machine.QueryLanguage === "JSONata" ? [ifPresentByJsonata] : [ifPresent];
  return {
    StartAt: "First",
    States: { First: { ...first, Choices: choices }, S: state, Done: { Type: "Succeed" } },
    ...machine,
  };
}

const ifPresent = { Variable: "$.x", IsPresent: true, Next: "Done" };
const ifPresentByJsonata = { Condition: "{% $states.input.x %}", Next: "Done" };
const toDone = { Type: "Choice", Choices: [ifPresent] };
const backToA = { Type: "Choice", Choices: [{ ...ifPresent, Next: "A" }] };

const jsonata = (state: Fields) => around(state, { QueryLanguage: "JSONata" });
const pass = (fields: Fields = {}) => ({ Type: "Pass", End: true, ...fields });
const wait = (fields: Fields) => ({ Type: "Wait", End: true, ...fields });
const task = (fields: Fields = {}) => ({ Type: "Task", Resource: lambda, End: true, ...fields });
const choice = (...rules: readonly Fields[]) => ({ Type: "Choice", Choices: rules });
const processor = (fields: Fields = {}) => ({ StartAt: "I", States: { I: pass() }, ...fields });
const map = (fields: Fields = {}) => ({ Type: "Map", ItemProcessor: processor(), End: true, ...fields });
const parallel = (...branches: readonly unknown[]) => ({ Type: "Parallel", Branches: branches, End: true });
const distributed = (fields: Fields = {}) =>
  map({ ItemProcessor: processor({ ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } }), ...fields });
/** The state without its end, and with E after it. */
const leadingTo = (next: string, { End, ...state }: Fields) => (End === true ? { ...state, Next: next } : state);

/** A Map, a Parallel in it, and what its branch assigns; `name` is assigned by the Map itself. */
const assigningWithin = (name: string, innermost: Fields, mode: Fields = {}) =>
  map({
    Assign: { [name]: 1 },
    ItemProcessor: {
      ...mode,
      ...processor({ States: { I: parallel({ StartAt: "B", States: { B: innermost, E: { Type: "Succeed" } } }) } }),
    },
  });
const lambda = "arn:aws:lambda:us-east-1:111111111111:function:f";
const at = (field = "") => `/States/S${field && `/${field}`}`;

/** A state of each type with the fields it needs and no other. */
const complete: Readonly<Record<string, Fields>> = {
  Pass: pass(),
  Choice: choice({ Variable: "$.x", IsNull: true, Next: "Done" }),
  Wait: wait({ Seconds: 1 }),
  Succeed: { Type: "Succeed" },
  Fail: { Type: "Fail" },
  Map: map(),
  Parallel: parallel({ StartAt: "B", States: { B: pass() } }),
};

export const badStructure: readonly BadDefinition[] = [
  // Recorded from AWS (LocalStack's snapshots, October 2025): a blank. The others are no objects either.
  ...[" ", "", "null", "[]", "7", [], null, undefined].map(
    (definition): BadDefinition => ({
      title: `no object but ${JSON.stringify(definition)}`,
      definition,
      message: "Definition must be a valid JSON object",
    }),
  ),
  {
    title: "text that is no JSON (recorded from AWS, October 2025)",
    definition: "never a definition",
    code: "INVALID_JSON_DESCRIPTION",
    location: '[Source: (String)"never a definition"; line: 1, column: 6]',
    message:
      "Unrecognized token 'never': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n" +
      ' at [Source: (String)"never a definition"; line: 1, column: 6]',
  },
  { title: "an empty object", definition: {}, location: "/", message: "These fields are required: [States, StartAt]" },
  { title: "no States", definition: { StartAt: "A" }, location: "/", message: "These fields are required: [States]" },
  { title: "States without a state", definition: { StartAt: "A", States: {} }, location: "/States" },
  {
    title: "an unknown field of the machine",
    definition: around(pass(), { Colour: 1 }),
    location: "/",
    message: "Field 'Colour' is not supported",
  },
  { title: "an unknown version", definition: around(pass(), { Version: "2.0" }), location: "/Version" },
  { title: "a comment that is no string", definition: around(pass(), { Comment: 1 }), location: "/Comment" },
  {
    title: "a timeout of nothing",
    definition: around(pass(), { TimeoutSeconds: 0 }),
    location: "/TimeoutSeconds",
    message: "Minimum value is 1",
  },
  {
    title: "a field of the machine among its states",
    definition: { StartAt: "A", States: { QueryLanguage: "JSONata", A: pass() } },
    location: "/States/QueryLanguage",
    message: "Expected value of type Object",
  },
  {
    title: "a state that is null",
    definition: { StartAt: "A", States: { A: pass(), B: null } },
    location: "/States/B",
    message: "Expected value of type Object",
  },
  ...["{% $states.input.x ?? 1 %}", "{% $states.input.x ?: 1 %}", "{% ($f()) ?? 1 %}", "{% 1 ?: 2 %}"].map(
    (expression): BadDefinition => ({
      title: `an operator of JSONata 2.1, ${expression}`,
      definition: jsonata(pass({ Output: { v: expression } })),
      code: "INVALID_JSONATA_EXPRESSION",
      location: at("Output/v"),
    }),
  ),
  {
    title: "an expression among a Map's items that cannot be read",
    definition: jsonata(map({ Items: [1, "{% ( %}"] })),
    code: "INVALID_JSONATA_EXPRESSION",
    location: at("Items[1]"),
  },
  {
    title: "an intrinsic function behind a blank",
    definition: around(pass({ Parameters: { "v.$": " States.UUID()" } })),
    location: at("Parameters"),
  },
  {
    title: "credentials with a path that is none",
    definition: around(task({ Credentials: { "RoleArn.$": "x" } })),
    location: at("Credentials"),
  },
  {
    title: "credentials with an expression that cannot be read",
    definition: jsonata(task({ Credentials: "{% ( %}" })),
    code: "INVALID_JSONATA_EXPRESSION",
    location: at("Credentials"),
  },
  {
    title: "a state without a type",
    definition: around({ End: true }),
    location: at(),
    message: "These fields are required: [Type]",
  },
  {
    // Recorded from AWS (LocalStack's snapshots, December 2025).
    title: "a state of an unknown type",
    definition: around({ Type: "Jump", End: true }),
    location: at("Type"),
    message:
      "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
  },
  {
    title: "a name of 81 characters",
    definition: { StartAt: "n".repeat(81), States: { ["n".repeat(81)]: pass() } },
    code: "INVALID_STATE_NAME",
    location: `/States/${"n".repeat(81)}`,
  },
  {
    title: "a start that is no state",
    definition: { StartAt: "Z", States: { A: { ...backToA, Default: "B" }, B: pass() } },
    code: "MISSING_TRANSITION_TARGET",
    location: "/StartAt",
    message: "Missing 'Next' target: Z",
  },
  {
    title: "a Next that is no state",
    definition: around({ Type: "Pass", Next: "Z" }),
    code: "MISSING_TRANSITION_TARGET",
    location: at("Next"),
    message: "Missing 'Next' target: Z",
  },
  {
    title: "a Default that is no state",
    definition: around({ ...choice({ Variable: "$", IsNull: true, Next: "Done" }), Default: "Z" }),
    code: "MISSING_TRANSITION_TARGET",
    location: at("Default"),
  },
  {
    title: "a rule that leads nowhere",
    definition: around(choice({ Variable: "$", IsNull: true, Next: "Z" })),
    code: "MISSING_TRANSITION_TARGET",
    location: at("Choices[0]/Next"),
  },
  {
    title: "a catcher that leads nowhere",
    definition: around(task({ Catch: [{ ErrorEquals: ["E"], Next: "Z" }] })),
    code: "MISSING_TRANSITION_TARGET",
    location: at("Catch[0]/Next"),
  },
  {
    title: "a step out of a branch",
    definition: around(parallel({ StartAt: "B", States: { B: { ...toDone, Default: "E" }, E: { Type: "Succeed" } } })),
    code: "MISSING_TRANSITION_TARGET",
    location: at("Branches[0]/States/B/Choices[0]/Next"),
  },
  {
    title: "a state nothing leads to",
    definition: { StartAt: "A", States: { A: pass(), B: pass() } },
    code: "MISSING_TRANSITION_TARGET",
    location: "/States/B",
    message: 'State "B" is not reachable.',
  },
  {
    title: "a loop without an end",
    definition: { StartAt: "A", States: { A: { Type: "Pass", Next: "B" }, B: { Type: "Pass", Next: "A" } } },
    code: "MISSING_END_STATE",
    message: "Workflow has no terminal state",
  },
  {
    title: "a nested loop without an end",
    definition: around(map({ ItemProcessor: { StartAt: "I", States: { I: { Type: "Pass", Next: "I" } } } })),
    code: "MISSING_END_STATE",
    location: at("ItemProcessor"),
  },
  {
    title: "a name used again in a branch",
    definition: around(parallel({ StartAt: "Done", States: { Done: pass() } })),
    code: "DUPLICATE_STATE_NAME",
    location: at("Branches[0]/States/Done"),
    message: "Duplicate State name: Done",
  },
  {
    title: "a name written twice",
    definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Succeed"}}}',
    code: "DUPLICATE_STATE_NAME",
    location: "/States/A",
  },
  {
    title: "nesting without end",
    definition: `{"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Result":${"[".repeat(5000)}${"]".repeat(5000)}}}}`,
    code: "TOO_DEEPLY_NESTED",
  },
  {
    title: "more than a mebibyte",
    definition: JSON.stringify(around(pass({ Comment: "x".repeat(1_048_576) }))),
    code: "INVALID_JSON_DESCRIPTION",
  },
];

const misplaced: readonly (readonly [type: string, field: string])[] = [
  ...["Pass", "Choice", "Wait", "Succeed", "Fail"].flatMap((type) =>
    ["Retry", "Catch"].map((field) => [type, field] as const),
  ),
  ...["Pass", "Choice", "Wait", "Succeed", "Fail", "Map", "Parallel"].map((type) => [type, "TimeoutSeconds"] as const),
  ...["Choice", "Succeed", "Fail"].flatMap((type) => ["Next", "End"].map((field) => [type, field] as const)),
  ...["Wait", "Choice", "Succeed", "Fail"].map((type) => [type, "ResultPath"] as const),
  ...["Succeed", "Fail"].map((type) => [type, "Assign"] as const),
  ["Fail", "InputPath"] as const,
  ["Pass", "ResultSelector"] as const,
];

export const badFields: readonly BadDefinition[] = misplaced.map(([type, field]) => ({
  title: `${field} in a ${type}`,
  definition: around({ ...complete[type], [field]: null }),
  location: at(),
  message: `Field '${field}' is not supported`,
}));

/** Calls of optimised integrations, with all that they require but one. */
const requiredParameters: readonly (readonly [string, Fields, string])[] = [
  ["lambda:invoke", { Payload: {} }, "FunctionName"],
  ["sqs:sendMessage", { "MessageBody.$": "$" }, "QueueUrl"],
  ["sqs:sendMessage.waitForTaskToken", { QueueUrl: "q" }, "MessageBody"],
  ["sns:publish", { TopicArn: "t" }, "Message"],
  ["dynamodb:getItem", { TableName: "t" }, "Key"],
  ["dynamodb:getItem", { "Key.$": "$" }, "TableName"],
  ["dynamodb:putItem", { TableName: "t" }, "Item"],
  ["dynamodb:putItem", { "Item.$": "$" }, "TableName"],
  ["dynamodb:updateItem", { TableName: "t" }, "Key"],
  ["dynamodb:updateItem", { "Key.$": "$" }, "TableName"],
  ["dynamodb:deleteItem", { TableName: "t" }, "Key"],
  ["dynamodb:deleteItem", { "Key.$": "$" }, "TableName"],
  ["events:putEvents", {}, "Entries"],
  ["states:startExecution.sync:2", { Input: {} }, "StateMachineArn"],
  ["batch:submitJob", { JobName: "n", JobQueue: "q" }, "JobDefinition"],
  ["batch:submitJob", { JobDefinition: "d", JobQueue: "q" }, "JobName"],
  ["batch:submitJob.sync", { JobDefinition: "d", JobName: "n" }, "JobQueue"],
  ["ecs:runTask.sync", { Cluster: "c" }, "TaskDefinition"],
  ["glue:startJobRun", { Arguments: {} }, "JobName"],
  ["http:invoke", { Method: "GET" }, "ApiEndpoint"],
  ["http:invoke", { ApiEndpoint: "https://example.com" }, "Method"],
];

export const badStates: readonly BadDefinition[] = [
  { title: "neither Next nor End", definition: around({ Type: "Pass" }), location: at() },
  { title: "an End that is false, and no Next", definition: around({ Type: "Pass", End: false }), location: at() },
  {
    title: "both Next and End",
    definition: around(pass({ Next: "Done" })),
    location: at(),
    message: "There should only be one of the following fields: [Next, End]",
  },
  {
    title: "a Task without a resource",
    definition: around({ Type: "Task", End: true }),
    location: at(),
    message: "These fields are required: [Resource]",
  },
  {
    title: "a resource that is not quite an ARN",
    definition: around(task({ Resource: "arn:aws" })),
    code: "INVALID_RESOURCE",
    location: at("Resource"),
  },
  ...[
    "arn:aws:states:::nosuch:thing",
    "arn:aws:states:::lambda:foo",
    "arn:aws:states:::lambda:invoke.sync",
    "arn:aws:states:::sns:publish.sync",
    "arn:aws:states:::sqs:receiveMessage",
    "arn:aws:states:::ecs:runTask.sync:2",
    "arn:aws:states:::dynamodb:putItem.waitForTaskToken",
    "arn:aws:states:::bedrockagentcore:invokeHarness.sync",
    "arn:aws:states:::s3:getObject",
    "arn:aws:states:::aws-sdk:notaservice:foo",
    "arn:aws:states:::aws-sdk:s3:notAnAction",
    "arn:aws:states:::aws-sdk:s3:GetObject",
    "arn:aws:states:::aws-sdk:s3:get",
    "arn:aws:states:::aws-sdk:s3:getObject.sync",
    "arn:aws:states:::aws-sdk:s3:selectObjectContent",
    "arn:aws:states:::aws-sdk:sts:assumeRole",
    "arn:aws:states:::aws-sdk:constructor:name",
    "arn:aws:states:::toString:call",
    "arn:aws:states:::sqs:sendMessage:2",
    "arn:aws:s3:::bucket",
    "arn:aws:sqs:us-east-1:111111111111:queue",
  ].map((Resource) => ({
    title: `what AWS has no integration for, ${Resource}`,
    definition: around(task({ Resource })),
    location: at("Resource"),
    message: `The resource provided ${Resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
  })),
  ...requiredParameters.map(([action, others, missing]) => ({
    title: `a call of ${action} without ${missing}`,
    definition: around(task({ Resource: `arn:aws:states:::${action}`, Parameters: others })),
    location: at("Parameters"),
    message: `The field '${missing}' is required but was missing`,
  })),
  {
    title: "credentials without a role",
    definition: around(task({ Credentials: { Other: 1 } })),
    location: at("Credentials"),
    message: "The field 'RoleArn' is required but was missing",
  },
  {
    title: "a timeout given twice",
    definition: around(task({ TimeoutSeconds: 1, TimeoutSecondsPath: "$.t" })),
    location: at(),
    message: "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath]",
  },
  { title: "a fractional timeout", definition: around(task({ TimeoutSeconds: 1.5 })), location: at("TimeoutSeconds") },
  {
    title: "a timeout past the limit",
    definition: around(task({ TimeoutSeconds: 100_000_000 })),
    location: at("TimeoutSeconds"),
    message: "Maximum value is 99999999",
  },
  {
    title: "a heartbeat as long as the timeout",
    definition: around(task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 })),
    location: at("HeartbeatSeconds"),
  },
  { title: "a Wait for nothing", definition: around(wait({})), location: at() },
  { title: "a Wait for two things", definition: around(wait({ Seconds: 1, SecondsPath: "$.s" })), location: at() },
  {
    title: "a negative wait",
    definition: around(wait({ Seconds: -1 })),
    location: at("Seconds"),
    message: "Minimum value is 0",
  },
  ...["2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-12-05t21:29:29Z", "{% '2016-03-14T01:59:00Z' %}"].map(
    (timestamp) => ({
      title: `the timestamp ${timestamp}`,
      definition: around(wait({ Timestamp: timestamp })),
      location: at("Timestamp"),
      message: "String does not match RFC3339 timestamp",
    }),
  ),
  {
    title: "an Error and an ErrorPath",
    definition: around({ Type: "Fail", Error: "E", ErrorPath: "$.e" }),
    location: at(),
  },
  {
    title: "a Cause and a CausePath",
    definition: around({ Type: "Fail", Cause: "C", CausePath: "$.c" }),
    location: at(),
  },
  {
    title: "an intrinsic function that is not closed",
    definition: around({ Type: "Fail", CausePath: "States.Format('{}', $.a" }),
    location: at("CausePath"),
  },
  {
    // Recorded from AWS (LocalStack's snapshots, February 2026).
    title: "a Parallel without branches",
    definition: around(parallel()),
    location: at("Branches"),
    message: "Value cannot be empty",
  },
  { title: "a branch that is no object", definition: around(parallel(1)), location: at("Branches[0]") },
  {
    title: "a branch without a start",
    definition: around(parallel({ States: { B: pass() } })),
    location: at("Branches[0]"),
    message: "These fields are required: [StartAt]",
  },
  {
    title: "an unknown field of a branch",
    definition: around(parallel({ StartAt: "B", States: { B: pass() }, TimeoutSeconds: 3 })),
    location: at("Branches[0]"),
    message: "Field 'TimeoutSeconds' is not supported",
  },
];

export const badErrorHandling: readonly BadDefinition[] = [
  {
    title: "a Retry that is no list",
    definition: around(task({ Retry: {} })),
    location: at("Retry"),
    message: "Expected value of type Array",
  },
  {
    title: "a retrier without errors",
    definition: around(task({ Retry: [{}] })),
    location: at("Retry[0]"),
    message: "These fields are required: [ErrorEquals]",
  },
  {
    title: "a retrier of no errors",
    definition: around(task({ Retry: [{ ErrorEquals: [] }] })),
    location: at("Retry[0]/ErrorEquals"),
  },
  {
    title: "an error name that is no string",
    definition: around(task({ Retry: [{ ErrorEquals: [1] }] })),
    location: at("Retry[0]/ErrorEquals[0]"),
  },
  {
    title: "States.ALL in company",
    definition: around(task({ Retry: [{ ErrorEquals: ["States.ALL", "E"] }] })),
    location: at("Retry[0]/ErrorEquals"),
  },
  {
    title: "States.ALL before another",
    definition: around(
      task({
        Catch: [
          { ErrorEquals: ["States.ALL"], Next: "Done" },
          { ErrorEquals: ["E"], Next: "Done" },
        ],
      }),
    ),
    location: at("Catch[0]/ErrorEquals"),
  },
  {
    title: "no interval",
    definition: around(task({ Retry: [{ ErrorEquals: ["E"], IntervalSeconds: 0 }] })),
    location: at("Retry[0]/IntervalSeconds"),
    message: "Minimum value is 1",
  },
  {
    title: "less than no attempts",
    definition: around(task({ Retry: [{ ErrorEquals: ["E"], MaxAttempts: -1 }] })),
    location: at("Retry[0]/MaxAttempts"),
    message: "Minimum value is 0",
  },
  {
    title: "a backoff that shrinks",
    definition: around(task({ Retry: [{ ErrorEquals: ["E"], BackoffRate: 0.5 }] })),
    location: at("Retry[0]/BackoffRate"),
    message: "Minimum value is 1.0",
  },
  {
    title: "a delay of more than a year",
    definition: around(task({ Retry: [{ ErrorEquals: ["E"], MaxDelaySeconds: 31_622_401 }] })),
    location: at("Retry[0]/MaxDelaySeconds"),
  },
  {
    title: "an unknown jitter",
    definition: around(task({ Retry: [{ ErrorEquals: ["E"], JitterStrategy: "SOME" }] })),
    location: at("Retry[0]/JitterStrategy"),
  },
  {
    title: "an unknown field of a retrier",
    definition: around(task({ Retry: [{ ErrorEquals: ["E"], Next: "Done" }] })),
    location: at("Retry[0]"),
    message: "Field 'Next' is not supported",
  },
  {
    title: "a catcher without a Next",
    definition: around(task({ Catch: [{ ErrorEquals: ["E"] }] })),
    location: at("Catch[0]"),
    message: "These fields are required: [Next]",
  },
];

export const badChoices: readonly BadDefinition[] = [
  { title: "no rules", definition: around(choice()), location: at("Choices") },
  {
    title: "a rule without a Next",
    definition: around(choice({ Variable: "$", IsNull: true })),
    location: at("Choices[0]"),
    message: "These fields are required: [Next]",
  },
  {
    title: "a rule without a variable",
    definition: around(choice({ IsNull: true, Next: "Done" })),
    location: at("Choices[0]"),
    message: "These fields are required: [Variable]",
  },
  {
    title: "a rule without an operator",
    definition: around(choice({ Variable: "$.a", Next: "Done" })),
    location: at("Choices[0]"),
  },
  {
    title: "a rule with two operators",
    definition: around(choice({ Variable: "$.a", IsNull: true, IsString: true, Next: "Done" })),
    location: at("Choices[0]"),
    message: "There should only be one of the following fields: [IsNull, IsString]",
  },
  {
    title: "a misspelt operator",
    definition: around(choice({ Variable: "$.a", StringEqual: "x", Next: "Done" })),
    location: at("Choices[0]"),
    message: "Field 'StringEqual' is not supported",
  },
  {
    title: "a variable that is no path",
    definition: around(choice({ Variable: "a", IsNull: true, Next: "Done" })),
    location: at("Choices[0]/Variable"),
    message: "Value is not a Reference Path: Reference path didn't start with '$'",
  },
  {
    title: "a number compared with a string",
    definition: around(choice({ Variable: "$.a", NumericEquals: "1", Next: "Done" })),
    location: at("Choices[0]/NumericEquals"),
  },
  {
    title: "a string compared with a number",
    definition: around(choice({ Variable: "$.a", StringLessThan: 1, Next: "Done" })),
    location: at("Choices[0]/StringLessThan"),
  },
  {
    title: "a timestamp that is none",
    definition: around(choice({ Variable: "$.a", TimestampEquals: "today", Next: "Done" })),
    location: at("Choices[0]/TimestampEquals"),
  },
  {
    title: "a path operand that is no path",
    definition: around(choice({ Variable: "$.a", BooleanEqualsPath: "b", Next: "Done" })),
    location: at("Choices[0]/BooleanEqualsPath"),
  },
  { title: "an And of nothing", definition: around(choice({ And: [], Next: "Done" })), location: at("Choices[0]/And") },
  {
    title: "a Next inside Not",
    definition: around(choice({ Not: { Variable: "$", IsNull: true, Next: "Done" }, Next: "Done" })),
    location: at("Choices[0]/Not"),
    message: "Field 'Next' is not supported",
  },
  {
    title: "a fault deep inside And and Or",
    definition: around(choice({ And: [{ Or: [{ Variable: "$", IsNull: 1 }] }], Next: "Done" })),
    location: at("Choices[0]/And[0]/Or[0]/IsNull"),
  },
  {
    title: "a JSONata rule without a condition",
    definition: jsonata(choice({ Next: "Done" })),
    location: at("Choices[0]"),
    message: "These fields are required: [Condition]",
  },
  {
    title: "a condition that is plain text",
    definition: jsonata(choice({ Condition: "true", Next: "Done" })),
    location: at("Choices[0]/Condition"),
  },
];

export const badMaps: readonly BadDefinition[] = [
  {
    title: "a reader for an inline Map",
    definition: around(map({ ItemReader: { Resource: "arn:aws:states:::s3:getObject" } })),
    location: at(),
    message: "Field 'ItemReader' is only supported for Map state in DISTRIBUTED mode",
  },
  { title: "a Map that runs nothing", definition: around({ Type: "Map", End: true }), location: at() },
  {
    title: "a Map that runs two things",
    definition: around(map({ Iterator: { StartAt: "J", States: { J: pass() } } })),
    location: at(),
  },
  {
    title: "a language for the processor",
    definition: around(map({ ItemProcessor: processor({ QueryLanguage: "JSONata" }) })),
    location: at("ItemProcessor"),
    message: "Field 'QueryLanguage' is not supported",
  },
  {
    title: "an unknown mode",
    definition: around(map({ ItemProcessor: processor({ ProcessorConfig: { Mode: "LOCAL" } }) })),
    location: at("ItemProcessor/ProcessorConfig/Mode"),
  },
  {
    title: "a distributed Map of no execution type",
    definition: around(map({ ItemProcessor: processor({ ProcessorConfig: { Mode: "DISTRIBUTED" } }) })),
    location: at("ItemProcessor/ProcessorConfig"),
  },
  {
    title: "a negative concurrency",
    definition: around(map({ MaxConcurrency: -1 })),
    location: at("MaxConcurrency"),
    message: "Minimum value is 0",
  },
  {
    title: "a concurrency given twice",
    definition: around(map({ MaxConcurrency: 1, MaxConcurrencyPath: "$.m" })),
    location: at(),
    message: "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath]",
  },
  {
    title: "a number from the context object",
    definition: around(map({ MaxConcurrencyPath: "$$.Execution.Input.n" })),
    location: at("MaxConcurrencyPath"),
    message: "Value is not a Reference Path",
  },
  {
    title: "a tolerated percentage of 101",
    definition: around(distributed({ ToleratedFailurePercentage: 101 })),
    location: at("ToleratedFailurePercentage"),
    message: "Maximum value is 100.0",
  },
  {
    title: "an unknown reader",
    definition: around(distributed({ ItemReader: { Resource: "arn:aws:states:::s3:putObject" } })),
    location: at("ItemReader/Resource"),
  },
  {
    title: "an unknown input type",
    definition: around(
      distributed({ ItemReader: { Resource: "arn:aws:states:::s3:getObject", ReaderConfig: { InputType: "XML" } } }),
    ),
    location: at("ItemReader/ReaderConfig/InputType"),
  },
  {
    title: "given headers that are not given",
    definition: around(
      distributed({
        ItemReader: {
          Resource: "arn:aws:states:::s3:getObject",
          ReaderConfig: { InputType: "CSV", CSVHeaderLocation: "GIVEN" },
        },
      }),
    ),
    location: at("ItemReader/ReaderConfig"),
  },
  {
    title: "two limits of items",
    definition: around(
      distributed({
        ItemReader: { Resource: "arn:aws:states:::s3:getObject", ReaderConfig: { MaxItems: 1, MaxItemsPath: "$.n" } },
      }),
    ),
    location: at("ItemReader/ReaderConfig"),
    message: "There should only be one of the following fields: [MaxItems, MaxItemsPath]",
  },
  {
    title: "batches without a limit",
    definition: around(distributed({ ItemBatcher: { BatchInput: {} } })),
    location: at("ItemBatcher"),
  },
  {
    title: "batches larger than a payload",
    definition: around(distributed({ ItemBatcher: { MaxInputBytesPerBatch: 262_145 } })),
    location: at("ItemBatcher/MaxInputBytesPerBatch"),
  },
  {
    title: "a writer to nowhere",
    definition: around(distributed({ ResultWriter: { Resource: "arn:aws:states:::s3:putObject" } })),
    location: at("ResultWriter"),
    message: "These fields are required: [Parameters]",
  },
  {
    title: "an unknown output type",
    definition: around(distributed({ ResultWriter: { WriterConfig: { OutputType: "CSV", Transformation: "NONE" } } })),
    location: at("ResultWriter/WriterConfig/OutputType"),
  },
  {
    title: "a label with a space",
    definition: around(distributed({ Label: "my map" })),
    code: "INVALID_LABEL_NAME",
    location: at("Label"),
  },
  {
    title: "a label of 41 characters",
    definition: around(distributed({ Label: "l".repeat(41) })),
    code: "INVALID_LABEL_NAME",
    location: at("Label"),
  },
  {
    title: "a label used twice",
    definition: {
      StartAt: "S",
      States: {
        S: { ...distributed({ Label: "L" }), End: false, Next: "T" },
        T: { Type: "Map", Label: "L", ItemProcessor: { StartAt: "J", States: { J: pass() } }, End: true },
      },
    },
    code: "DUPLICATE_LABEL_NAME",
    location: "/States/T/Label",
  },
  {
    title: "a fault in a nested state",
    definition: around(map({ ItemProcessor: processor({ States: { I: pass({ Retry: [] }) } }) })),
    location: at("ItemProcessor/States/I"),
    message: "Field 'Retry' is not supported",
  },
];

export const badQueries: readonly BadDefinition[] = [
  {
    title: "an unknown query language",
    definition: around(pass({ QueryLanguage: "SQL" })),
    location: at("QueryLanguage"),
  },
  {
    title: "JSONPath inside a JSONata machine",
    definition: jsonata(pass({ QueryLanguage: "JSONPath" })),
    location: at(),
    message: "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
  },
  ...["InputPath", "OutputPath", "ResultPath", "Parameters", "Result"].map((field) => ({
    title: `${field} in a JSONata Pass`,
    definition: jsonata(pass({ [field]: null })),
    location: at(),
    message: `The QueryLanguage is set to 'JSONata', but field '${field}' is only supported for the 'JSONPath' QueryLanguage`,
  })),
  {
    title: "Output in a JSONPath state",
    definition: around(pass({ Output: {} })),
    location: at(),
    message:
      "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage",
  },
  { title: "Arguments in a JSONPath state", definition: around(task({ Arguments: {} })), location: at() },
  {
    title: "a path limit in a JSONata Map",
    definition: jsonata(distributed({ ItemBatcher: { MaxItemsPerBatchPath: "$.n" } })),
    location: at("ItemBatcher"),
  },
  {
    title: "Output in a state nested in a JSONata Map",
    definition: around(
      map({ QueryLanguage: "JSONata", ItemProcessor: processor({ States: { I: pass({ Output: 1 }) } }) }),
    ),
    location: at("ItemProcessor/States/I"),
  },
  {
    title: "an input path that is no path",
    definition: around(pass({ InputPath: "Test" })),
    location: at("InputPath"),
    message: "Value must be a valid JSONPath.",
  },
  {
    title: "an output path that is not closed",
    definition: around(pass({ OutputPath: "$.a[0" })),
    location: at("OutputPath"),
    message: "Value must be a valid JSONPath.",
  },
  {
    title: "a result path with a wildcard",
    definition: around(pass({ ResultPath: "$.a[*]" })),
    location: at("ResultPath"),
  },
  {
    title: "a result path into the context object",
    definition: around(pass({ ResultPath: "$$.a" })),
    location: at("ResultPath"),
  },
  {
    title: "a template field that is no path",
    definition: around(pass({ Parameters: { "a.$": "b" } })),
    location: at("Parameters"),
    message: "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call",
  },
  {
    title: "a template field that is a number",
    definition: around(pass({ Parameters: { in: [{ "a.$": 1 }] } })),
    location: at("Parameters/in[0]"),
  },
  {
    title: "an unknown intrinsic function",
    definition: around(pass({ Parameters: { "a.$": "States.Nope($.b)" } })),
    location: at("Parameters"),
  },
  {
    title: "a template field given twice",
    definition: around(pass({ Parameters: { a: 1, "a.$": "$" } })),
    location: at("Parameters"),
  },
  {
    title: "an expression that ends early",
    definition: jsonata(pass({ Output: "{% 1 + %}" })),
    code: "INVALID_JSONATA_EXPRESSION",
    location: at("Output"),
    message: "Unexpected end of expression",
  },
  {
    title: "a string that is not closed",
    definition: jsonata(pass({ Output: '{% "a %}' })),
    code: "INVALID_JSONATA_EXPRESSION",
    location: at("Output"),
    message: "String literal must be terminated by a matching quote",
  },
  {
    title: "a list that is not closed",
    definition: jsonata(pass({ Output: { v: ["{% $a[1,2) %}"] } })),
    code: "INVALID_JSONATA_EXPRESSION",
    location: at("Output/v[0]"),
    message: 'Expected "]", got ","',
  },
  {
    title: "delimiters that do not match",
    definition: jsonata(pass({ Output: "{% $states.input" })),
    code: "INVALID_JSONATA_EXPRESSION",
    location: at("Output"),
  },
  {
    title: "a bare name",
    definition: jsonata(pass({ Output: { v: "{% phone %}" } })),
    code: "UNSUPPORTED_JSONATA_EXPRESSION",
    location: at("Output/v"),
    message: "Reference to 'phone' at the top level is not supported.",
  },
  {
    title: "a bare name in a function",
    definition: jsonata(pass({ Output: "{% $map($states.input, function($v) { id }) %}" })),
    code: "UNSUPPORTED_JSONATA_EXPRESSION",
    location: at("Output"),
  },
  {
    title: "the context item",
    definition: jsonata(pass({ Output: "{% $.a %}" })),
    code: "UNSUPPORTED_JSONATA_EXPRESSION",
    location: at("Output"),
  },
  {
    title: "the root context item",
    definition: jsonata(pass({ Output: "{% $states.input.($$.a) %}" })),
    code: "UNSUPPORTED_JSONATA_EXPRESSION",
    location: at("Output"),
  },
  {
    title: "a result before there is one",
    definition: jsonata(task({ Arguments: "{% $states.result %}" })),
    code: "UNSUPPORTED_JSONATA_EXPRESSION",
    location: at("Arguments"),
  },
  {
    title: "an error output outside a catcher",
    definition: jsonata(task({ Output: "{% $states.errorOutput.Cause %}" })),
    code: "UNSUPPORTED_JSONATA_EXPRESSION",
    location: at("Output"),
  },
  { title: "a variable called states", definition: around(pass({ Assign: { states: 1 } })), location: at("Assign") },
  {
    title: "a variable that is no identifier",
    definition: around(pass({ Assign: { "a-b": 1 } })),
    location: at("Assign"),
  },
  {
    title: "a variable of 81 characters",
    definition: jsonata(pass({ Assign: { ["v".repeat(81)]: 1 } })),
    location: at("Assign"),
  },
  {
    title: "a fault in what is assigned",
    definition: around(pass({ Assign: { "v.$": "States.Nope()" } })),
    location: at("Assign"),
  },
  ...(
    [
      [pass({ Assign: { v: 1, w: 1 } }), "Assign"],
      [pass({ Assign: { "v.$": "$.x" } }), "Assign"],
      [{ ...choice({ Variable: "$.x", IsNull: true, Next: "E", Assign: { v: 1 } }) }, "Choices[0]/Assign"],
    ] as const
  ).flatMap(([innermost, place]) =>
    [{}, { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } }].map(
      (mode): BadDefinition => ({
        title: `a variable of an outer scope in ${place} (${JSON.stringify({ ...innermost, ...mode })})`,
        // What leads to E in each.
        definition: around(assigningWithin("v", leadingTo("E", innermost), mode)),
        location: `${at("ItemProcessor/States/I/Branches[0]/States/B")}/${place}`,
        message: "The variable 'v' is assigned in an outer scope, and cannot be assigned in an inner one",
      }),
    ),
  ),
];

export const badInExpress: readonly BadDefinition[] = [
  { title: "a distributed Map", type: "EXPRESS", definition: around(distributed()), location: at() },
  {
    title: "a job that is waited for",
    type: "EXPRESS",
    definition: around(
      task({ Resource: "arn:aws:states:::states:startExecution.sync:2", Parameters: { StateMachineArn: "x" } }),
    ),
    location: at("Resource"),
    message: "Express state machine does not support '.sync' service integration",
  },
  {
    title: "a callback",
    type: "EXPRESS",
    definition: around(
      task({ Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters: { FunctionName: "f" } }),
    ),
    location: at("Resource"),
    // The blank at its end was recorded from AWS (LocalStack's snapshots, July 2024 and October 2025).
    message: "Express state machine does not support '.waitForTaskToken' service integration ",
  },
  {
    title: "an activity",
    type: "EXPRESS",
    definition: around(task({ Resource: "arn:aws:states:us-east-1:111111111111:activity:a" })),
    location: at("Resource"),
  },
  {
    title: "a callback in Express children",
    definition: around(
      map({
        ItemProcessor: processor({
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
          States: {
            I: task({ Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken", Parameters: { FunctionName: "f" } }),
          },
        }),
      }),
    ),
    location: at("ItemProcessor/States/I/Resource"),
  },
];
