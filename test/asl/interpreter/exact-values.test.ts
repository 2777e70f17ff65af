import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  functionsResolver,
  HistoryJournal,
  localServices,
  memoryHistoryLog,
  memoryObjectStore,
  parseExact,
  parsePayload,
  routeByService,
  stringifyExact,
  type TaskRequest,
} from "../../../shared/asl/index.ts";
import { oneIn } from "../../support/scale.ts";
import { SPELT, speltTexts } from "../exact-texts.ts";
import { detailsOf, run, type States } from "./running.ts";

const pass = (fields: object) => ({ Type: "Pass", ...fields, ...("Next" in fields ? {} : { End: true }) });
const inner = (fields: object = {}, name = "In") => ({ StartAt: name, States: { [name]: pass(fields) } });
const echo = { Type: "Task", Resource: "echo", End: true };
/** A function over HTTP, which answers with the text that it was sent. */
const resolver = { run: ({ input }: TaskRequest) => parseExact(stringifyExact(input)) };

const textOf = async (states: States, text: string, options: object = {}): Promise<string> => {
  const result = await run(states, parsePayload(text), {}, { resolver, ...options });
  expect(result).toMatchObject({ status: "SUCCEEDED" });
  return stringifyExact(result.output);
};

/** What becomes of an input `x`. */
const MACHINES: readonly [what: string, states: States, (x: string) => string][] = [
  ["a Pass", { P: pass({}) }, (x) => x],
  ["a Succeed", { S: { Type: "Succeed" } }, (x) => x],
  ["Parameters", { P: pass({ Parameters: { "a.$": "$", n: 1 } }) }, (x) => `{"a":${x},"n":1}`],
  ["paths", { P: { ...pass({ Parameters: { "a.$": "$" }, OutputPath: "$['a']" }) } }, (x) => x],
  ["the context object", { P: pass({ Parameters: { "a.$": "$$.Execution.Input" }, OutputPath: "$.a" }) }, (x) => x],
  [
    "ResultPath",
    { P: pass({ Parameters: { "k.$": "$" }, Next: "Q" }), Q: pass({ Result: 7, ResultPath: "$.r" }) },
    (x) => `{"k":${x},"r":7}`,
  ],
  [
    "variables",
    { P: pass({ Assign: { "v.$": "$" }, Next: "Q" }), Q: pass({ Parameters: { "a.$": "$v" } }) },
    (x) => `{"a":${x}}`,
  ],
  [
    "a Parallel",
    { B: { Type: "Parallel", Branches: [inner(), inner({ Parameters: { "a.$": "$" } }, "Other")], End: true } },
    (x) => `[${x},{"a":${x}}]`,
  ],
  [
    "a Map",
    {
      P: pass({ Parameters: { "a.$": "States.Array($, $)" }, Next: "M" }),
      M: { Type: "Map", ItemsPath: "$.a", ItemProcessor: inner(), End: true },
    },
    (x) => `[${x},${x}]`,
  ],
  ["a task", { T: echo }, (x) => x],
  [
    "a Wait and a Choice",
    {
      W: { Type: "Wait", Seconds: 1, Next: "C" },
      C: { Type: "Choice", Choices: [{ Variable: "$", IsPresent: true, Next: "P" }] },
      P: pass({}),
    },
    (x) => x,
  ],
  [
    "JSONata that refers to it",
    {
      P: pass({ QueryLanguage: "JSONata", Output: { a: "{% $states.input %}" }, Assign: { v: "{% $states.input %}" } }),
    },
    (x) => `{"a":${x}}`,
  ],
  [
    "text and back",
    {
      P: pass({ Parameters: { "t.$": "States.JsonToString($)" }, Next: "Q" }),
      Q: pass({ Parameters: { "v.$": "States.StringToJson($.t)" } }),
    },
    (x) => `{"v":${x}}`,
  ],
];

describe("numbers and the order of keys", () => {
  it.each(MACHINES)("go as they came through %s", async (_what, states, expected) => {
    expect(await textOf(states, SPELT)).toBe(expected(SPELT));
    await fc.assert(
      fc.asyncProperty(speltTexts, async (text) => {
        fc.pre(text !== "null");
        expect(await textOf(states, text)).toBe(expected(text));
      }),
      { numRuns: 200 / oneIn(4) },
    );
  });

  it("go as they came where a path selects any number of values, also in another thread", async () => {
    const input = `{"list":[${SPELT},{"id":1.0}],"n":[${Array.from({ length: 60_000 }, () => "0").join()}]}`;
    const options = { maxPayloadBytes: 1_000_000 };
    expect(await textOf({ P: pass({ InputPath: "$..id" }) }, input, options)).toBe("[12345678901234567890,1.0]");
    expect(await textOf({ P: pass({ InputPath: "$.list[?(@.f > 0.5)]" }) }, input, options)).toBe(`[${SPELT}]`);
  });

  it("are in the history as they came", async () => {
    const history = memoryHistoryLog();
    await run({ T: echo }, parsePayload(SPELT), {}, { resolver, history });
    const { events } = history;
    const [entered] = detailsOf(events, "TaskStateEntered");
    const [scheduled] = detailsOf(events, "LambdaFunctionScheduled");
    const [succeeded] = detailsOf(events, "ExecutionSucceeded");
    expect([entered?.input, scheduled?.input, succeeded?.output]).toEqual([SPELT, SPELT, SPELT]);
  });

  it("go as they came through a history that is read again", async () => {
    const states = { T: { Type: "Task", Resource: "echo", Next: "P" }, P: pass({ Parameters: { "a.$": "$" } }) };
    for (let events = 1; events < 9; events++) {
      const whole = memoryHistoryLog();
      await run(states, parsePayload(SPELT), {}, { resolver, history: whole });
      const history = memoryHistoryLog(whole.events.slice(0, events));
      expect(await textOf(states, SPELT, { history })).toBe(`{"a":${SPELT}}`);
      expect(history.events.length).toBe(whole.events.length);
    }
  });

  it("are items of a Distributed Map, inputs and outputs of its children, and results, as they came", async () => {
    const objects = memoryObjectStore();
    await objects.put("bucket", "items.json", `[${SPELT},1.0]`);
    const log = memoryHistoryLog();
    const map = {
      Type: "Map",
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        ReaderConfig: { InputType: "JSON" },
        Parameters: { Bucket: "bucket", Key: "items.json" },
      },
      ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...inner() },
      End: true,
    };
    expect(await textOf({ M: map }, "{}", { objects, history: new HistoryJournal(log).of("e") })).toBe(
      `[${SPELT},1.0]`,
    );
    // The children's results are read from what was written of them.
    log.events.pop();
    const history = new HistoryJournal(log).of("e");
    expect(await textOf({ M: map }, "{}", { objects, history })).toBe(`[${SPELT},1.0]`);
    const writer = { ...map, ResultWriter: { WriterConfig: { Transformation: "COMPACT", OutputType: "JSONL" } } };
    expect(JSON.parse(await textOf({ M: writer }, "{}", { objects }))).toBe(`${SPELT}\n1.0\n`);
  });

  it("are bodies of objects and messages as they came", async () => {
    const objects = memoryObjectStore();
    const bodies: string[] = [];
    const services = localServices({ objects, onQueueMessage: ({ body }) => void bodies.push(body) });
    const Parameters = { Bucket: "b", Key: "k", "Body.$": "$" };
    const states = {
      Put: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:s3:putObject",
        Parameters,
        ResultPath: null,
        Next: "Send",
      },
      Send: {
        Type: "Task",
        Resource: "arn:aws:states:::sqs:sendMessage",
        Parameters: { QueueUrl: "q", "MessageBody.$": "$" },
        End: true,
      },
    };
    expect(await run(states, parsePayload(SPELT), {}, { resolver: routeByService(services) })).toMatchObject({
      status: "SUCCEEDED",
    });
    const kept: Buffer[] = [];
    for await (const piece of objects.get("b", "k")) kept.push(Buffer.from(piece));
    expect([Buffer.concat(kept).toString(), ...bodies]).toEqual([SPELT, SPELT]);
  });
});

describe("numbers that are computed with", () => {
  const input = parsePayload(
    '{"one":1.0,"two":2.00,"ten":"10","id":12345678901234567890,"list":[3.0,3],"seconds":1e1}',
  );
  const given = async (fields: object, language = "JSONPath") => {
    const { output, status } = await run({ P: pass({ QueryLanguage: language, ...fields }) }, input);
    return status === "SUCCEEDED" ? stringifyExact(output) : status;
  };

  it.each([
    ["States.MathAdd($.one, $.two)", "3"],
    ["States.ArrayRange($.one, $.two, $.one)", "[1,2]"],
    ["States.ArrayGetItem($.list, $.one)", "3"],
    ["States.ArrayGetItem($.list, 0)", "3.0"],
    ["States.ArrayPartition($.list, $.one)", "[[3.0],[3]]"],
    ["States.ArrayUnique($.list)", "[3,3.0]"],
    ["States.ArrayContains($.list, $.one)", "false"],
    ["States.MathRandom($.one, $.two, $.id)", "1"],
    ["States.Format('{} {}', $.one, $.id)", '"1.0 12345678901234567890"'],
    ["States.JsonToString($.list)", '"[3.0,3]"'],
    ["States.JsonMerge($, States.StringToJson('{\"9\":0.0}'), false)", undefined],
  ])("%s", async (call, expected) => {
    const found = await given({ Parameters: { "r.$": call }, OutputPath: "$.r" });
    expect(found).toBe(expected ?? `${stringifyExact(input).slice(0, -1)},"9":0.0}`);
  });

  it.each([
    { Variable: "$.one", NumericEquals: 1 },
    { Variable: "$.id", NumericGreaterThan: 1e19 },
    { Variable: "$.one", NumericLessThanPath: "$.two" },
    { Variable: "$.one", IsNumeric: true },
  ])("are doubles to a Choice: %j", async (rule) => {
    const states = {
      C: { Type: "Choice", Choices: [{ ...rule, Next: "Yes" }], Default: "No" },
      Yes: pass({ Result: "yes" }),
      No: pass({ Result: "no" }),
    };
    expect((await run(states, input)).output).toBe("yes");
  });

  it("are seconds to wait", async () => {
    const states = { W: { Type: "Wait", SecondsPath: "$.seconds", Next: "P" }, P: pass({ InputPath: "$.seconds" }) };
    const { output, startedAt, stoppedAt } = await run(states, input);
    expect([stoppedAt - startedAt, stringifyExact(output)]).toEqual([10_000, "1e1"]);
  });

  it.each([
    ["{% $states.input.id %}", "12345678901234567890"],
    ["{% $states.input.one + 1 %}", "2"],
    ["{% $states.input.one = 1 %}", "true"],
    ["{% $string($states.input.one) %}", '"1"'],
    ["{% $sum($states.input.list) %}", "6"],
    ["{% [$states.input.id] %}", "[12345678901234567000]"],
    ["{% $match($states.input.ten, /^(1+)+0$/).match & $states.input.one %}", '"101"'],
  ])("are doubles to JSONata but where it only refers: %s", async (Output, expected) => {
    expect(await given({ Output }, "JSONata")).toBe(expected);
  });

  it("are of the type number to JSONata", async () => {
    const states = { W: { Type: "Wait", QueryLanguage: "JSONata", Seconds: "{% $states.input.seconds %}", End: true } };
    expect((await run(states, input)).status).toBe("SUCCEEDED");
  });

  it("have no fields that a path could find", async () => {
    for (const name of ["spelling", "double", "cloneable", "toJSON", "isWhole"]) {
      expect(await given({ InputPath: `$.id.${name}` })).toBe("FAILED");
      expect(await given({ InputPath: `$.id..${name}` })).toBe("[]");
      expect(await given({ Output: `{% $exists($states.input.id.${name}) %}` }, "JSONata")).toBe("false");
    }
    expect(
      (await run({ M: { Type: "Map", ItemsPath: "$.id", ItemProcessor: inner(), End: true } }, input)).status,
    ).toBe("FAILED");
  });

  it("are plain numbers to functions of this process, which get what JSON.parse gives", async () => {
    const events: unknown[] = [];
    const keep = functionsResolver({ echo: (event: object) => void events.push(event) });
    await run({ T: echo }, parsePayload(SPELT), {}, { resolver: keep });
    expect(events).toStrictEqual([JSON.parse(SPELT)]);
  });
});
