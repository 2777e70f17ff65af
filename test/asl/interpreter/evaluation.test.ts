import { describe, expect, it } from "vitest";
import {
  functionsResolver,
  type HistoryLog,
  Interpreter,
  memoryHistoryLog,
  memoryObjectStore,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import type { Job } from "../../../shared/asl/query/index.ts";
import { failure, laterThreads, machineOf, NAMES, run, type States, settled, typesOf } from "./running.ts";

/** Every place where an expression may stand. @param as how an expression is written */
function everywhere(as: (expression: string) => string): States {
  const q = (expression: string) => `{% ${as(expression)} %}`;
  const input = "$states.input";
  return {
    Pass: { Type: "Pass", Assign: { n: q("1 + 1") }, Output: { list: q("[1..3]"), e: "b" }, Next: "Choose" },
    Choose: {
      Type: "Choice",
      Choices: [
        { Condition: q(`${input}.e = 'a'`), Next: "Never" },
        { Condition: q(`${input}.e = 'b'`), Output: q(`${input}.list`), Assign: { m: q("$n + 1") }, Next: "Each" },
      ],
    },
    Never: { Type: "Fail", Error: q("'never'"), Cause: q("'never'") },
    Each: {
      Type: "Map",
      Items: q(input),
      MaxConcurrency: q("2"),
      ItemSelector: { value: q("$states.context.Map.Item.Value * $n") },
      ItemProcessor: {
        StartAt: "Work",
        States: {
          Work: {
            Type: "Task",
            Resource: "work",
            Arguments: { by: q(`${input}.value`) },
            TimeoutSeconds: q("99"),
            Output: q("$states.result + $m"),
            Retry: [{ ErrorEquals: ["Oops"], IntervalSeconds: 30 }],
            End: true,
          },
        },
      },
      Output: { sums: q("$states.result") },
      Next: "Pause",
    },
    Pause: { Type: "Wait", Seconds: q("60"), Output: q(input), Next: "Both" },
    Both: {
      Type: "Parallel",
      Arguments: q(`${input}.sums`),
      Branches: [
        { StartAt: "Left", States: { Left: { Type: "Succeed", Output: q(`$sum(${input})`) } } },
        {
          StartAt: "Right",
          States: {
            Right: {
              Type: "Task",
              Resource: "fail",
              Catch: [
                {
                  ErrorEquals: ["States.ALL"],
                  Output: q("$states.errorOutput.Error"),
                  Assign: { seen: q("true") },
                  Next: "Caught",
                },
              ],
              End: true,
            },
            Caught: { Type: "Pass", Output: [q(input), q("$seen")], End: true },
          },
        },
      ],
      Next: "Many",
    },
    Many: {
      Type: "Map",
      Items: q(`$append(${input}[0], ${input}[1])`),
      ItemSelector: { value: q("$states.context.Map.Item.Value") },
      ItemBatcher: { MaxItemsPerBatch: q("2"), BatchInput: { n: q("$n") } },
      ToleratedFailureCount: q("0"),
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        StartAt: "One",
        States: { One: { Type: "Pass", Output: q("$count($states.input.Items)"), End: true } },
      },
      Next: "Fail",
    },
    Fail: { Type: "Fail", Error: q("'The' & 'End'"), Cause: q(`$string(${input})`) },
  };
}

const HANDLERS = {
  work: ({ by }: { by: number }, { task }: { task: { retryCount: number } }) => {
    if (by === 4 && task.retryCount === 0) throw failure("Oops");
    return by * 10;
  },
  fail: () => {
    throw failure("Bad");
  },
};

/** The value is the same; the library has to be asked, and a pattern that branches is not evaluated in the process. */
const apart = (expression: string) => `$contains('a', /^a+$/) ? (${expression})`;

const machine = (as: (expression: string) => string) => machineOf(everywhere(as), { QueryLanguage: "JSONata" });

function interpreter(threads = laterThreads()): Interpreter {
  const resolver = functionsResolver(HANDLERS as never);
  return new Interpreter({
    resolver,
    clock: timeSkippingClock(),
    threads,
    objects: memoryObjectStore(),
    uuid: () => "u",
  });
}

describe("an expression that another thread evaluates", () => {
  it("gives what it gives in the process, wherever it stands, and the history is the same", async () => {
    const threads = laterThreads();
    const [ownLog, otherLog] = [memoryHistoryLog(), memoryHistoryLog()];
    const here = await interpreter().run(
      machine((expression) => expression),
      {},
      { ...NAMES, history: ownLog },
    );
    const there = await interpreter(threads).run(machine(apart), {}, { ...NAMES, history: otherLog });

    expect(here).toMatchObject({ status: "FAILED", error: "TheEnd", cause: "[2,1]" });
    expect(there).toMatchObject({ status: "FAILED", error: "TheEnd", cause: "[2,1]" });
    expect(typesOf(await otherLog.read()).sort()).toEqual(typesOf(await ownLog.read()).sort());
    expect(threads.texts.length).toBeGreaterThan(40);
  });

  it("may be interrupted anywhere: what is taken up goes on to the same end", async () => {
    const whole = memoryHistoryLog();
    const definition = machine(apart);
    await interpreter().run(definition, {}, { ...NAMES, history: whole });
    const events = await whole.read();
    for (let count = 1; count < events.length; count += 1) {
      const log = memoryHistoryLog(events.slice(0, count));
      const result = await interpreter().run(definition, {}, { ...NAMES, history: log });
      expect(result, `after ${count} events`).toMatchObject({ status: "FAILED", error: "TheEnd", cause: "[2,1]" });
    }
  });

  it("holds up no other execution, and is given up when its own is stopped", async () => {
    const given: string[] = [];
    const threads = {
      run:
        ({ text }: Job) =>
        () =>
          void given.push(text),
    };
    const waiting = new Interpreter({ threads });
    const poisoned = machineOf({
      A: { Type: "Pass", QueryLanguage: "JSONata", Output: "{% $match('a', /a+/) %}", End: true },
    });
    const handle = await waiting.start(poisoned);
    await settled();

    expect(await waiting.run(machineOf({ A: { Type: "Succeed" } }), 5)).toMatchObject({ output: 5 });
    handle.stop({ error: "Stopped" });
    expect(await handle.result).toMatchObject({ status: "ABORTED", error: "Stopped" });
    expect(given).toEqual(["$match('a', /a+/)"]);
  });

  it("fails its state as an expression does, and may be caught", async () => {
    const threads = laterThreads(() => ({ failure: ": it took too long" }));
    const history = memoryHistoryLog();
    const result = await run(
      {
        A: {
          Type: "Task",
          QueryLanguage: "JSONata",
          Resource: "work",
          Arguments: "{% $match('a', /a+/) %}",
          Catch: [{ ErrorEquals: ["States.QueryEvaluationError"], Output: "{% $states.errorOutput %}", Next: "B" }],
          End: true,
        },
        B: { Type: "Succeed" },
      },
      {},
      {},
      { threads, history },
    );
    expect(result.output).toEqual({
      Error: "States.QueryEvaluationError",
      Cause:
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression " +
        "'$match('a', /a+/)' specified for the field 'Arguments' threw an error during evaluation: it took too long",
    });
    expect(typesOf(await history.read())).toContain("EvaluationFailed");
  });

  it("is not evaluated again where the history says that it failed", async () => {
    const states: States = {
      A: {
        Type: "Task",
        Resource: "work",
        Arguments: "{% $match($states.input, /^(a+)+$/) %}",
        Retry: [{ ErrorEquals: ["States.QueryEvaluationError"], MaxAttempts: 2 }],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }],
        End: true,
      },
      B: { Type: "Succeed" },
    };
    const definition = machineOf(states, { QueryLanguage: "JSONata" });
    const poison = `${"a".repeat(40)}b`;
    const ended = memoryHistoryLog();
    const threads = laterThreads(() => ({ failure: ": it took too long" }));
    await new Interpreter({ threads, clock: timeSkippingClock() }).run(definition, poison, {
      ...NAMES,
      history: ended,
    });
    const events = await ended.read();
    expect(typesOf(events).filter((type) => type === "EvaluationFailed")).toHaveLength(3);

    const evaluated: number[] = [];
    for (let count = 1; count <= events.length; count += 1) {
      const again = laterThreads(() => ({ failure: ": it took too long" }));
      const log: HistoryLog = memoryHistoryLog(events.slice(0, count));
      const resumed = new Interpreter({ threads: again, clock: timeSkippingClock() });
      const result = await resumed.run(definition, undefined, { ...NAMES, history: log });
      expect(result.output).toMatchObject({ Cause: expect.stringMatching(/it took too long$/) });
      evaluated.push(again.texts.length);
    }
    expect(evaluated).toEqual([3, 3, 2, 1, 0, 0, 0, 0, 0]);
  });
});
