import { describe, expect, it } from "vitest";
import { compileStateMachine, DefinitionError, ExecutionInputError, Interpreter } from "../../../shared/asl/index.ts";
import { PayloadMeter } from "../../../shared/asl/interpreter/payload.ts";
import { jsonBytes } from "../../../shared/asl/query/index.ts";
import { machineOf, manualClock, run, typesOf } from "./running.ts";

const LIMIT = 262_144;
const filling = (bytes: number) => "x".repeat(bytes - 2);

describe("the payload limit", () => {
  it.each([
    { what: "text of the limit", value: filling(LIMIT), isTooLarge: false },
    { what: "text one byte past it", value: filling(LIMIT + 1), isTooLarge: true },
    { what: "text that fits in UTF-16 and not in UTF-8", value: "é".repeat(LIMIT / 2), isTooLarge: true },
    { what: "control characters, six bytes each", value: "\u0001".repeat(LIMIT / 5), isTooLarge: true },
    { what: "a long list of small things", value: Array.from({ length: 90_000 }, () => 1), isTooLarge: false },
    { what: "a longer one", value: Array.from({ length: 140_000 }, () => 1), isTooLarge: true },
    { what: "an object with long keys", value: { [filling(LIMIT)]: 1 }, isTooLarge: true },
    { what: "nothing", value: null, isTooLarge: false },
  ])("holds for $what: $isTooLarge", ({ value, isTooLarge }) => {
    expect(new PayloadMeter(LIMIT, { spent: 0 }).isExceededBy(value)).toBe(isTooLarge);
    expect(jsonBytes(value) > LIMIT).toBe(isTooLarge);
  });

  const huge = () => ({ text: filling(LIMIT) });

  it("fails a task that returns more, in its own event, to be caught like any failure", async () => {
    const states = {
      A: { Type: "Task", Resource: "f", Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }], End: true },
      B: { Type: "Pass", End: true },
    };
    const { output, history } = await run(states, {}, { f: huge });
    const Cause =
      "The state/task 'f' returned a result with a size exceeding the maximum number of bytes service limit.";
    expect(output).toEqual({ Error: "States.DataLimitExceeded", Cause });
    expect(typesOf(history)).toContain("LambdaFunctionFailed");
  });

  it("fails a state whose output grows past it", async () => {
    const states = { A: { Type: "Pass", Parameters: { "a.$": "$", "b.$": "$" }, End: true } };
    const result = await run(states, { text: filling(150_000) });
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  // Each of these would be gigabytes of text, and is known to be too large without it being written.
  it.each([
    [
      "a payload template",
      { Parameters: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`k${n}.$`, "$"])) },
    ],
    ["JSONata", { QueryLanguage: "JSONata", Output: new Array(2_000).fill("{% $states.input %}") }],
  ])("is held against what %s makes of parts that are shared", async (_, fields) => {
    const result = await run({ A: { Type: "Pass", ...fields, End: true } }, { text: filling(200_000) });
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  it("is held against the arguments of an intrinsic function, which fails as for others that it does not take", async () => {
    const Parameters = { "a.$": `States.JsonToString(States.Array(${new Array(20_000).fill("$").join()}))` };
    const result = await run({ A: { Type: "Pass", Parameters, End: true } }, { text: filling(200_000) });
    expect(result).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });

  it("refuses a larger input, and what is not JSON", async () => {
    const machine = machineOf({ A: { Type: "Succeed" } });
    await expect(new Interpreter().run(machine, filling(LIMIT + 1))).rejects.toThrow(
      /262145 bytes long; at most 262144/,
    );
    await expect(new Interpreter().run(machine, 1n)).rejects.toThrow(ExecutionInputError);
    await expect(new Interpreter().run(machine, () => 1)).rejects.toThrow(ExecutionInputError);
  });

  it("copies the input, so that the caller may go on changing it", async () => {
    const input = { list: [1] };
    const clock = manualClock();
    const execution = await new Interpreter({ clock }).start(
      machineOf({ A: { Type: "Wait", Seconds: 1, End: true } }),
      input,
    );
    input.list.push(2);
    clock.advance(1_000);
    expect((await execution.result).output).toEqual({ list: [1] });
  });
});

describe("the history limit", () => {
  const endless = {
    A: { Type: "Pass", Next: "B" },
    B: { Type: "Choice", Choices: [{ Variable: "$.stop", IsPresent: true, Next: "C" }], Default: "A" },
    C: { Type: "Succeed" },
  };

  it("ends a loop without end at 25,000 events, the last of which says why", async () => {
    const result = await run(endless);
    expect(result.status).toBe("FAILED");
    expect(result.cause).toBe("The execution reached the maximum number of history events (25000).");
    expect(result.history).toHaveLength(25_000);
    expect(result.history.at(-1)).toMatchObject({ id: 25_000, type: "ExecutionFailed" });
  });

  it("lets an execution succeed with the last event", async () => {
    const states = { A: { Type: "Pass", End: true } };
    expect(await run(states, {}, {}, { maxHistoryEvents: 4 })).toMatchObject({ status: "SUCCEEDED" });
    expect(await run(states, {}, {}, { maxHistoryEvents: 3 })).toMatchObject({ status: "FAILED" });
  });

  it("lets other executions go on meanwhile, and an Express one run into its five minutes", async () => {
    const clock = manualClock();
    const definition = { StartAt: "A", States: endless } as unknown as Parameters<typeof compileStateMachine>[0];
    const interpreter = new Interpreter({ clock });
    const express = await interpreter.start(compileStateMachine(definition, { type: "EXPRESS" }));
    expect(await interpreter.run(machineOf({ A: { Type: "Succeed" } }))).toMatchObject({ status: "SUCCEEDED" });
    clock.advance(300_000);
    expect((await express.result).status).toBe("TIMED_OUT");
  });
});

describe("a definition that AWS would refuse", () => {
  it.each([
    { what: "no JSON", definition: "{" },
    { what: "no states", definition: { StartAt: "A" } },
    { what: "a missing target", definition: { StartAt: "A", States: { A: { Type: "Pass", Next: "B" } } } },
    { what: "an unknown type", definition: { StartAt: "A", States: { A: { Type: "Go", End: true } } } },
    {
      what: "a path that is none",
      definition: { StartAt: "A", States: { A: { Type: "Pass", InputPath: "$[", End: true } } },
    },
  ])("never starts: $what", ({ definition }) => {
    expect(() => compileStateMachine(definition as never)).toThrow(DefinitionError);
  });
});
