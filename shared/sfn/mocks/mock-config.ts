import * as z from "zod";
import { plainJson } from "../../asl/engine.ts";
import { parseExact } from "../../asl/index.ts";

/**
 * What tasks answer in test cases, in the form of Step Functions Local's `MockConfigFile.json` (developer guide, "Testing state
 * machines with Step Functions Local"): machines have test cases, these name a mocked response for a state, and a response has
 * a result or an error for each attempt, counted from 0.
 */
const outcome = z.union([
  z.strictObject({ Return: z.custom<unknown>((value) => value !== undefined) }),
  z.strictObject({ Throw: z.strictObject({ Error: z.string(), Cause: z.string() }) }),
]);

const mockConfig = z.strictObject({
  StateMachines: z.record(
    z.string(),
    z.strictObject({ TestCases: z.record(z.string(), z.record(z.string(), z.string())) }),
  ),
  MockedResponses: z.record(z.string(), z.record(z.string(), outcome)),
});

export type MockOutcome = z.infer<typeof outcome>;

/** Mocked tasks by machine, test case and state. */
export interface MockConfig {
  hasTestCase(machineName: string, testCase: string): boolean;
  /** The name of the response that a state has in a test case; undefined for one that does its work. */
  responseOf(machineName: string, testCase: string, stateName: string): string | undefined;
  /** What an attempt comes to; undefined where the response says nothing of it. */
  outcomeOf(response: string, attempt: number): MockOutcome | undefined;
}

/** @throws {Error} that says where the text is no mock config, what was expected and what was found */
export function readMockConfig(text: string): MockConfig {
  const spelt = parse(text) as z.infer<typeof mockConfig>;
  const parsed = mockConfig.safeParse(plainJson(spelt));
  if (!parsed.success) throw new Error(`mock config: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`);
  const { StateMachines, MockedResponses } = parsed.data;
  for (const [response, attempts] of Object.entries(MockedResponses)) {
    const key = Object.keys(attempts).find((each) => !/^\d+(?:-\d+)?$/.test(each));
    if (key === undefined) continue;
    throw new Error(
      `mock config: MockedResponses.${response}: expected an attempt or a range of them, such as 0 or 1-3; found ${key}`,
    );
  }
  for (const [machine, { TestCases }] of Object.entries(StateMachines)) {
    for (const [testCase, states] of Object.entries(TestCases)) {
      for (const [state, response] of Object.entries(states)) {
        if (Object.hasOwn(MockedResponses, response)) continue;
        const place = `StateMachines.${machine}.TestCases.${testCase}.${state}`;
        throw new Error(`mock config: ${place}: expected the name of one of MockedResponses, found ${response}`);
      }
    }
  }
  const own = <Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined =>
    record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
  const statesOf = (machineName: string, testCase: string) => own(own(StateMachines, machineName)?.TestCases, testCase);
  return {
    hasTestCase: (machineName, testCase) => statesOf(machineName, testCase) !== undefined,
    responseOf: (machineName, testCase, stateName) => own(statesOf(machineName, testCase), stateName),
    outcomeOf(response, attempt) {
      const attempts = Object.entries(own(MockedResponses, response) ?? {});
      const found = attempts.find(([key]) => {
        const [first = 0, last = first] = key.split("-").map(Number);
        return first <= attempt && attempt <= last;
      });
      // What a task returns is as it is spelt in the file.
      return found === undefined ? undefined : spelt.MockedResponses[response]![found[0]];
    },
  };
}

function parse(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    throw new Error(`mock config: expected JSON: ${(error as Error).message}`);
  }
}
