import { isObject, type JsonObject } from "../query/json.ts";
import { isExpression } from "../query/jsonata/parse.ts";
import { isIntegration } from "../services/integrations.ts";
import { requiredParameters } from "../services/required-parameters.ts";
import { jsonataTemplate } from "./expressions.ts";
import { payloadTemplate } from "./paths.ts";
import { type Check, type CheckScope, fieldAt, reject } from "./shape.ts";

const arnPattern = /^arn:(?<partition>[\w-]+):(?<service>[\w-]+):(?<region>[^:]*):(?<account>[^:]*):(?<rest>.+)$/s;
const integrationPattern =
  /^(?<service>(?:aws-sdk:)?[\w-]+):(?<action>\w+)(?<pattern>\.sync(?::2)?|\.waitForTaskToken)?$/;

interface Integration {
  readonly service: string;
  readonly action: string;
  readonly pattern: string;
}

/** The parts of a service integration's ARN, `arn:<partition>:states:::<service>:<action><pattern>`. */
function integrationOf(resource: unknown): Integration | undefined {
  const arn = arnPattern.exec(String(resource))?.groups;
  if (arn === undefined || arn.service !== "states" || arn.region !== "" || arn.account !== "") return undefined;
  const parts = integrationPattern.exec(arn.rest!)?.groups;
  return parts && { service: parts.service!, action: parts.action!, pattern: parts.pattern ?? "" };
}

/** The resource of a Task: a Lambda function, an activity or a service integration. */
export const taskResource: Check = (value, location, scope) => {
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
  else if (!arnPattern.test(value)) checkName(value, location, scope);
  else if (isUnknown(value)) {
    const reason = "The value is not a valid resource ARN, or the resource is not available in this region.";
    reject(scope, `The resource provided ${value} is not recognized. ${reason}`, location);
  } else if (scope.machineType === "EXPRESS") checkExpress(value, location, scope);
};

/** Names that are no ARNs are of use where tasks are handlers of one's own; in AWS they would not run. */
function checkName(name: string, location: string, scope: CheckScope): void {
  const severity = name === "" || name.startsWith("arn:") ? "ERROR" : "WARNING";
  scope.report({ severity, code: "INVALID_RESOURCE", message: "Value is not a valid resource ARN", location });
}

function isUnknown(arn: string): boolean {
  if (!/^arn:[\w-]+:states:::/.test(arn)) return !/^arn:[\w-]+:(?:states|lambda):/.test(arn);
  const integration = integrationOf(arn);
  return integration === undefined || !isIntegration(integration.service, integration.action, integration.pattern);
}

/** Express workflows neither wait for jobs nor for callbacks, and have no activities. */
function checkExpress(arn: string, location: string, scope: CheckScope): void {
  const pattern = integrationOf(arn)?.pattern;
  if (pattern) {
    // The blank at the end of the one sentence is AWS's.
    const name = pattern.startsWith(".sync") ? "'.sync' service integration" : `'${pattern}' service integration `;
    reject(scope, `Express state machine does not support ${name}`, location);
  } else if (/^arn:[\w-]+:states:[^:]+:[^:]*:activity:/.test(arn)) {
    reject(scope, "Express state machine does not support Activity ARN", location);
  }
}

/** The input of a service integration names what the service's call requires. */
export const hasRequiredParameters: Check = (value, location, scope) => {
  if (!isObject(value)) return;
  const integration = integrationOf(value.Resource);
  if (integration === undefined || isUnknown(String(value.Resource))) return;
  const field = scope.language === "JSONPath" ? "Parameters" : "Arguments";
  const parameters = value[field];
  if (isExpression(parameters) || (parameters !== undefined && !isObject(parameters))) return;
  for (const name of requiredParameters(integration)) {
    if (!hasParameter(parameters ?? {}, name, scope)) {
      reject(scope, `The field '${name}' is required but was missing`, fieldAt(location, field));
    }
  }
};

function hasParameter(parameters: JsonObject, name: string, { language }: CheckScope): boolean {
  return name in parameters || (language === "JSONPath" && `${name}.$` in parameters);
}

/** The role a Task takes on. Which other fields the object has is left alone, as AWS does; what they say must be readable. */
export const credentials: Check = (value, location, scope) => {
  if (isExpression(value) && scope.language === "JSONata") jsonataTemplate(value, location, scope);
  else if (!isObject(value)) reject(scope, "Expected value of type Object", location);
  else if (!hasParameter(value, "RoleArn", scope)) {
    reject(scope, "The field 'RoleArn' is required but was missing", location);
  } else (scope.language === "JSONPath" ? payloadTemplate : jsonataTemplate)(value, location, scope);
};

/** A heartbeat that is not shorter than the timeout could never be missed first. */
export const heartbeatIsShorter: Check = (value, location, scope) => {
  if (!isObject(value)) return;
  const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = value;
  if (typeof heartbeat === "number" && typeof timeout === "number" && heartbeat >= timeout) {
    reject(scope, "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", fieldAt(location, "HeartbeatSeconds"));
  }
};

/** Where an ItemReader reads from. */
export const itemReaderResource = oneOfResources("s3:getObject", "s3:listObjectsV2");

/** Where a ResultWriter writes to. */
export const putObjectResource = oneOfResources("s3:putObject");

function oneOfResources(...allowed: readonly string[]): Check {
  return (value, location, scope) => {
    const integration = integrationOf(value);
    if (integration && allowed.includes(`${integration.service}:${integration.action}`)) return;
    const examples = allowed.map((name) => `arn:<partition>:states:::${name}`).join(", ");
    reject(scope, `The field 'Resource' does not match any of the allowed values. Examples: [${examples}]`, location);
  };
}
