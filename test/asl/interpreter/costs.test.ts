import { describe, expect, it } from "vitest";
import {
  compileStateMachine,
  functionsResolver,
  Interpreter,
  type StateMachineDefinition,
} from "../../../shared/asl/index.ts";
import { failure, laterThreads, machineOf, manualClock, run, type States, settled } from "./running.ts";

const deep = (levels: number, inside: unknown = 1): unknown => {
  let value = inside;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};
const brackets = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const fields = (count: number, value: (index: number) => unknown, suffix = "") =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}${suffix}`, value(index)]));

/** One state that is entered again and again. */
const again = (fieldsOfA: object): States => ({
  A: { Type: "Pass", ...fieldsOfA, Next: "C" },
  C: { Type: "Choice", Choices: [{ Variable: "$.stop", IsPresent: true, Next: "E" }], Default: "A" },
  E: { Type: "Succeed" },
});
const pass = (fieldsOfA: object): States => ({ A: { Type: "Pass", ...fieldsOfA, End: true } });
const jsonata = (fieldsOfA: object): States => pass({ QueryLanguage: "JSONata", ...fieldsOfA });

const tooDeep = /nested more than 1000 levels deep/;
const memory = /memory limit exceeded/;

/** States that ask for more than anybody has, by what they or their input say, and the failure that this ends in. */
const asking: readonly {
  readonly what: string;
  readonly states: States;
  readonly input?: unknown;
  readonly error: string;
  readonly cause: RegExp;
}[] = [
  {
    what: "an output that is nested deeper each time",
    states: again({ Parameters: { "a.$": "$" } }),
    error: "States.DataLimitExceeded",
    cause: tooDeep,
  },
  {
    what: "one that is wide as well",
    states: again({ Parameters: { "a.$": "$", wide: new Array(70).fill(1) } }),
    error: "States.DataLimitExceeded",
    cause: tooDeep,
  },
  {
    what: "text that is nested JSON, read by a function",
    states: pass({ Parameters: { "a.$": "States.StringToJson($)" } }),
    input: brackets(60_000),
    error: "States.Runtime",
    cause: tooDeep,
  },
  {
    what: "text that is nested JSON, read by an expression",
    states: jsonata({ Output: "{% $parse($states.input) %}" }),
    input: brackets(60_000),
    error: "States.QueryEvaluationError",
    cause: tooDeep,
  },
  {
    what: "a result that is nested",
    states: { A: { Type: "Task", Resource: "deep", End: true } },
    error: "States.DataLimitExceeded",
    cause: tooDeep,
  },
  {
    what: "a result that is nested, and nearly too large",
    states: { A: { Type: "Task", Resource: "both", End: true } },
    error: "States.DataLimitExceeded",
    cause: /size exceeding/,
  },
  {
    what: "the text of its input, many times",
    states: pass({ Parameters: fields(300, () => "States.JsonToString($)", ".$") }),
    input: "x".repeat(200_000),
    error: "States.Runtime",
    cause: memory,
  },
  {
    what: "its input in words, many times",
    states: pass({ Parameters: fields(300, () => "States.Format('{}{}', $, $)", ".$") }),
    input: "x".repeat(200_000),
    error: "States.Runtime",
    cause: memory,
  },
  {
    what: "ranges, many times",
    states: pass({ Parameters: fields(4_000, () => "States.ArrayRange(1, 1000, 1)", ".$") }),
    error: "States.Runtime",
    cause: memory,
  },
  {
    what: "long texts of expressions, many times",
    states: jsonata({ Output: fields(12, () => "{% $pad('x', 1900000) %}") }),
    error: "States.QueryEvaluationError",
    cause: memory,
  },
  {
    what: "more variables than an execution may have",
    states: {
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [
          `S${index}`,
          { Type: "Pass", Assign: { [`v${index}.$`]: "$" }, Next: `S${index + 1}` },
        ]),
      ),
      S60: { Type: "Succeed" },
    },
    input: "x".repeat(200_000),
    error: "States.DataLimitExceeded",
    cause: /by the state 'S52' all variables of the execution are larger than 10485760 bytes together/,
  },
];

describe("an execution that asks for more than anybody has", () => {
  const handlers = { deep: () => deep(1_001), both: () => ["x".repeat(100_000), deep(3_000)] };

  it.each(asking)("ends in a failure: $what", async ({ states, input = {}, error, cause }) => {
    const threads = laterThreads();
    expect(await run(states, input, handlers, { threads })).toMatchObject({
      status: "FAILED",
      error,
      cause: expect.stringMatching(cause),
    });
  });

  it("ends with more branches at once than there is memory for", async () => {
    const branches = Array.from({ length: 100 }, (_, index) => ({
      StartAt: `B${index}`,
      States: { [`B${index}`]: { Type: "Wait", Seconds: 1, End: true } },
    }));
    const each = (name: string, state: object) => ({ StartAt: name, States: { [name]: { ...state, End: true } } });
    const split = each("Split", { Type: "Parallel", Branches: branches });
    const inner = each("Inner", { Type: "Map", ItemsPath: "$.list", ItemProcessor: split });
    const outer = each("Outer", { Type: "Map", ItemProcessor: inner }) as unknown as StateMachineDefinition;
    const machine = compileStateMachine(outer, { type: "EXPRESS" });
    const input = new Array(40).fill({ list: new Array(40).fill(0) });
    expect(await new Interpreter({ clock: manualClock() }).run(machine, input)).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
      cause: "The execution has more than 100000 branches and iterations at once.",
    });
  });

  it("has fewer iterations at once where there are many, and does them all", async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let done = 0;
    const work = () => {
      most = Math.max(most, waiting.length + 1);
      return new Promise((resolve) => waiting.push(() => resolve(0)));
    };
    let state: object = { Type: "Task", Resource: "work", End: true };
    for (const name of ["C", "B", "A"]) {
      const ItemProcessor = { StartAt: name, States: { [name]: state } };
      const ItemSelector = { "list.$": "$.list" };
      state = { Type: "Map", ItemsPath: "$.list", ItemSelector, ItemProcessor, ResultSelector: { n: 1 }, End: true };
    }
    const definition = { StartAt: "Top", States: { Top: state } } as unknown as StateMachineDefinition;
    const machine = compileStateMachine(definition, { type: "EXPRESS" });
    const interpreter = new Interpreter({ resolver: functionsResolver({ work }), clock: manualClock() });
    const { result } = await interpreter.start(machine, { list: new Array(31).fill(0) }, { keepsEvents: false });
    for (let count = -1; done < 31 ** 3; count = waiting.length) {
      await settled();
      if (waiting.length !== count) continue;
      done += waiting.length;
      for (const end of waiting.splice(0)) end();
    }
    expect(await result).toMatchObject({ status: "SUCCEEDED" });
    expect(most).toBeGreaterThan(20_000);
    expect(most).toBeLessThan(27_000);
  });

  it("may fork and be aborted as often as it likes", async () => {
    const states: States = {
      A: {
        Type: "Map",
        ItemProcessor: {
          StartAt: "B",
          States: {
            B: {
              Type: "Map",
              ItemsPath: "$.list",
              ItemProcessor: { StartAt: "C", States: { C: { Type: "Task", Resource: "fail", End: true } } },
              End: true,
            },
          },
        },
        Retry: [{ ErrorEquals: ["Oops"], MaxAttempts: 200 }],
        End: true,
      },
    };
    let left = 125;
    const fail = async () => {
      if (left-- > 0) throw failure("Oops");
      return "done";
    };
    const input = new Array(30).fill({ list: new Array(30).fill(0) });
    const options = { top: {}, maxHistoryEvents: Number.POSITIVE_INFINITY };
    expect(await run(states, input, { fail }, options)).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("what is said of a failure", () => {
  it("is cut to what an event may say", async () => {
    const fail = () => {
      throw failure("E".repeat(5_000), "c".repeat(5_000_000));
    };
    const result = await run({ A: { Type: "Task", Resource: "fail", End: true } }, {}, { fail });
    expect(result).toMatchObject({ error: "E".repeat(256), cause: "c".repeat(32_768) });
  });
});

describe("what is too deep", () => {
  it.each([1_001, 60_000])("is no input: %i levels", async (levels) => {
    const machine = machineOf({ A: { Type: "Succeed" } });
    await expect(new Interpreter().run(machine, deep(levels))).rejects.toThrow(tooDeep);
    expect(await new Interpreter().run(machine, deep(1_000))).toMatchObject({ status: "SUCCEEDED" });
  });

  it("is no definition, as text or as an object", () => {
    const definition = { StartAt: "A", States: { A: { Type: "Pass", Result: deep(60_000), End: true } } };
    expect(() => compileStateMachine(definition as unknown as StateMachineDefinition)).toThrow(tooDeep);
    const text = `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":${brackets(60_000)},"End":true}}}`;
    expect(() => compileStateMachine(text as unknown as StateMachineDefinition)).toThrow(tooDeep);
  });

  it.each([
    ["negations", `${"!".repeat(1_000)}@.a`],
    ["filters", `${"@[?(".repeat(1_000)}@.a${")]".repeat(1_000)}`],
    ["lists", `@.a in ${brackets(1_000)}`],
  ])("is no filter: %s", (_, filter) => {
    expect(() => machineOf(pass({ Parameters: { "a.$": `$[?(${filter})]` } }))).toThrow(/must be a valid JSONPath/);
  });

  it.each([
    ["parentheses", `${"(".repeat(60_000)}@.a${")".repeat(60_000)}`],
    ["alternatives", `@.a${" || @.a".repeat(10_000)}`],
  ])("is a filter, for nothing in it stands in one another: %s", async (_, filter) => {
    const machine = machineOf(pass({ Parameters: { "a.$": `$[?(${filter})]` } }));
    expect(await new Interpreter().run(machine, [{ a: 1 }, {}])).toMatchObject({ output: { a: [{ a: 1 }] } });
  });
});
