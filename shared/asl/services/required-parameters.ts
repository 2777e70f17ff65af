/** What a call cannot do without, by `service:action`. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "lambda:invoke": ["FunctionName"],
  "sqs:sendMessage": ["QueueUrl", "MessageBody"],
  "sns:publish": ["Message"],
  "dynamodb:getItem": ["TableName", "Key"],
  "dynamodb:putItem": ["TableName", "Item"],
  "dynamodb:updateItem": ["TableName", "Key"],
  "dynamodb:deleteItem": ["TableName", "Key"],
  "events:putEvents": ["Entries"],
  "states:startExecution": ["StateMachineArn"],
  "batch:submitJob": ["JobDefinition", "JobName", "JobQueue"],
  "ecs:runTask": ["TaskDefinition"],
  "glue:startJobRun": ["JobName"],
  "http:invoke": ["ApiEndpoint", "Method"],
};

/** The parameters that an integration of its own cannot do without, as Step Functions checks them itself. */
export function requiredParameters(resource: { readonly service: string; readonly action: string }): readonly string[] {
  const name = `${resource.service}:${resource.action}`;
  return Object.hasOwn(REQUIRED, name) ? REQUIRED[name]! : [];
}
