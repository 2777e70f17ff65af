import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { conformance } from "../lab/conformance/run.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conformance-"));
});
afterEach(() => rm(folder, { recursive: true }));

type Json = Record<string, unknown>;

const TASK = {
  StartAt: "A",
  States: {
    A: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { FunctionName: "f", "Payload.$": "$.q" },
      End: true,
    },
  },
};
const called = { FunctionName: "f", Payload: "ask" };
const lambda = { resource: "invoke", resourceType: "lambda" };

/** An execution as a recording has it: one task that fails. Each test changes one thing of it. */
const failing = (change: (expected: Json) => void = () => {}) => {
  const cause = "no answer (Request ID: <request_id>)";
  const expected: Json = {
    status: "FAILED",
    error: "Sad",
    cause,
    eventOrder: "total",
    historyEventTypes: [
      "ExecutionStarted",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskFailed",
      "ExecutionFailed",
    ],
    events: [
      { id: 1, prev: 0, type: "ExecutionStarted", details: { input: { q: "<question>" }, roleArn: "role" } },
      { id: 2, prev: 0, type: "TaskStateEntered", details: { name: "A", input: { q: "<question>" } } },
      {
        id: 3,
        prev: 2,
        type: "TaskScheduled",
        details: { ...lambda, region: "us-east-1", parameters: { ...called, Payload: "<question>" } },
      },
      { id: 4, prev: 3, type: "TaskStarted", details: lambda },
      { id: 5, prev: 4, type: "TaskFailed", details: { ...lambda, error: "Sad", cause } },
      { id: 6, prev: 5, type: "ExecutionFailed", details: { error: "Sad", cause } },
    ],
  };
  change(expected);
  return {
    id: "failing",
    kind: "execution",
    family: "own",
    requires: [],
    definition: TASK,
    type: "STANDARD",
    input: { q: "ask" },
    context: { Execution: { Id: "arn", Name: "n", RoleArn: "role" }, StateMachine: { Id: "arn", Name: "m" } },
    mocks: {
      calls: [{ state: "A", input: called, event: "TaskFailed", error: "Sad", cause: "no answer (Request ID: 7)" }],
    },
    expected,
  };
};

async function check(cases: readonly object[], ...args: string[]) {
  await writeFile(join(folder, "own.json"), JSON.stringify(cases));
  const printed: string[] = [];
  const warned: string[] = [];
  const code = await conformance([folder, ...args], {
    print: (line) => void printed.push(line),
    warn: (line) => void warned.push(line),
  });
  return { code, printed, warned: warned.join("\n") };
}

describe("the conformance runner", () => {
  it("passes what is as recorded, reading placeholders", async () => {
    const { code, printed } = await check([failing()]);
    expect(printed.at(-1)).toBe("1 passed, 0 failed");
    expect(printed[0]).toMatch(/^own +1\/1 +result 1\/1 +cause 1\/1 +event types 1\/1 +event details 1\/1$/);
    expect(code).toBe(0);
  });

  const events = (expected: Json) => expected.events as Json[];
  it.each([
    { what: "status", change: (expected: Json) => Object.assign(expected, { status: "SUCCEEDED", output: 1 }) },
    { what: "error", change: (expected: Json) => Object.assign(expected, { error: "Happy" }) },
    {
      what: "cause",
      change: (expected: Json) => Object.assign(expected, { cause: "another (Request ID: <request_id>)" }),
    },
    { what: "event type", change: (expected: Json) => events(expected).splice(3, 1) },
    {
      what: "event detail",
      change: (expected: Json) =>
        Object.assign(events(expected)[2]!, { details: { ...lambda, region: "us-east-1", parameters: {} } }),
    },
    {
      what: "detail too many",
      change: (expected: Json) => Object.assign(events(expected)[3]!, { details: { ...lambda, more: 1 } }),
    },
    { what: "predecessor", change: (expected: Json) => Object.assign(events(expected)[4]!, { prev: 3 }) },
  ])("fails on another $what, and says so", async ({ change }) => {
    const { code, printed, warned } = await check([failing((expected) => void change(expected))], "--verbose");
    expect(printed.at(-1)).toBe("0 passed, 1 failed");
    expect(warned).toContain("FAILED failing");
    expect(code).toBe(1);
  });

  it("compares events of concurrent branches as sets", async () => {
    const { printed } = await check([
      failing((expected) => Object.assign(expected, { eventOrder: "concurrent", events: events(expected).reverse() })),
    ]);
    expect(printed.at(-1)).toBe("1 passed, 0 failed");
  });

  it("fails a case that does not end", async () => {
    const hanging = failing();
    const mocks = { calls: [{ state: "A", timeout: true }] };
    const { printed, warned } = await check([{ ...hanging, mocks }], "--verbose", "--timeout", "50");
    expect(printed.at(-1)).toBe("0 passed, 1 failed");
    expect(warned).toContain("did not end within 50 ms");
  });

  it("prints an object a line with --json, and the count", async () => {
    const { printed } = await check(
      [failing(), failing((expected) => Object.assign(expected, { error: "Happy" }))],
      "--json",
    );
    expect(JSON.parse(printed[0]!)).toMatchObject({ family: "own", passed: 1, failed: 1, result: [1, 2] });
    expect(JSON.parse(printed[1]!)).toMatchObject({ family: "all", passed: 1, failed: 1 });
    expect(printed.at(-1)).toBe("1 passed, 1 failed");
  });

  it("checks definitions and single states too", async () => {
    const state = { Type: "Pass", Result: 7, End: true };
    const cases = [
      {
        id: "v",
        kind: "validate",
        family: "v",
        requires: [],
        definition: { StartAt: "A", States: { A: { Type: "Succeed" } } },
        args: {},
        expected: { response: { result: "OK", diagnostics: [], truncated: false } },
      },
      {
        id: "t",
        kind: "testState",
        family: "t",
        requires: [],
        definition: state,
        args: { input: {}, inspectionLevel: "INFO" },
        expected: { response: { status: "SUCCEEDED", output: "7" } },
      },
    ];
    expect((await check(cases)).printed.at(-1)).toBe("2 passed, 0 failed");
  });

  it("is wrong where there is no case, or none that was asked for", async () => {
    const warned: string[] = [];
    const output = { print: () => {}, warn: (line: string) => void warned.push(line) };
    expect(await conformance([folder], output)).toBe(2);
    expect((await check([failing()], "--id", "no such case")).code).toBe(2);
    expect(warned).toEqual([`${folder}: expected case files (*.json), found 0 cases and none that was asked for`]);
  });

  it("says what is wrong with its arguments", async () => {
    const warned: string[] = [];
    const output = { print: () => {}, warn: (line: string) => void warned.push(line) };
    expect(await conformance([], output)).toBe(2);
    expect(await conformance([join(folder, "none")], output)).toBe(2);
    expect(await conformance([folder, "--colour"], output)).toBe(2);
    expect(warned).toHaveLength(3);
  });
});
