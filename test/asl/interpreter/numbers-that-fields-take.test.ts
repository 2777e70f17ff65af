import { describe, expect, it } from "vitest";
import { memoryObjectStore } from "../../../shared/asl/index.ts";
import { run, typesOf } from "./running.ts";

type Fields = Readonly<Record<string, unknown>>;

/*
 * What a row rests on: `recorded` is a cause or a course that AWS was seen to give (snapshots of LocalStack, recorded
 * against AWS from 2023 to 2024); `neighbour` has the words that AWS was seen to use for another field, or for another
 * value of the same; `guide` says only that the number is refused, in words of our own.
 */
type Source = "recorded" | "neighbour" | "guide";

const processor = { StartAt: "I", States: { I: { Type: "Pass", End: true } } };
const distributed = { ...processor, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };
const bigMap = (more: Fields): Fields => ({ Type: "Map", ItemProcessor: distributed, ItemsPath: "$.list", ...more });
const reader = (more: Fields): Fields => ({
  Type: "Map",
  ItemProcessor: distributed,
  ItemReader: {
    Resource: "arn:aws:states:::s3:getObject",
    ReaderConfig: { InputType: "JSON", ...more },
    Parameters: { Bucket: "b", Key: "numbers.json" },
  },
});

/** A state for each field that takes a number from a path. */
const states: Readonly<Record<string, Fields>> = {
  SecondsPath: { Type: "Wait", SecondsPath: "$.n" },
  TimestampPath: { Type: "Wait", TimestampPath: "$.n" },
  TimeoutSecondsPath: { Type: "Task", Resource: "f", TimeoutSecondsPath: "$.n" },
  HeartbeatSecondsPath: { Type: "Task", Resource: "f", HeartbeatSecondsPath: "$.n" },
  MaxConcurrencyPath: { Type: "Map", ItemProcessor: processor, ItemsPath: "$.list", MaxConcurrencyPath: "$.n" },
  ToleratedFailureCountPath: bigMap({ ToleratedFailureCountPath: "$.n" }),
  ToleratedFailurePercentagePath: bigMap({ ToleratedFailurePercentagePath: "$.n" }),
  MaxItemsPath: reader({ MaxItemsPath: "$.n" }),
  MaxItemsPerBatchPath: bigMap({ ItemBatcher: { MaxItemsPerBatchPath: "$.n" } }),
  MaxInputBytesPerBatchPath: bigMap({ ItemBatcher: { MaxInputBytesPerBatchPath: "$.n" } }),
};

async function give(state: Fields, input: unknown, top: Fields = {}) {
  const objects = memoryObjectStore();
  await objects.put("b", "numbers.json", Buffer.from("[10, 20, 30]"));
  return await run({ S: { ...state, End: true } }, input, { f: () => "done" }, { objects, top });
}

const inState = (what: string): string =>
  `An error occurred while executing the state 'S' (entered at the event id #2). ${what}`;

const notA = (field: string, shown: string, kind = "integer"): string =>
  `The ${field} field refers to value "${shown}" which is not a valid ${kind}: $.n`;

describe("a number that a path selects", () => {
  const rows: readonly (readonly [field: string, value: unknown, cause: string, source: Source])[] = [
    ["SecondsPath", -3, "The SecondsPath parameter references a negative value: $.n == -3", "recorded"],
    ["SecondsPath", -2.5, "The SecondsPath parameter cannot be parsed as a long value: $.n == -2.5", "recorded"],
    ["SecondsPath", "4", "The SecondsPath parameter cannot be parsed as a long value: $.n == 4", "neighbour"],
    ["SecondsPath", { s: 4 }, "The SecondsPath parameter cannot be parsed as a long value: $.n == {s=4}", "neighbour"],
    ["TimeoutSecondsPath", 0, "TimeoutSeconds must be positive.", "guide"],
    ["TimeoutSecondsPath", "soon", notA("TimeoutSecondsPath", "soon"), "neighbour"],
    ["TimeoutSecondsPath", null, notA("TimeoutSecondsPath", "null"), "neighbour"],
    ["HeartbeatSecondsPath", -5, "HeartbeatSeconds must be positive.", "guide"],
    ["HeartbeatSecondsPath", 1.5, notA("HeartbeatSecondsPath", "1.5"), "neighbour"],
    // AWS was seen to begin the execution and then to do nothing for as long as anybody looked.
    ["MaxConcurrencyPath", -7, "MaxConcurrency cannot be negative.", "neighbour"],
    ["MaxConcurrencyPath", {}, notA("MaxConcurrencyPath", "{}"), "recorded"],
    ["MaxConcurrencyPath", { a: 1, b: "two" }, notA("MaxConcurrencyPath", "{a=1, b=two}"), "neighbour"],
    ["ToleratedFailureCountPath", -7, "ToleratedFailureCount cannot be negative.", "recorded"],
    ["ToleratedFailureCountPath", {}, notA("ToleratedFailureCountPath", "{}"), "recorded"],
    ["ToleratedFailureCountPath", "all", notA("ToleratedFailureCountPath", "all"), "recorded"],
    ["ToleratedFailurePercentagePath", -0.5, "ToleratedFailurePercentage must be between 0 and 100.", "recorded"],
    ["ToleratedFailurePercentagePath", 100.5, "ToleratedFailurePercentage must be between 0 and 100.", "recorded"],
    ["ToleratedFailurePercentagePath", {}, notA("ToleratedFailurePercentagePath", "{}", "float"), "recorded"],
    ["MaxItemsPath", 2.5, notA("MaxItemsPath", "2.5"), "recorded"],
    ["MaxItemsPath", [1, "a"], notA("MaxItemsPath", "[1, a]"), "neighbour"],
    ["MaxItemsPerBatchPath", -1, "MaxItemsPerBatch cannot be negative.", "neighbour"],
    ["MaxItemsPerBatchPath", true, notA("MaxItemsPerBatchPath", "true"), "neighbour"],
    ["MaxInputBytesPerBatchPath", -1, "MaxInputBytesPerBatch cannot be negative.", "neighbour"],
  ];

  it.each(rows)("%s: %j fails the execution: %s (%s)", async (field, n, cause) => {
    const { status, error, cause: found } = await give(states[field]!, { n, list: [1] });
    expect({ status, error, cause: found }).toEqual({
      status: "FAILED",
      error: "States.Runtime",
      cause: inState(cause),
    });
  });

  it("of MaxItemsPath, if negative, is the reader's failure once the Map Run has begun (recorded)", async () => {
    const { error, cause, history } = await give(states.MaxItemsPath!, { n: -2 });
    expect({ error, cause }).toEqual({ error: "States.ItemReaderFailed", cause: "field MaxItems must be positive" });
    expect(typesOf(history).slice(2)).toEqual([
      "MapStateStarted",
      "MapRunStarted",
      "MapRunFailed",
      "MapStateFailed",
      "ExecutionFailed",
    ]);
    expect(history.slice(-3).map(({ previousEventId }) => previousEventId)).toEqual([4, 5, 6]);
  });

  it("of MaxItemsPath may be past what a literal may say, and zero, which is no limit (recorded)", async () => {
    for (const n of [0, 100_000_005]) {
      expect(await give(states.MaxItemsPath!, { n })).toMatchObject({ output: [10, 20, 30] });
    }
  });

  it.each(Object.keys(states).filter((field) => field !== "TimestampPath"))(
    "%s takes a whole number",
    async (field) => {
      expect(await give(states[field]!, { n: 2, list: [1] })).toMatchObject({ status: "SUCCEEDED" });
    },
  );
});

describe("a number that an expression gives", () => {
  const timed = (fields: Fields): Fields => ({ Type: "Task", Resource: "f", ...fields });
  const rows: readonly (readonly [state: Fields, cause: string, source: Source])[] = [
    [{ Type: "Wait", Seconds: "{% -3 %}" }, "The Seconds field references a negative value: -3", "neighbour"],
    [{ Type: "Wait", Seconds: "{% 2.5 %}" }, "The Seconds field cannot be parsed as a long value: 2.5", "neighbour"],
    [timed({ TimeoutSeconds: "{% 0 %}" }), "TimeoutSeconds must be positive.", "guide"],
    [timed({ HeartbeatSeconds: "{% -1 %}" }), "HeartbeatSeconds must be positive.", "guide"],
    [timed({ TimeoutSeconds: "{% 1.5 %}" }), "The TimeoutSeconds field is not a valid integer: 1.5", "guide"],
  ];

  it.each(rows)("%j fails the state: %s (%s)", async (state, cause) => {
    const { error, cause: found } = await give(state, {}, { QueryLanguage: "JSONata" });
    expect({ error, cause: found }).toEqual({ error: "States.QueryEvaluationError", cause: inState(cause) });
  });
});

describe("an expression whose value is a function", () => {
  const wanted = (text: string, field: string): string =>
    inState(`The JSONata expression '${text}' specified for the field '${field}' returned an unsupported result type.`);
  const rows: readonly (readonly [text: string, state: Fields, field: string, source: Source])[] = [
    ["function($y) { $y }", { Type: "Map", ItemProcessor: processor }, "Items", "recorded"],
    ["$f := function($y) { $y }", { Type: "Map", ItemProcessor: processor }, "Items", "recorded"],
    ["$sum", { Type: "Pass" }, "Output", "neighbour"],
    ["/a+/", { Type: "Pass" }, "Output", "neighbour"],
    ["function($y) { $y }", { Type: "Wait" }, "Seconds", "neighbour"],
  ];

  it.each(rows)("%s fails the state (%j, %s; %s)", async (text, state, field) => {
    const { error, cause } = await give({ ...state, [field]: `{% ${text} %}` }, {}, { QueryLanguage: "JSONata" });
    expect({ error, cause }).toEqual({ error: "States.QueryEvaluationError", cause: wanted(text, field) });
  });

  it("is said the same where it is evaluated apart", async () => {
    const text = "$match('aab', /(a+)+$/) ~> function($y) { $sum }";
    const { cause } = await give({ Type: "Pass", Output: `{% ${text} %}` }, {}, { QueryLanguage: "JSONata" });
    expect(cause).toBe(wanted(text, "Output"));
  });
});
