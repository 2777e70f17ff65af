/** Definitions of state machines with one change or two: what is accepted starts, and nothing throws. */

import {
  compileStateMachine,
  Interpreter,
  isAcceptable,
  memoryObjectStore,
  timeSkippingClock,
  validateDefinition,
} from "../../../../shared/asl/index.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { DEFINITIONS } from "../definitions.ts";
import type { Random } from "../random.ts";

/** Definitions that one trial makes: a trial of its own costs more than a definition does. */
const PER_TRIAL = 200;
const MOST_EVENTS = 300;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
interface Place {
  readonly holder: Json[] | { [name: string]: Json };
  readonly key: string;
}

export const definitions: Campaign = {
  name: "definitions",
  about: "definitions of state machines, changed: what is accepted starts (200 a trial)",
  count: 1_500,
  secondsPerTrial: 120,
  open: async () => ({ attempt, close: async () => {} }),
};

async function attempt({ random }: Trial): Promise<TrialResult> {
  const problems: string[] = [];
  let accepted = 0;
  for (let made = 0; made < PER_TRIAL; made += 1) {
    const definition = changed(random);
    const problem = await faultOf(definition, () => {
      accepted += 1;
    });
    if (problem !== undefined) problems.push(`${problem}: ${JSON.stringify(definition)}`);
  }
  return { kind: "changed", problems, measures: { "accepted of 200": accepted } };
}

async function faultOf(definition: Json, accept: () => void): Promise<string | undefined> {
  let stage = "validation throws";
  try {
    if (!isAcceptable(validateDefinition(definition))) return undefined;
    accept();
    stage = "accepted, and cannot be compiled";
    const machine = compileStateMachine(definition as never);
    stage = "accepted, and its execution throws";
    const interpreter = new Interpreter({
      clock: timeSkippingClock(),
      objects: memoryObjectStore([{ bucket: "b", key: "k", body: "[1,2]" }]),
      maxHistoryEvents: MOST_EVENTS,
      resolver: { run: ({ input }) => input },
    });
    await interpreter.run(machine, { list: [1, { a: 2 }], n: 1, s: "x", o: { p: [] } });
    return undefined;
  } catch (error) {
    return `${stage} (${error instanceof Error ? error.message : String(error)})`;
  }
}

function changed(random: Random): Json {
  const definition = structuredClone(random.pick(DEFINITIONS)) as Json;
  for (let left = random.between(1, 2); left > 0; left -= 1) change(random, definition);
  return definition;
}

function change(random: Random, definition: Json): void {
  const places = placesIn(definition);
  if (places.length === 0) return;
  const { holder, key } = random.pick(places);
  const fields = holder as { [name: string]: Json };
  const other = random.pick(places);
  switch (random.below(7)) {
    case 0:
      delete fields[key];
      if (Array.isArray(holder)) holder.splice(0, holder.length, ...holder.filter((item) => item !== undefined));
      break;
    case 1:
      fields[key] = structuredClone((other.holder as { [name: string]: Json })[other.key] ?? null);
      break;
    case 2:
      fields[Array.isArray(holder) ? key : other.key] = structuredClone(fields[key] ?? null);
      break;
    case 3:
      fields[Array.isArray(holder) ? key : random.pick(NAMES)] = structuredClone(random.pick(VALUES));
      break;
    case 4:
      if (typeof fields[key] === "string") fields[key] = misspelt(random, fields[key]);
      break;
    default:
      fields[key] = structuredClone(random.pick(VALUES));
  }
}

function placesIn(value: Json): Place[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    { holder: value, key },
    ...placesIn((value as { [name: string]: Json })[key] ?? null),
  ]);
}

function misspelt(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const rest = random.isTrue() ? text.slice(at + 1) : text.slice(at);
  return text.slice(0, at) + (random.isTrue() ? random.pick([..."'\"$.[](){}%@?*:-,& 0a\\\u0000é"]) : "") + rest;
}

// biome-ignore format: a list of words
const NAMES = [
  "Type", "Next", "End", "Default", "Choices", "Retry", "Catch", "Parameters", "Arguments", "Output", "Assign", "InputPath",
  "OutputPath", "ResultPath", "ResultSelector", "ItemsPath", "Items", "ItemReader", "ItemBatcher", "ItemSelector", "ResultWriter",
  "MaxConcurrency", "MaxConcurrencyPath", "ToleratedFailureCount", "ToleratedFailurePercentage", "Label", "Seconds", "SecondsPath",
  "Timestamp", "TimestampPath", "Error", "ErrorPath", "Cause", "CausePath", "Credentials", "TimeoutSeconds", "TimeoutSecondsPath",
  "HeartbeatSeconds", "QueryLanguage", "Comment", "x.$", "x", "Iterator", "ItemProcessor", "ProcessorConfig", "Branches", "Result",
  "Variable", "Condition", "And", "Or", "Not", "StringMatches", "NumericEqualsPath", "IsPresent", "__proto__", "constructor", "",
];

// biome-ignore format: a list of values
const VALUES: readonly Json[] = [
  null, true, false, 0, 1, -1, 1.5, 1e21, "", " ", "$", "$$", "$.list", "$.n", "$.list[*]", "$.list[?(@.a==2)]", "$.list[(@.length-1)]",
  "$..a", "$x", "$$.Execution.Id", " States.UUID()", "States.UUID()", "States.Array($.n, 1)", "States.Format('{}', $.s)", "{% 1 %}",
  "{% $states.input.n ?? 1 %}", "{% $states.result %}", "{% ( %}", "{%%}", "{% $x := 1 %}", "{% function($a){$a} %}", "A", "B",
  "arn:aws:states:::lambda:invoke", "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:states:::s3:getObject",
  "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "JSONata", "JSONPath", "DISTRIBUTED", "INLINE", "EXPRESS", "STANDARD", "Pass",
  "Task", "Map", "Choice", "2024-01-01T00:00:00Z", "9999-99-99", [], {}, [[]], ["A"], ["States.ALL"], { "a.$": "$.n" }, { a: "{% 1 %}" },
  { RoleArn: "x" }, { StartAt: "I", States: { I: { Type: "Pass", End: true } } }, [{}], [null],
];
