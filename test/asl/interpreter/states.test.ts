import { describe, expect, it } from "vitest";
import { detailsOf, run, type States, typesOf } from "./running.ts";

interface Row {
  readonly name: string;
  readonly states: States;
  readonly input?: unknown;
  readonly output: unknown;
}

const end = { End: true };

const rows: readonly Row[] = [
  { name: "Pass hands its input on", states: { A: { Type: "Pass", ...end } }, input: [1, "two"], output: [1, "two"] },
  {
    name: "Pass puts a result into its input",
    states: { A: { Type: "Pass", Result: 7, ResultPath: "$.b.c", ...end } },
    input: { a: 1 },
    output: { a: 1, b: { c: 7 } },
  },
  {
    name: "Pass keeps keys that end in .$ in a Result, which is literal",
    states: { A: { Type: "Pass", Result: { "a.$": "$.b" }, ...end } },
    output: { "a.$": "$.b" },
  },
  {
    name: "InputPath, Parameters, ResultPath and OutputPath apply in this order, ResultPath to the raw input",
    states: {
      A: {
        Type: "Pass",
        InputPath: "$.in",
        Parameters: { "x.$": "$.v" },
        ResultPath: "$.out",
        OutputPath: "$.out",
        ...end,
      },
    },
    input: { in: { v: 3 } },
    output: { x: 3 },
  },
  {
    name: "InputPath null takes nothing, ResultPath null keeps the raw input",
    states: { A: { Type: "Pass", InputPath: null, ResultPath: null, ...end } },
    input: { a: 1 },
    output: { a: 1 },
  },
  { name: "OutputPath null gives nothing on", states: { A: { Type: "Pass", OutputPath: null, ...end } }, output: {} },
  {
    name: "Choice takes the first rule that holds",
    states: {
      A: {
        Type: "Choice",
        Choices: [
          { Variable: "$.n", NumericGreaterThan: 10, Next: "B" },
          { Variable: "$.n", NumericGreaterThan: 1, Next: "C" },
        ],
        Default: "B",
      },
      B: { Type: "Pass", Result: "B", ...end },
      C: { Type: "Pass", Result: "C", ...end },
    },
    input: { n: 5 },
    output: "C",
  },
  {
    name: "Choice assigns by the rule it takes, and by itself for its Default",
    states: {
      A: {
        Type: "Choice",
        Choices: [{ Variable: "$.n", NumericGreaterThan: 10, Assign: { size: "big" }, Next: "B" }],
        Assign: { size: "small" },
        Default: "B",
      },
      B: { Type: "Pass", Parameters: { "size.$": "$size" }, ...end },
    },
    input: { n: 5 },
    output: { size: "small" },
  },
  {
    name: "Wait hands its input on",
    states: { A: { Type: "Wait", SecondsPath: "$.s", ...end } },
    input: { s: 86_400 },
    output: { s: 86_400 },
  },
  {
    name: "Succeed filters by its paths",
    states: { A: { Type: "Succeed", InputPath: "$.a", OutputPath: "$.b" } },
    input: { a: { b: 1 } },
    output: 1,
  },
  {
    name: "Parallel gives the outputs of its branches in their order",
    states: {
      A: {
        Type: "Parallel",
        Parameters: { "v.$": "$.a" },
        Branches: [
          { StartAt: "B", States: { B: { Type: "Wait", Seconds: 9, Next: "D" }, D: { Type: "Pass", ...end } } },
          { StartAt: "C", States: { C: { Type: "Pass", Result: 2, ...end } } },
        ],
        ResultPath: "$.both",
        ...end,
      },
    },
    input: { a: 1 },
    output: { a: 1, both: [{ v: 1 }, 2] },
  },
  {
    name: "Map gives its iterations their item, and their outputs in the order of the items",
    states: {
      A: {
        Type: "Map",
        ItemsPath: "$.list",
        ItemSelector: { "item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "all.$": "$.list" },
        ItemProcessor: { StartAt: "B", States: { B: { Type: "Pass", ...end } } },
        ...end,
      },
    },
    input: { list: ["x", "y"] },
    output: [
      { item: "x", at: 0, all: ["x", "y"] },
      { item: "y", at: 1, all: ["x", "y"] },
    ],
  },
  {
    name: "Map goes over the fields of an object, each passed on as a pair",
    states: {
      A: { Type: "Map", ItemProcessor: { StartAt: "B", States: { B: { Type: "Pass", ...end } } }, ...end },
    },
    input: { a: 1, b: [2] },
    output: [
      { Key: "a", Value: 1 },
      { Key: "b", Value: [2] },
    ],
  },
  ...[{}, { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } }].map((config) => ({
    name: `what is said of a Map's item is its key, value, place and source, in ${JSON.stringify(config)}`,
    states: {
      A: {
        Type: "Map",
        QueryLanguage: "JSONata",
        Items: { a: 1, b: "{% [2] %}" },
        ItemSelector: "{% $states.context.Map.Item %}",
        ItemProcessor: { ...config, StartAt: "B", States: { B: { Type: "Pass", ...end } } },
        ...end,
      },
    },
    input: {},
    output: [
      { Index: 0, Key: "a", Value: 1, Source: "STATE_DATA" },
      { Index: 1, Key: "b", Value: [2], Source: "STATE_DATA" },
    ],
  })),
  {
    name: "an inner scope sees outer variables and keeps its own",
    states: {
      A: { Type: "Pass", Assign: { outer: 1 }, Next: "M" },
      M: {
        Type: "Map",
        ItemProcessor: {
          StartAt: "B",
          States: {
            B: { Type: "Pass", Assign: { "inner.$": "States.MathAdd($outer, $)" }, Next: "C" },
            C: { Type: "Pass", Parameters: { "v.$": "$inner" }, ...end },
          },
        },
        ...end,
      },
    },
    input: [1, 2],
    output: [{ v: 2 }, { v: 3 }],
  },
  {
    name: "JSONata states shape output and variables at once, from the values of before",
    states: {
      A: {
        Type: "Pass",
        QueryLanguage: "JSONata",
        Assign: { a: "{% $states.input.n %}" },
        Output: { doubled: "{% $states.input.n * 2 %}" },
        Next: "B",
      },
      B: {
        Type: "Pass",
        QueryLanguage: "JSONata",
        Assign: { a: "{% $a + 100 %}" },
        Output: "{% [$a, $states.input.doubled] %}",
        ...end,
      },
    },
    input: { n: 4 },
    output: [4, 8],
  },
];

describe("states", () => {
  it.each(rows)("$name", async ({ states, input, output }) => {
    const result = await run(states, input);
    expect(result).toMatchObject({ status: "SUCCEEDED", output });
  });

  it("Fail ends the execution with its error and cause, from paths too", async () => {
    const result = await run(
      { A: { Type: "Fail", ErrorPath: "$.e", CausePath: "States.Format('{}!', $.c)" } },
      { e: "E", c: "why" },
    );
    expect(result).toMatchObject({ status: "FAILED", error: "E", cause: "why!" });
  });

  it("a Choice that nothing matches points to no next state (measured against AWS by floci)", async () => {
    const states = {
      A: { Type: "Choice", Choices: [{ Variable: "$.n", NumericEquals: 1, Next: "B" }] },
      B: { Type: "Succeed" },
    };
    const result = await run(states, { n: 2 });
    expect(result).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause:
        "An error occurred while executing the state 'A' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state.",
    });
    expect(typesOf(result.history)).toEqual(["ExecutionStarted", "ChoiceStateEntered", "ExecutionFailed"]);
  });

  it("a path that does not resolve ends the execution, caught or not", async () => {
    const states = {
      A: {
        Type: "Task",
        Resource: "f",
        InputPath: "$.nowhere",
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }],
        Next: "B",
      },
      B: { Type: "Succeed" },
    };
    const result = await run(states, {});
    expect(result).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(result.cause).toContain("An error occurred while executing the state 'A' (entered at the event id #2).");
    expect(typesOf(result.history)).toEqual(["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
  });

  it("a failed JSONata expression is an event, and can be caught", async () => {
    const states = {
      A: {
        Type: "Task",
        QueryLanguage: "JSONata",
        Resource: "f",
        Arguments: "{% $nothing %}",
        Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "{% $states.errorOutput.Error %}", Next: "B" }],
        Next: "B",
      },
      B: { Type: "Succeed" },
    };
    const result = await run(states, {});
    expect(result).toMatchObject({ status: "SUCCEEDED", output: "States.QueryEvaluationError" });
    expect(typesOf(result.history)).toContain("EvaluationFailed");
    expect(detailsOf(result.history, "EvaluationFailed")[0]).toMatchObject({ location: "Arguments", state: "A" });
  });

  it("the context object tells of execution, state, machine and item", async () => {
    const context = { Type: "Pass", Parameters: { "context.$": "$$" }, OutputPath: "$.context", End: true };
    const states = { M: { Type: "Map", ItemProcessor: { StartAt: "A", States: { A: context } }, ...end } };
    const options = { name: "one", stateMachineName: "machine", roleArn: "role", region: "eu-west-1", accountId: "1" };
    const { output } = await run(states, ["x"], {}, options);
    expect(output).toMatchObject([
      {
        Execution: {
          Id: "arn:aws:states:eu-west-1:1:execution:machine:one",
          Input: ["x"],
          Name: "one",
          RoleArn: "role",
          RedriveCount: 0,
        },
        State: { Name: "A" },
        StateMachine: { Id: "arn:aws:states:eu-west-1:1:stateMachine:machine", Name: "machine" },
        Map: { Item: { Index: 0, Value: "x" } },
      },
    ]);
  });
});

describe("$states of a JSONata state", () => {
  const known = async (state: object, handlers = {}) => {
    const states = { S: { QueryLanguage: "JSONata", Output: "{% $sort($keys($states)) %}", End: true, ...state } };
    return (await run(states, { a: 1 }, handlers)).output;
  };

  it("has a result after work alone", async () => {
    expect(await known({ Type: "Pass" })).toEqual(["context", "input"]);
    expect(await known({ Type: "Wait", Seconds: 1 })).toEqual(["context", "input"]);
    expect(await known({ Type: "Task", Resource: "f" }, { f: () => 1 })).toEqual(["context", "input", "result"]);
  });
});
