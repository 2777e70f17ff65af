import { isObject, plainJson } from "../../asl/engine.ts";
import { parsePayload, parseResource, UNNAMED_STATE } from "../../asl/index.ts";
import { arnOf, type Place } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import type { JsonObject } from "../machines/definition-search.ts";
import type { Subject } from "./subject.ts";

type FieldCheck = "any" | "string" | "number" | "timestamp" | { readonly [field: string]: FieldCheck };

/** The fields a context object may have (developer guide: Context object); `Map` is of items, and is refused. */
const allowed: FieldCheck = {
  Execution: {
    Id: "string",
    Input: "any",
    Name: "string",
    RoleArn: "string",
    StartTime: "timestamp",
    RedriveCount: "number",
    RedriveTime: "timestamp",
  },
  State: { Name: "string", EnteredTime: "timestamp", RetryCount: "number" },
  StateMachine: { Id: "string", Name: "string" },
  Task: { Token: "string" },
};

/**
 * The context object a request gives.
 * @throws ServiceError `ValidationException`
 */
export function readContext(text: string, subject: Subject, input: unknown): JsonObject {
  const context = parse(text);
  if ("Map" in context) throw invalidContext("'Map' field is not supported when mocking a Context object");
  check(plainJson(context), allowed, "");
  if ("Task" in context && !waitsForOthers(subject.state)) {
    const where = "when state is not a Task state with a '.sync' or '.waitForTaskToken' service integration pattern";
    throw invalidContext(`Context object contains 'Task' ${where}`);
  }
  return { ...context, ...itemOf(subject, input) };
}

/** A state within a Map has its input as the item, the first one (AWS's agent toolkit: Testing Map states). */
const itemOf = ({ isOfItem }: Subject, input: unknown) =>
  isOfItem ? { Map: { Item: { Index: 0, Value: input } } } : {};

function parse(text: string): JsonObject {
  try {
    const context: unknown = parsePayload(text);
    if (isObject(context)) return context;
  } catch {
    // Told below.
  }
  throw invalidContext("Context object must be a JSON object");
}

function check(value: unknown, expected: FieldCheck, place: string): void {
  if (expected === "any") return;
  if (expected === "timestamp") {
    if (typeof value !== "string" || Number.isNaN(Date.parse(value))) {
      throw invalidContext(`${place} must be a valid ISO 8601 timestamp`);
    }
  } else if (typeof expected === "string") {
    const article = expected === "number" ? "a number" : "a string";
    if (typeof value !== expected) throw invalidContext(`${place} must be ${article}`);
  } else {
    if (typeof value !== "object" || value === null) throw invalidContext(`${place} must be an object`);
    for (const [field, inner] of Object.entries(value)) {
      const fieldCheck = expected[field];
      if (fieldCheck === undefined) throw invalidContext(`Field '${field}' is not allowed`);
      check(inner, fieldCheck, place === "" ? field : `${place}.${field}`);
    }
  }
}

function waitsForOthers(state: JsonObject): boolean {
  return state.Type === "Task" && parseResource(String(state.Resource)).pattern !== "RequestResponse";
}

function invalidContext(why: string) {
  return refusals.invalid(`Invalid Context object provided: ${why}`);
}

const retriable: readonly unknown[] = ["Task", "Map", "Parallel"];

/**
 * The context object where the request gives none: that of an execution made up for the test. Its state has AWS's name for
 * one without a name, whatever the request says.
 */
export function defaultContext(
  subject: Subject,
  input: unknown,
  roleArn: string | undefined,
  place: Place,
  now: number,
) {
  const { state } = subject;
  const machine = crypto.randomUUID();
  const execution = crypto.randomUUID();
  const time = new Date(now).toISOString();
  return {
    Execution: {
      Id: arnOf(place, "express", machine, execution),
      Input: input,
      Name: execution,
      RoleArn: roleArn ?? null,
      StartTime: time,
    },
    StateMachine: { Id: arnOf(place, "stateMachine", machine), Name: machine },
    State: { Name: UNNAMED_STATE, EnteredTime: time, ...(retriable.includes(state.Type) ? { RetryCount: 0 } : {}) },
    ...(waitsForOthers(state) ? { Task: { Token: crypto.randomUUID() } } : {}),
    ...itemOf(subject, input),
  };
}
