import { describe, expect, it } from "vitest";
import type { TaskResolver } from "../../shared/asl/index.ts";
import { readRequest } from "../../shared/sfn/api/reading.ts";
import { testState } from "../../shared/sfn/test-state/test-state.ts";

const room = (resolver: TaskResolver = { run: () => ({ real: true }) }) => ({
  place: { region: "us-east-1", account: "000000000000" },
  now: () => Date.parse("2030-01-01T00:00:00Z"),
  resolver,
});

type Fields = Readonly<Record<string, unknown>>;

/** Tests a state at DEBUG level; `input`, `mock.result` and `context` are given as JSON. */
async function test(state: Fields, { input = {}, result, ...more }: Fields = {}, resolver?: TaskResolver) {
  const request = {
    definition: JSON.stringify(state),
    input: JSON.stringify(input),
    inspectionLevel: "DEBUG",
    ...(result === undefined ? {} : { mock: { result: JSON.stringify(result) } }),
    ...more,
  };
  return (await testState(room(resolver), readRequest("TestState", request))) as Fields & {
    readonly inspectionData: Fields;
  };
}

const invoke = "arn:aws:states:::lambda:invoke";
const task = (more: Fields = {}) => ({
  Type: "Task",
  Resource: invoke,
  Parameters: { FunctionName: "f" },
  End: true,
  ...more,
});
const tooDeep = `{"a":${"[".repeat(1_000)}${"]".repeat(1_000)}}`;
const error = (name: string) => ({ mock: { errorOutput: { error: name, cause: "why" } } });
const processor = { StartAt: "I", States: { I: { Type: "Pass", End: true } } };

describe("the data of a state, step by step", () => {
  it("of a JSONPath Task", async () => {
    const state = task({
      InputPath: "$.in",
      Parameters: { FunctionName: "f", "p.$": "$.n" },
      ResultSelector: { "s.$": "$.m" },
      ResultPath: "$.out",
      OutputPath: "$.out",
    });
    const tested = await test(state, { input: { in: { n: 1 } }, result: { m: 2 } });
    expect(tested).toMatchObject({ status: "SUCCEEDED", output: '{"s":2}' });
    expect(tested.inspectionData).toEqual({
      input: '{"in":{"n":1}}',
      afterInputPath: '{"n":1}',
      afterParameters: '{"FunctionName":"f","p":1}',
      result: '{"m":2}',
      afterResultSelector: '{"s":2}',
      afterResultPath: '{"in":{"n":1},"out":{"s":2}}',
    });
  });

  it("of a JSONata Task", async () => {
    const state = {
      Type: "Task",
      QueryLanguage: "JSONata",
      Resource: invoke,
      Arguments: { FunctionName: "f", p: "{% $states.input.n + $v %}" },
      Output: "{% $states.result.m %}",
      End: true,
    };
    const tested = await test(state, { input: { n: 1 }, variables: '{"v":10}', result: { m: 2 } });
    expect(tested).toMatchObject({ status: "SUCCEEDED", output: "2" });
    expect(tested.inspectionData).toMatchObject({ afterArguments: '{"FunctionName":"f","p":11}' });
  });

  it("of a Map", async () => {
    const state = {
      Type: "Map",
      ItemsPath: "$.list",
      ItemSelector: { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value" },
      MaxConcurrency: 3,
      ToleratedFailurePercentage: 50,
      ItemProcessor: processor,
      End: true,
    };
    const tested = await test(state, { input: { list: ["a", "b"] }, result: [1, 2] });
    expect(tested.inspectionData).toMatchObject({
      afterItemsPath: '["a","b"]',
      afterItemSelector: '[{"i":0,"v":"a"},{"i":1,"v":"b"}]',
      maxConcurrency: 3,
      toleratedFailurePercentage: 50,
    });
    expect(tested.output).toBe("[1,2]");
  });

  const distributedMap = (more: Fields) => ({
    Type: "Map",
    ItemProcessor: { ...processor, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } },
    End: true,
    ...more,
  });

  it("of a Map that batches its items", async () => {
    const state = distributedMap({
      ItemsPath: "$.list",
      ItemSelector: { "v.$": "$$.Map.Item.Value" },
      ItemBatcher: { MaxItemsPerBatchPath: "$.most", BatchInput: { "n.$": "$.most" } },
    });
    const tested = await test(state, { input: { list: [1, 2, 3], most: 2 }, result: [] });
    expect(JSON.parse(String(tested.inspectionData.afterItemBatcher))).toEqual([
      { BatchInput: { n: 2 }, Items: [{ v: 1 }, { v: 2 }] },
      { BatchInput: { n: 2 }, Items: [{ v: 3 }] },
    ]);
  });

  const pointing = distributedMap({
    ItemReader: {
      Resource: "arn:aws:states:::s3:getObject",
      ReaderConfig: { InputType: "JSON", ItemsPointer: "/a/list" },
      Parameters: { Bucket: "b", Key: "k" },
    },
    ItemSelector: { "k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value" },
  });
  const readingOf = (data: unknown) =>
    test(pointing, { result: [], stateConfiguration: { mapItemReaderData: JSON.stringify(data) } });

  it("of a Map whose items are within what is read", async () => {
    const { inspectionData } = await readingOf({ a: { list: { x: 1 } } });
    expect(inspectionData).toMatchObject({
      afterItemsPointer: '[{"Key":"x","Value":1}]',
      afterItemSelector: '[{"k":"x","v":1}]',
    });
  });

  it("of a Map whose pointer leads nowhere in it", async () => {
    expect(await readingOf({ a: 1 })).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" });
    expect(await readingOf({ a: { list: 1 } })).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" });
  });

  it("of a Choice, with the state it leads to", async () => {
    const rule = (value: number, next: string) => ({ Variable: "$.n", NumericEquals: value, Next: next });
    const state = { Type: "Choice", Choices: [rule(1, "One"), rule(2, "Two")], Default: "Other" };
    expect(await test(state, { input: { n: 2 } })).toMatchObject({ nextState: "Two", output: '{"n":2}' });
    expect(await test(state, { input: { n: 3 } })).toMatchObject({ nextState: "Other" });
  });

  it("is not shown at level INFO", async () => {
    expect(await test({ Type: "Succeed" }, { inspectionLevel: "INFO" })).toEqual({ status: "SUCCEEDED", output: "{}" });
  });

  it("reads the context object that is given", async () => {
    const state = { Type: "Pass", Parameters: { "id.$": "$$.Execution.Id" }, End: true };
    expect(await test(state, { context: '{"Execution":{"Id":"e"}}' })).toMatchObject({ output: '{"id":"e"}' });
  });
});

describe("variables", () => {
  const state = { Type: "Pass", Assign: { "b.$": "$.n" }, End: true };

  it("are shown as they are after the state (as the API reference has it)", async () => {
    const { inspectionData } = await test(state, { input: { n: 2 }, variables: '{"a":1,"b":1}' });
    expect(inspectionData.variables).toBe('{"a":1,"b":2}');
  });

  it("are shown with what a catcher assigns", async () => {
    const caught = task({ Catch: [{ ErrorEquals: ["States.ALL"], Assign: { "e.$": "$.Error" }, Next: "N" }] });
    expect((await test(caught, error("E"))).inspectionData.variables).toBe('{"e":"E"}');
  });

  it("are not shown where there are none (recorded from AWS, February 2026)", async () => {
    const { inspectionData } = await test({ Type: "Pass", End: true }, { variables: "{}" });
    expect(inspectionData).not.toHaveProperty("variables");
  });
});

describe("a context object that is made up", () => {
  const whole = (state: Fields) => ({ ...state, QueryLanguage: "JSONata", Output: "{% $states.context %}" });

  it("has no role and no retries for a Pass (recorded from AWS, February 2026)", async () => {
    const { output } = await test(whole({ Type: "Pass", End: true }));
    const context = JSON.parse(String(output));
    expect(context.Execution.RoleArn).toBeNull();
    expect(Object.keys(context.State)).toEqual(["Name", "EnteredTime"]);
  });

  it("calls the state StateName, also where the request names it (recorded from AWS, February 2026)", async () => {
    const definition = { StartAt: "Mine", States: { Mine: whole({ Type: "Pass", End: true }) } };
    const { output } = await test(definition, { stateName: "Mine", roleArn: "arn:aws:iam::111111111111:role/r" });
    expect(JSON.parse(String(output))).toMatchObject({
      Execution: { RoleArn: "arn:aws:iam::111111111111:role/r" },
      State: { Name: "StateName" },
    });
  });

  it("has the input as the item of a state within a Map, also where the request gives one", async () => {
    const definition = {
      StartAt: "M",
      States: {
        M: {
          Type: "Map",
          End: true,
          ItemProcessor: { StartAt: "Mine", States: { Mine: whole({ Type: "Pass", End: true }) } },
        },
      },
    };
    for (const context of [{}, { context: '{"Execution":{"Id":"e"}}' }]) {
      const { output } = await test(definition, { stateName: "Mine", input: { a: 1 }, ...context });
      expect(JSON.parse(String(output)).Map).toEqual({ Item: { Index: 0, Value: { a: 1 } } });
    }
  });

  it("counts the retries of a Task and a Map (recorded from AWS, November 2025)", async () => {
    const map = whole({ Type: "Map", Items: [1], ItemProcessor: processor, End: true });
    const { output } = await test(map, { result: [1] });
    expect(JSON.parse(String(output)).State).toMatchObject({ Name: "StateName", RetryCount: 0 });
  });
});

describe("a failure", () => {
  const retry = [{ ErrorEquals: ["E"], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 2 }];
  const handlers = [
    { ErrorEquals: ["X"], Next: "ForX" },
    { ErrorEquals: ["States.TaskFailed"], ResultPath: "$.e", Next: "ForAny" },
  ];

  it("is retriable while the retrier has attempts left", async () => {
    const tested = await test(task({ Retry: retry }), { ...error("E"), stateConfiguration: { retrierRetryCount: 1 } });
    expect(tested).toMatchObject({ status: "RETRIABLE", error: "E", cause: "why" });
    expect(tested.inspectionData.errorDetails).toEqual({ retryIndex: 0, retryBackoffIntervalSeconds: 6 });
  });

  it("is caught by the first catcher that covers it once they are used up", async () => {
    const configuration = { stateConfiguration: { retrierRetryCount: 2 } };
    const tested = await test(task({ Retry: retry, Catch: handlers }), { ...error("E"), ...configuration });
    expect(tested).toMatchObject({
      status: "CAUGHT_ERROR",
      error: "E",
      nextState: "ForAny",
      output: '{"e":{"Error":"E","Cause":"why"}}',
    });
    expect(tested.inspectionData.errorDetails).toEqual({ catchIndex: 1 });
  });

  it("fails the state once they are used up, and says which retrier it was (recorded from AWS, November 2025)", async () => {
    const configuration = { stateConfiguration: { retrierRetryCount: 2 } };
    const other = { ErrorEquals: ["X"] };
    const tested = await test(task({ Retry: [other, ...retry] }), { ...error("E"), ...configuration });
    expect(tested).toMatchObject({ status: "FAILED", error: "E" });
    expect(tested.inspectionData.errorDetails).toEqual({ retryIndex: 1 });
  });

  it("fails the state if nothing covers it", async () => {
    expect(await test(task(), error("E"))).toMatchObject({ status: "FAILED", error: "E", cause: "why" });
  });

  it("of a query shows what was seen before it", async () => {
    const tested = await test(task({ Parameters: { FunctionName: "f", "p.$": "$.missing" } }), { result: {} });
    expect(tested).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(tested.cause).toContain("An error occurred while executing the state 'StateName'");
    expect(tested.inspectionData).toEqual({ input: "{}", afterInputPath: "{}" });
  });

  it("of a Fail state is its own", async () => {
    expect(await test({ Type: "Fail", Error: "E", CausePath: "$.c" }, { input: { c: "why" } })).toMatchObject({
      status: "FAILED",
      error: "E",
      cause: "why",
    });
  });

  it("of a Fail state shows the input as it was read, in JSONPath (recorded from AWS, November 2025)", async () => {
    const state = { Type: "Fail", Error: "E" };
    const { inspectionData } = await test(state, { input: { a: 1 } });
    expect(inspectionData).toEqual({ input: '{"a":1}', afterInputPath: '{"a":1}' });
    const jsonata = await test({ ...state, QueryLanguage: "JSONata" }, { input: { a: 1 } });
    expect(jsonata.inspectionData).toEqual({ input: '{"a":1}' });
  });

  it.each([
    ["$", undefined],
    ["$.Execution.Input", "$$.Execution.Input"],
    ["$.list", "$.list"],
  ])(
    "of a Map is that %s is no list, an object neither (recorded from AWS, December 2025)",
    async (shown, ItemsPath) => {
      const state = { Type: "Map", ItemProcessor: processor, MaxConcurrency: 2, End: true };
      const tested = await test(
        { ...state, ...(ItemsPath === undefined ? {} : { ItemsPath }) },
        { input: { list: {} }, result: [], context: '{"Execution":{"Input":{"a":1}}}' },
      );
      expect(tested).toMatchObject({
        status: "FAILED",
        error: "States.Runtime",
        cause: `Reference path "${shown}" must point to array.`,
      });
      expect(tested.inspectionData).toEqual({ input: '{"list":{}}', afterInputPath: '{"list":{}}' });
    },
  );

  it("of a Choice is that nothing matched", async () => {
    const state = { Type: "Choice", Choices: [{ Variable: "$.n", IsPresent: true, Next: "One" }] };
    const tested = await test(state);
    expect(tested).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    expect(tested.cause).toMatch(/The state does not point to a next state\.$/);
  });

  it.each([
    ["count", { ToleratedFailureCount: 1 }, 2, "States.ExceedToleratedFailureThreshold"],
    ["count", { ToleratedFailureCount: 2 }, 2, undefined],
    ["percentage", { ToleratedFailurePercentage: 50 }, 3, "States.ExceedToleratedFailureThreshold"],
    ["percentage", { ToleratedFailurePercentage: 75 }, 3, undefined],
  ])("of a Map is a %s of failures past what it tolerates (%o)", async (_, tolerance, failures, expected) => {
    const state = { Type: "Map", ItemProcessor: processor, End: true, ...tolerance };
    const configuration = { stateConfiguration: { mapIterationFailureCount: failures } };
    const tested = await test(state, { input: [1, 2, 3, 4], result: [1, 2, 3, 4], ...configuration });
    expect(tested.error).toBe(expected);
  });
});

describe("a Task without a mock", () => {
  it("is run by the server's resolver", async () => {
    expect(await test(task(), { roleArn: "r" })).toMatchObject({ status: "SUCCEEDED", output: '{"real":true}' });
  });

  it("fails with what that throws", async () => {
    const broken: TaskResolver = {
      run: () => {
        throw Object.assign(new Error(), { error: "Lambda.Unknown", cause: "why" });
      },
    };
    expect(await test(task(), { roleArn: "r" }, broken)).toMatchObject({
      status: "FAILED",
      error: "Lambda.Unknown",
      cause: "why",
    });
  });
});

describe("what TestState refuses", () => {
  const parallel = { Type: "Parallel", Branches: [processor], End: true };
  const map = { Type: "Map", ItemProcessor: processor, End: true };
  const rows: readonly (readonly [string, Fields, Fields, string, string])[] = [
    ["a bad state", { Type: "Pass" }, {}, "InvalidDefinition", "[Next, End]"],
    ["a Map without a mock", map, {}, "InvalidDefinition", "does not support Map or Parallel"],
    ["a mock for a Pass", { Type: "Pass", End: true }, { result: 1 }, "ValidationException", "State type 'Pass'"],
    ["a mock with two outcomes", task(), { mock: { result: "1", errorOutput: {} } }, "ValidationException", "only one"],
    ["a mock with none", task(), { mock: {} }, "ValidationException", "[result, errorOutput]"],
    [
      "a mock that is not JSON",
      task(),
      { mock: { result: "{" } },
      "ValidationException",
      "Mocked result must be valid JSON",
    ],
    [
      "failed iterations without a mock (recorded from AWS, March 2026)",
      map,
      { stateConfiguration: { mapIterationFailureCount: 0 } },
      "ValidationException",
      "TestState does not support MapIterationFailureCount when a mock is not specified.",
    ],
    [
      "more failed iterations than there are (recorded from AWS, March 2026)",
      map,
      { result: [1], stateConfiguration: { mapIterationFailureCount: 2 } },
      "ValidationException",
      "Map iteration failure count must be less than or equal to the number of Map iterations",
    ],
    [
      "items in the context (recorded from AWS, December 2025)",
      { Type: "Succeed" },
      { context: '{"Map":{"Item":{"Index":0}}}' },
      "ValidationException",
      "Invalid Context object provided: 'Map' field is not supported when mocking a Context object",
    ],
    [
      "a Parallel without branches (recorded from AWS, February 2026)",
      { ...parallel, Branches: [] },
      { result: [] },
      "InvalidDefinition",
      "SCHEMA_VALIDATION_FAILED: Value cannot be empty at /States/StateName/Branches",
    ],
    ["a mock nested too deep", task(), { mock: { result: tooDeep } }, "ValidationException", "valid JSON"],
    ["variables nested too deep", task(), { result: 1, variables: tooDeep }, "ValidationException", "1000 levels deep"],
    ["a Map's result that is no list", map, { result: {} }, "ValidationException", "must be an array"],
    ["a Parallel's result of another length", parallel, { result: [] }, "ValidationException", "same number"],
    ["secrets with a mock", task(), { result: 1, revealSecrets: true }, "ValidationException", "RevealSecrets"],
    ["a Task without a role", task(), {}, "ValidationException", "RoleArn"],
    ...[
      "arn:aws:states:us-east-1:111111111111:activity:a",
      "arn:aws:states:::lambda:invoke.waitForTaskToken",
      "arn:aws:states:::batch:submitJob.sync",
    ].map((Resource): readonly [string, Fields, Fields, string, string] => [
      `to wait, without a mock, for ${Resource}`,
      task({
        Resource,
        Parameters: { FunctionName: "f", JobDefinition: "d", JobName: "n", JobQueue: "q" },
      }),
      { roleArn: "r" },
      "ValidationException",
      "with a mock only",
    ]),
    ["variables that are no object", { Type: "Succeed" }, { variables: "[]" }, "ValidationException", "variables"],
    ["an unknown field of the context", { Type: "Succeed" }, { context: '{"A":1}' }, "ValidationException", "'A'"],
    [
      "a context of the wrong type",
      { Type: "Succeed" },
      { context: '{"State":{"RetryCount":"x"}}' },
      "ValidationException",
      "State.RetryCount must be a number",
    ],
    ["a context that is no object", { Type: "Succeed" }, { context: "[]" }, "ValidationException", "JSON object"],
    [
      "a token where none is waited for",
      task(),
      { result: 1, context: '{"Task":{"Token":"t"}}' },
      "ValidationException",
      "'Task'",
    ],
    [
      "a mocked response with a field of another type than the service's",
      { Type: "Task", Resource: "arn:aws:states:::events:putEvents", Parameters: { Entries: [] }, End: true },
      { result: { Entries: "none" } },
      "ValidationException",
      "Mock result schema validation error: Field 'Entries' must be an array",
    ],
  ];

  it.each(rows)("%s", async (_, state, request, code, message) => {
    await expect(test(state, request)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("input that is not JSON", async () => {
    const request = readRequest("TestState", { definition: '{"Type":"Succeed"}', input: "{" });
    await expect(testState(room(), request)).rejects.toMatchObject({ code: "InvalidExecutionInput" });
  });
});

describe("a catcher that fails", () => {
  it("fails the state", async () => {
    const state = {
      Type: "Task",
      QueryLanguage: "JSONata",
      Resource: invoke,
      Arguments: { FunctionName: "f" },
      Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.input.no %}", Next: "Z" }],
      End: true,
    };
    const tested = await test(state, error("Oops"));
    expect(tested).toMatchObject({ status: "FAILED", error: "States.QueryEvaluationError" });
    expect(tested.cause).toContain("specified for the field 'Catch[0]/Output' returned nothing (undefined).");
  });
});
