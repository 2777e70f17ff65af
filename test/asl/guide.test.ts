import { describe, expect, it } from "vitest";
import { memoryObjectStore, parsePayload, stringifyExact } from "../../shared/asl/index.ts";
import { machineOf, run, type States } from "./interpreter/running.ts";

/*
 * Rows of the developer guide's pages for which no other test stands (docs/step-functions/). Where no recording is known, a
 * row shows what is done here, and the table says what it rests on.
 */
type Fields = Readonly<Record<string, unknown>>;

const inline = { StartAt: "I", States: { I: { Type: "Pass", End: true } } };
const distributed = { ...inline, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } };
const jsonata = { QueryLanguage: "JSONata" };
const objects = memoryObjectStore([
  { bucket: "b", key: "list.json", body: "[1,2,3]" },
  { bucket: "b", key: "wide.csv", body: `${"a".repeat(10_239)},b\n1,2\n` },
  { bucket: "b", key: "list.csv", body: "a\n1\n" },
]);

const give = (states: States, input: unknown = {}, top: Fields = {}) =>
  run(states, input, { f: (event: unknown) => event }, { objects, top });
const one = (state: Fields, input: unknown = {}, top: Fields = {}) => give({ S: { End: true, ...state } }, input, top);
const refusal = (states: States, top: Fields = {}): string => {
  try {
    machineOf(states, top);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

const reading = (config: Fields, Key: string, more: Fields = {}): Fields => ({
  Type: "Map",
  ItemProcessor: distributed,
  ItemReader: {
    Resource: "arn:aws:states:::s3:getObject",
    ReaderConfig: config,
    Parameters: { Bucket: "b", Key, ...more },
  },
});

describe("ItemReader", () => {
  it("reads JSON where it says nothing of the type", async () => {
    expect(await one(reading({}, "list.json"))).toMatchObject({ output: [1, 2, 3] });
  });

  it("reads the object's only version, whatever VersionId says", async () => {
    expect(await one(reading({}, "list.json", { VersionId: "v" }))).toMatchObject({ output: [1, 2, 3] });
  });

  it("takes headers of 10 KiB and no more", async () => {
    expect(await one(reading({ InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" }, "wide.csv"))).toMatchObject({
      error: "States.ItemReaderFailed",
      cause: "CSV headers cannot be larger than 10240 bytes.",
    });
  });

  it("does not read PARQUET, and says so", async () => {
    const { error, cause } = await one(reading({ InputType: "PARQUET" }, "list.json"));
    expect(error).toBe("States.ItemReaderFailed");
    expect(cause).toContain("it does not read PARQUET");
  });

  it("takes a delimiter and a pointer for files that have neither, without a use for them", async () => {
    expect(await one(reading({ InputType: "JSON", CSVDelimiter: "TAB" }, "list.json"))).toMatchObject({
      output: [1, 2, 3],
    });
    const csv = { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW", ItemsPointer: "/x" };
    expect(await one(reading(csv, "list.csv"))).toMatchObject({ output: [{ a: "1" }] });
  });

  it("has precedence over ItemsPath", async () => {
    const state = { ...reading({}, "list.json"), ItemsPath: "$.x" };
    expect(await one(state, { x: [9] })).toMatchObject({ output: [1, 2, 3] });
  });
});

describe("ItemsPath", () => {
  it("may start in the context object, or in a variable", async () => {
    const map = (ItemsPath: string) => ({ Type: "Map", ItemProcessor: inline, ItemsPath, End: true });
    expect(await give({ S: map("$$.Execution.Input.l") }, { l: [1] })).toMatchObject({ output: [1] });
    const assign = { Type: "Pass", Assign: { "v.$": "$.l" }, Next: "S" };
    expect(await give({ A: assign, S: map("$v") }, { l: [2] })).toMatchObject({ output: [2] });
  });
});

describe("what a Map cannot go over", () => {
  // Recorded of TestState (LocalStack's snapshots, December 2025); there an object was refused as well.
  it.each([
    ["$", undefined],
    ["$.n", "$.n"],
    ["$.Execution.Input.n", "$$.Execution.Input.n"],
  ])("is said in JSONPath by its path, %s", async (shown, ItemsPath) => {
    const { error, cause } = await one(
      { Type: "Map", ItemProcessor: inline, ...(ItemsPath === undefined ? {} : { ItemsPath }) },
      ItemsPath === undefined ? 7 : { n: 7 },
    );
    expect({ error, cause }).toEqual({
      error: "States.Runtime",
      cause: `Reference path "${shown}" must point to array.`,
    });
  });
});

describe("ItemSelector", () => {
  it("may be one expression", async () => {
    const ItemSelector = "{% $states.context.Map.Item.Value * 10 %}";
    const state = { Type: "Map", ItemProcessor: inline, Items: [1, 2], ItemSelector };
    expect(await one(state, {}, jsonata)).toMatchObject({ output: [10, 20] });
  });
});

describe("what the pages of Distributed Maps forbid", () => {
  const map = (fields: Fields): States => ({ S: { Type: "Map", ItemProcessor: distributed, End: true, ...fields } });
  const read = (Resource: string, ReaderConfig: Fields): States =>
    map({ ItemReader: { Resource: `arn:aws:states:::${Resource}`, ReaderConfig, Parameters: { Bucket: "b" } } });
  const rows: readonly (readonly [title: string, states: States, refused: string])[] = [
    ["another call of S3", read("s3:headObject", {}), "does not match any of the allowed values"],
    [
      "a type beside an inventory",
      read("s3:getObject", { ManifestType: "S3_INVENTORY", InputType: "CSV" }),
      "Field 'InputType' is not supported",
    ],
    ["more items than there may be", read("s3:getObject", { MaxItems: 100_000_001 }), "Maximum value is 100000000"],
    ["batches without a size", map({ ItemBatcher: { BatchInput: {} } }), "At least one of the following fields"],
    ["a writer that says nothing", map({ ResultWriter: {} }), "At least one of the following fields is required"],
    ["a selector under both of its names", map({ ItemSelector: {}, Parameters: {} }), "only be one of the following"],
    ["Items in JSONPath", map({ Items: [1] }), "only supported for the 'JSONata' QueryLanguage"],
  ];

  it.each(rows)("%s is refused", (_, states, refused) => {
    expect(refusal(states)).toContain(refused);
  });
});

describe("Items", () => {
  it("may be an object whose fields are the items", async () => {
    const state = { Type: "Map", ItemProcessor: inline, Items: { a: "{% 1 %}", b: 2 } };
    expect(await one(state, {}, jsonata)).toMatchObject({
      output: [
        { Key: "a", Value: 1 },
        { Key: "b", Value: 2 },
      ],
    });
  });

  it("may not be an expression that gives an object (recorded from AWS, November 2024)", async () => {
    const { cause } = await one({ Type: "Map", ItemProcessor: inline, Items: "{% {'a': 1} %}" }, {}, jsonata);
    expect(cause).toContain("Expected 'array', but was 'object'");
  });
});

describe("ItemBatcher", () => {
  const batches = async (ItemBatcher: Fields, more: Fields = {}) => {
    const { output } = await one({ Type: "Map", ItemProcessor: distributed, ItemBatcher, ...more }, ["a", "b", "c"]);
    return (output as { Items: unknown[] }[]).map(({ Items }) => Items);
  };

  it("takes fewer items than it may where the bytes would not suffice", async () => {
    expect(await batches({ MaxItemsPerBatch: 2 })).toEqual([["a", "b"], ["c"]]);
    expect(await batches({ MaxItemsPerBatch: 2, MaxInputBytesPerBatch: 18 })).toEqual([["a"], ["b"], ["c"]]);
  });

  it("puts together what ItemSelector gives", async () => {
    const ItemSelector = { "v.$": "$$.Map.Item.Value" };
    expect(await batches({ MaxItemsPerBatch: 3 }, { ItemSelector })).toEqual([[{ v: "a" }, { v: "b" }, { v: "c" }]]);
  });

  it("gives an item that is larger than a batch may be a batch of its own", async () => {
    const state = { Type: "Map", ItemProcessor: distributed, ItemBatcher: { MaxInputBytesPerBatch: 100 } };
    const { output } = await one(state, ["x".repeat(200), 1]);
    expect((output as { Items: unknown[] }[]).map(({ Items }) => Items.length)).toEqual([1, 1]);
  });

  it("takes zero items for no limit", async () => {
    const state = { Type: "Map", ItemProcessor: distributed, ItemBatcher: { MaxItemsPerBatch: 0 } };
    expect(await one(state, [1, 2])).toMatchObject({ output: [{ Items: [1, 2] }] });
  });
});

describe("error names", () => {
  const all = [{ ErrorEquals: ["States.ALL"], ResultPath: "$.e", Next: "Caught" }];
  const caught = { Type: "Succeed" };
  const parallel = (error: Fields): Fields => ({
    Type: "Parallel",
    Branches: [{ StartAt: "B", States: { B: error, N: { Type: "Succeed" } } }],
  });
  const failing = { StartAt: "B", States: { B: { Type: "Fail", Error: "Mine", Cause: "c" } } };

  it("of a branch that failed is the branch's own, which States.BranchFailed does not cover", async () => {
    const state = { Type: "Parallel", Branches: [failing], End: true };
    const branchFailed = [{ ErrorEquals: ["States.BranchFailed"], Next: "Caught" }];
    expect(await give({ S: { ...state, Catch: branchFailed }, Caught: caught })).toMatchObject({ error: "Mine" });
    expect(await give({ S: { ...state, Catch: all }, Caught: caught })).toMatchObject({
      output: { e: { Error: "Mine", Cause: "c" } },
    });
  });

  it("of a Choice that nothing matches is States.Runtime, which nothing catches (measured against AWS by floci)", async () => {
    const choice = { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "N" }] };
    const states = { S: { ...parallel(choice), Catch: all, End: true }, Caught: caught };
    expect(await give(states, { n: 2 })).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });

  it("of a path or a function of a template that fails is States.Runtime, which nothing catches", async () => {
    for (const template of [{ "a.$": "$.no" }, { "a.$": "States.MathAdd('x', 1)" }]) {
      const state = { Type: "Task", Resource: "f", Parameters: template, Catch: all, End: true };
      expect(await give({ S: state, Caught: caught })).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    }
  });

  // As reported from AWS (construct-hub, pull request 459; aws-cdk, issue 29473): the cause does not say of which state it is.
  it("of a ResultPath that does not fit is States.ReferencePathConflict, which can be caught", async () => {
    const state = { Type: "Task", Resource: "f", ResultPath: "$.a.b", Catch: all, End: true };
    expect(await give({ S: state, Caught: caught }, { a: 1 })).toMatchObject({
      output: { e: { Error: "States.ReferencePathConflict", Cause: 'Unable to apply step "b" to input {"a":1}' } },
    });
  });

  it("may begin with States. in a Fail state, too", async () => {
    expect(await give({ S: { Type: "Fail", Error: "States.Mine" } })).toMatchObject({ error: "States.Mine" });
  });

  it("of an output that is too large is States.DataLimitExceeded", async () => {
    const long = { "a.$": "States.Format('{}{}', $.x, $.x)" };
    const states = { S: { Type: "Pass", Parameters: long, Next: "T" }, T: { Type: "Succeed" } };
    expect(await give(states, { x: "y".repeat(140_000) })).toMatchObject({ error: "States.DataLimitExceeded" });
  });
});

describe("retriers", () => {
  const retry = (fields: Fields): States => ({
    S: { Type: "Task", Resource: "f", Retry: [{ ErrorEquals: ["A"], ...fields }], End: true },
  });
  const rows: readonly (readonly [fields: Fields, refused: string])[] = [
    [{ IntervalSeconds: 0 }, "Minimum value is 1 at /States/S/Retry[0]/IntervalSeconds"],
    [{ IntervalSeconds: 100_000_000 }, "Maximum value is 99999999 at /States/S/Retry[0]/IntervalSeconds"],
    [{ MaxAttempts: 100_000_000 }, "Maximum value is 99999999 at /States/S/Retry[0]/MaxAttempts"],
    [{ BackoffRate: 0.9 }, "Minimum value is 1.0 at /States/S/Retry[0]/BackoffRate"],
    [{ MaxDelaySeconds: 0 }, "Minimum value is 1 at /States/S/Retry[0]/MaxDelaySeconds"],
    [{ MaxDelaySeconds: 31_622_401 }, "Maximum value is 31622400 at /States/S/Retry[0]/MaxDelaySeconds"],
    [{ JitterStrategy: "HALF" }, "[FULL, NONE] at /States/S/Retry[0]/JitterStrategy"],
  ];

  it.each(rows)("have bounds: %j", (fields, refused) => {
    expect(refusal(retry(fields))).toContain(refused);
  });

  it("may have a longest delay below the first one", () => {
    expect(refusal(retry({ IntervalSeconds: 5, MaxDelaySeconds: 3 }))).toBe("");
  });
});

describe("variables", () => {
  const within = (inner: Fields, processor: Fields = {}): States => ({
    A: { Type: "Pass", Assign: { v: 1 }, Next: "S" },
    S: {
      Type: "Map",
      Items: [1],
      ItemProcessor: { ...inline, ...processor, States: { I: { Type: "Pass", End: true, ...inner } } },
      Next: "Z",
    },
    Z: { Type: "Pass", Output: "{% $v %}", End: true },
  });

  it.each(["x.y", "x[2]", "1a", "a-b", "_a", "", "states", "a".repeat(81)])("are not called %j", (name) => {
    const message = refusal({ S: { Type: "Pass", Assign: { [name]: 1 }, End: true } }, jsonata);
    expect(message).toContain("at /States/S/Assign");
  });

  it("are all evaluated as they were when the state was entered", async () => {
    const states = {
      A: { Type: "Pass", Assign: { x: 3, y: 6 }, Next: "S" },
      S: { Type: "Pass", Assign: { x: "{% $y %}", y: "{% $x %}" }, Output: "{% [$x, $y] %}", Next: "Z" },
      Z: { Type: "Pass", Output: "{% [$states.input, $x, $y] %}", End: true },
    };
    expect(await give(states, {}, jsonata)).toMatchObject({ output: [3, 6, 6, 3] });
  });

  it("of an inner scope end with it", async () => {
    const states = { ...within({ Assign: { w: 2 } }), Z: { Type: "Pass", Output: "{% $exists($w) %}", End: true } };
    expect(await give(states, {}, jsonata)).toMatchObject({ output: false });
  });

  it("of outer scopes are seen in an inline Map, and not in a distributed one", async () => {
    const shown = within({ Output: "{% $v %}" });
    expect(await give(shown, {}, jsonata)).toMatchObject({ status: "SUCCEEDED" });
    const far = within({ Output: "{% $v %}" }, { ProcessorConfig: distributed.ProcessorConfig });
    expect(await give(far, {}, jsonata)).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  });
});

describe("more of variables", () => {
  it("one is at most 256 KiB", async () => {
    const state = { Type: "Pass", Assign: { v: "{% $pad('', 262144, 'x') %}" } };
    expect(await one(state, {}, jsonata)).toMatchObject({ error: "States.DataLimitExceeded" });
  });

  it("a catcher of a Parallel assigns them in the scope around it", async () => {
    const failing = { StartAt: "B", States: { B: { Type: "Fail", Error: "Mine" } } };
    const catcher = { ErrorEquals: ["Mine"], Assign: { why: "{% $states.errorOutput.Error %}" }, Next: "Z" };
    const states = {
      S: { Type: "Parallel", Branches: [failing], Catch: [catcher], End: true },
      Z: { Type: "Pass", Output: "{% $why %}", End: true },
    };
    expect(await give(states, {}, jsonata)).toMatchObject({ output: "Mine" });
  });
});

describe("values of expressions", () => {
  const evaluated = async (text: string) => (await one({ Type: "Pass", Output: `{% ${text} %}` }, {}, jsonata)).output;

  it("are null for a function within a list, and nothing within an object", async () => {
    expect(await evaluated("[1, $sum]")).toEqual([1, null]);
    expect(await evaluated("{'a': 1, 'f': $sum}")).toEqual({ a: 1 });
  });

  it("are whole numbers in full as text below 1e21 (measured against AWS by floci)", async () => {
    expect(await evaluated("$string(1e20)")).toBe("100000000000000000000");
  });
});

describe("ErrorPath and CausePath", () => {
  it("may be calls of intrinsic functions", async () => {
    const state = { Type: "Fail", ErrorPath: "States.Format('E{}', $.n)", CausePath: "States.JsonToString($)" };
    expect(await give({ S: state }, { n: 1 })).toMatchObject({ error: "E1", cause: '{"n":1}' });
  });
});

describe("numbers and keys", () => {
  it("stay as they came in a Pass (as the States Language has it; no recording)", async () => {
    const input = '{"id":9007199254740993,"f":1.0,"b":1,"10":1,"2":2}';
    const { output } = await one({ Type: "Pass" }, parsePayload(input));
    expect(stringifyExact(output)).toBe(input);
  });
});
