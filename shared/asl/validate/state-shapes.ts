import { isObject } from "../query/json.ts";
import { variables } from "./assignments.ts";
import { choiceRule } from "./choice-shapes.ts";
import { catchers, retriers } from "./error-shapes.ts";
import { jsonataTemplate } from "./expressions.ts";
import { itemBatcher, itemReader, label, resultWriter, suitsItsMode } from "./map-shapes.ts";
import { itemsPath, pathOrIntrinsic, payloadTemplate, resultPath, scalarPath, statePath } from "./paths.ts";
import { credentials, hasRequiredParameters, heartbeatIsShorter, taskResource } from "./resources.ts";
import { type Check, type Field, reject, type Shape } from "./shape.ts";
import { anything, boolean, decimal, integer, listOf, orExpression, string, timestamp, word } from "./values.ts";

type Fields = Readonly<Record<string, Field>>;

const longestSeconds = 99_999_999;

/** In what a state does with its result, `$states.result` may be read. */
const ofResult =
  (check: Check): Check =>
  (value, location, scope) =>
    check(value, location, { ...scope, statesScope: "result" });

const everyState: Fields = {
  Type: { check: string, required: true },
  Comment: { check: string },
  QueryLanguage: { check: word("JSONPath", "JSONata") },
};

const transition: Fields = {
  Next: { check: string },
  End: { check: boolean },
};

const inputAndOutput: Fields = {
  InputPath: { check: statePath, only: "JSONPath" },
  OutputPath: { check: statePath, only: "JSONPath" },
  Output: { check: jsonataTemplate, only: "JSONata" },
};

const assign: Fields = {
  Assign: { check: variables },
};

/** What states with a result share: Task, Parallel and Map. */
const work: Fields = {
  ...transition,
  InputPath: { check: statePath, only: "JSONPath" },
  OutputPath: { check: statePath, only: "JSONPath" },
  ResultPath: { check: resultPath, only: "JSONPath" },
  ResultSelector: { check: payloadTemplate, only: "JSONPath" },
  Output: { check: ofResult(jsonataTemplate), only: "JSONata" },
  Assign: { check: ofResult(variables) },
  Retry: { check: retriers },
  Catch: { check: catchers },
};

const task: Fields = {
  Resource: { check: taskResource, required: true },
  Parameters: { check: payloadTemplate, only: "JSONPath" },
  Arguments: { check: jsonataTemplate, only: "JSONata" },
  Credentials: { check: credentials },
  TimeoutSeconds: { check: orExpression(integer(1, longestSeconds)) },
  TimeoutSecondsPath: { check: scalarPath, only: "JSONPath" },
  HeartbeatSeconds: { check: orExpression(integer(1, longestSeconds)) },
  HeartbeatSecondsPath: { check: scalarPath, only: "JSONPath" },
};

const parallel: Fields = {
  Branches: { check: listOf(anything, { isNonEmpty: true }), required: true },
  Parameters: { check: payloadTemplate, only: "JSONPath" },
  Arguments: { check: jsonataTemplate, only: "JSONata" },
};

/** What is nested is checked as a machine of its own. `Iterator` and `Parameters` are the older names of `ItemProcessor` and `ItemSelector`. */
const map: Fields = {
  ItemProcessor: { check: anything },
  Iterator: { check: anything },
  ItemsPath: { check: itemsPath, only: "JSONPath" },
  Items: { check: items, only: "JSONata" },
  ItemSelector: { check: itemSelector },
  Parameters: { check: payloadTemplate, only: "JSONPath" },
  ItemReader: { check: itemReader },
  ItemBatcher: { check: itemBatcher },
  ResultWriter: { check: resultWriter },
  Label: { check: label },
  MaxConcurrency: { check: orExpression(integer(0)) },
  MaxConcurrencyPath: { check: scalarPath, only: "JSONPath" },
  ToleratedFailureCount: { check: orExpression(integer(0)) },
  ToleratedFailureCountPath: { check: scalarPath, only: "JSONPath" },
  ToleratedFailurePercentage: { check: orExpression(decimal(0, 100)) },
  ToleratedFailurePercentagePath: { check: scalarPath, only: "JSONPath" },
};

const wait: Fields = {
  Seconds: { check: orExpression(integer(0, longestSeconds)) },
  SecondsPath: { check: scalarPath, only: "JSONPath" },
  Timestamp: { check: orExpression(timestamp) },
  TimestampPath: { check: scalarPath, only: "JSONPath" },
};

const pass: Fields = {
  Result: { check: anything, only: "JSONPath" },
  ResultPath: { check: resultPath, only: "JSONPath" },
  Parameters: { check: payloadTemplate, only: "JSONPath" },
};

const choice: Fields = {
  Choices: { check: listOf(choiceRule, { isNonEmpty: true }), required: true },
  Default: { check: string },
};

const fail: Fields = {
  Error: { check: orExpression(string) },
  ErrorPath: { check: pathOrIntrinsic, only: "JSONPath" },
  Cause: { check: orExpression(string) },
  CausePath: { check: pathOrIntrinsic, only: "JSONPath" },
};

/**
 * What a state of each type may hold (ASL: Table of state types and fields), and which fields exclude each other; in the order
 * in which AWS names the types.
 */
export const stateShapes: Readonly<Record<string, Shape>> = {
  Task: {
    fields: { ...everyState, ...work, ...task },
    atMostOne: [
      ["TimeoutSeconds", "TimeoutSecondsPath"],
      ["HeartbeatSeconds", "HeartbeatSecondsPath"],
    ],
    rules: [goesOn, hasRequiredParameters, heartbeatIsShorter],
  },
  Wait: {
    fields: { ...everyState, ...transition, ...inputAndOutput, ...assign, ...wait },
    exactlyOne: [["Seconds", "SecondsPath", "Timestamp", "TimestampPath"]],
    rules: [goesOn],
  },
  Pass: { fields: { ...everyState, ...transition, ...inputAndOutput, ...assign, ...pass }, rules: [goesOn] },
  Succeed: { fields: { ...everyState, ...inputAndOutput } },
  Fail: {
    fields: { ...everyState, ...fail },
    atMostOne: [
      ["Error", "ErrorPath"],
      ["Cause", "CausePath"],
    ],
  },
  Choice: { fields: { ...everyState, ...inputAndOutput, ...assign, ...choice } },
  Parallel: { fields: { ...everyState, ...work, ...parallel }, rules: [goesOn] },
  Map: {
    fields: { ...everyState, ...work, ...map },
    atMostOne: [
      ["ItemSelector", "Parameters"],
      ["MaxConcurrency", "MaxConcurrencyPath"],
      ["ToleratedFailureCount", "ToleratedFailureCountPath"],
      ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
    ],
    exactlyOne: [["ItemProcessor", "Iterator"]],
    rules: [goesOn, suitsItsMode],
  },
};

function itemSelector(...[value, location, scope]: Parameters<Check>): void {
  (scope.language === "JSONPath" ? payloadTemplate : jsonataTemplate)(value, location, scope);
}

/** A list, an object whose fields are the items, or an expression that gives either. */
function items(...[value, location, scope]: Parameters<Check>): void {
  if (typeof value === "object" && value !== null) jsonataTemplate(value, location, scope);
  else orExpression(listOf(anything))(value, location, scope);
}

/** A state either names the next one or ends its machine. */
function goesOn(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value)) return;
  const isEnd = value.End === true;
  if (isEnd && "Next" in value)
    reject(scope, "There should only be one of the following fields: [Next, End]", location);
  if (!isEnd && !("Next" in value)) reject(scope, "One of the following fields is required: [Next, End]", location);
}
