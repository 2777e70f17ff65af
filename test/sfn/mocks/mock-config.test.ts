import { describe, expect, it } from "vitest";
import { stringifyExact } from "../../../shared/asl/index.ts";
import { readMockConfig } from "../../../shared/sfn/index.ts";

const config = (change: object = {}) =>
  JSON.stringify({
    StateMachines: { m: { TestCases: { Good: { Ask: "answer" } } } },
    MockedResponses: {
      answer: { "0": { Throw: { Error: "Busy", Cause: "later" } }, "1-2": { Return: 1 }, "10": { Return: null } },
    },
    ...change,
  });

describe("a mock config", () => {
  it("has outcomes by machine, test case, state and attempt", () => {
    const mocks = readMockConfig(config());
    expect([mocks.hasTestCase("m", "Good"), mocks.hasTestCase("m", "Bad"), mocks.hasTestCase("n", "Good")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(mocks.responseOf("m", "Good", "Ask")).toBe("answer");
    expect(mocks.responseOf("m", "Good", "Other")).toBeUndefined();
    expect([0, 1, 2, 3, 10].map((attempt) => mocks.outcomeOf("answer", attempt))).toEqual([
      { Throw: { Error: "Busy", Cause: "later" } },
      { Return: 1 },
      { Return: 1 },
      undefined,
      { Return: null },
    ]);
  });

  it("returns what is in the file as it is spelt there", () => {
    const MockedResponses = '{"answer":{"1":{"Return":{"b":12345678901234567890,"1":1.0}},"0":{"Return":1e400}}}';
    const mocks = readMockConfig(`{"StateMachines":{},"MockedResponses":${MockedResponses}}`);
    expect(stringifyExact([0, 1, 2].map((attempt) => mocks.outcomeOf("answer", attempt)))).toBe(
      '[{"Return":1e400},{"Return":{"b":12345678901234567890,"1":1.0}},null]',
    );
  });

  it("knows nothing by the names that every object has", () => {
    const mocks = readMockConfig(config());
    expect(mocks.hasTestCase("m", "constructor")).toBe(false);
    expect(mocks.hasTestCase("toString", "Good")).toBe(false);
    expect(mocks.responseOf("m", "Good", "valueOf")).toBeUndefined();
  });

  it.each([
    ["{", /expected JSON/],
    ["[]", /expected object, received array/],
    [
      config({ MockedResponses: {} }),
      /StateMachines\.m\.TestCases\.Good\.Ask: expected the name of one of MockedResponses, found answer/,
    ],
    [config({ MockedResponses: { answer: { first: { Return: 1 } } } }), /expected an attempt or a range of them/],
    [config({ MockedResponses: { answer: { "0": { Result: 1 } } } }), /MockedResponses\.answer/],
    [config({ Machines: {} }), /Machines/],
  ])("is refused with what is wrong: %s", (text, message) => {
    expect(() => readMockConfig(text)).toThrow(message);
  });
});
