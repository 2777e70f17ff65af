import { parseResource } from "../../asl/index.ts";
import { refusals } from "../api/errors.ts";
import { RESPONSE_SHAPES } from "./response-shapes.ts";

/** How strictly a mocked result is held against the API's model: all of it, what is there of it, or not at all. */
export type ValidationMode = "STRICT" | "PRESENT" | "NONE";

interface Answers {
  readonly outputs: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, string>>;
}

/** Optimised integrations that answer as an API does, and which. */
const APIS: Readonly<Record<string, string>> = {
  batch: "batch",
  dynamodb: "dynamodb",
  events: "eventbridge",
  lambda: "lambda",
  sns: "sns",
  sqs: "sqs",
  states: "sfn",
};

const read = new Map<string, Answers | undefined>();

/**
 * A mocked result has the types that the API's model has for it, and in the strict mode all that is required. What the
 * model does not have may be there. Results of jobs and callbacks, and of services that are not known here, may be anything.
 *
 * @throws ServiceError `ValidationException`, in AWS's words
 */
export function checkFields(arn: string, result: unknown, mode: ValidationMode): void {
  if (mode === "NONE" || typeof result !== "object" || result === null) return;
  const { service, action, pattern, family } = parseResource(arn);
  if (family !== "Task" || pattern !== "RequestResponse") return;
  const answers = answersOf(service.startsWith("aws-sdk:") ? service.slice("aws-sdk:".length) : APIS[service]);
  const shape = answers !== undefined && Object.hasOwn(answers.outputs, action) ? answers.outputs[action] : undefined;
  if (shape !== undefined) check(answers!.shapes, shape, result, "", mode);
}

function answersOf(api: string | undefined): Answers | undefined {
  if (api === undefined || !Object.hasOwn(RESPONSE_SHAPES, api)) return undefined;
  if (!read.has(api)) read.set(api, JSON.parse(RESPONSE_SHAPES[api]!) as Answers);
  return read.get(api);
}

function check(shapes: Answers["shapes"], name: string, value: unknown, field: string, mode: ValidationMode): void {
  const shape = shapes[name]!;
  const inner = shape.slice(1);
  if (shape.startsWith("{")) {
    if (!isRecord(value)) throw fault(field, "must be an object");
    for (const member of inner === "" ? [] : inner.split(",")) {
      const [key = "", type = ""] = member.split(":");
      const own = key.replace("!", "");
      if (Object.hasOwn(value, own)) check(shapes, type, value[own], own, mode);
      else if (mode === "STRICT" && own !== key) {
        throw refusals.invalid(`Mock result schema validation error: Required field '${own}' is missing`);
      }
    }
  } else if (shape.startsWith("[")) {
    if (!Array.isArray(value)) throw fault(field, "must be an array");
    for (const item of value) check(shapes, inner, item, field, mode);
  } else if (shape.startsWith("<")) {
    if (!isRecord(value)) throw fault(field, "must be an object");
    for (const item of Object.values(value)) check(shapes, inner, item, field, mode);
  } else checkScalar(shape, value, field);
}

function checkScalar(shape: string, value: unknown, field: string): void {
  const [, type = "", words, least, most] = /^(\w+)(?:=(.*)| ([\d.-]*)\.\.([\d.-]*))?$/.exec(shape) ?? [];
  const expected = SCALARS[type];
  if (expected === undefined) return;
  if (typeof value !== expected) throw fault(field, `must be a ${expected}`);
  if (words !== undefined && !words.split("|").includes(value as string))
    throw fault(field, "is not an expected value");
  const isText = expected === "string";
  const size = isText ? (value as string).length : (value as number);
  if (least && size < Number(least))
    throw fault(field, isText ? "is smaller than the minimum length" : "is less than the minimum value");
  if (most && size > Number(most))
    throw fault(field, isText ? "exceeds the maximum length" : "exceeds the maximum value");
}

/** What JSON has for a type of the models. */
const SCALARS: Readonly<Record<string, "string" | "number" | "boolean">> = {
  string: "string",
  timestamp: "string",
  blob: "string",
  integer: "number",
  long: "number",
  float: "number",
  double: "number",
  boolean: "boolean",
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fault = (field: string, what: string) =>
  refusals.invalid(`Mock result schema validation error: Field '${field}' ${what}`);
