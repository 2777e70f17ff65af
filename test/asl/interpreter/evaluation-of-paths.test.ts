import { describe, expect, it } from "vitest";
import { functionsResolver, Interpreter, memoryHistoryLog, timeSkippingClock } from "../../../shared/asl/index.ts";
import { failure, laterThreads, machineOf, NAMES, type States, typesOf } from "./running.ts";

/** Every place where a path may select any number of values. @param filter holds for all items */
function everywhere(filter: string): States {
  const items = `$.items[?(${filter})]`;
  return {
    Pass: {
      Type: "Pass",
      Parameters: { "items.$": items, "count.$": `States.ArrayLength(${items})` },
      Next: "Remember",
    },
    Remember: { Type: "Pass", Assign: { "n.$": `States.ArrayLength(${items})` }, Next: "Choose" },
    Choose: {
      Type: "Choice",
      Choices: [{ Variable: "$n", NumericEqualsPath: "$.count", Assign: { "m.$": `${items}.v` }, Next: "Each" }],
      Default: "Fail",
    },
    Each: {
      Type: "Map",
      ItemsPath: "$.items",
      ItemSelector: { "item.$": "$$.Map.Item.Value", "all.$": `${items}.v`, "items.$": "$.items" },
      ItemProcessor: {
        StartAt: "Work",
        States: {
          Work: {
            Type: "Task",
            Resource: "work",
            InputPath: "$",
            Parameters: { "by.$": "$.item.v", "among.$": `${items}.v`, "all.$": "$.all" },
            ResultSelector: { "items.$": items },
            ResultPath: "$.got",
            OutputPath: `$.got.items[?(${filter})].v`,
            End: true,
          },
        },
      },
      ResultPath: "$.each",
      Next: "Both",
    },
    Both: {
      Type: "Parallel",
      Parameters: { "items.$": items, "each.$": "$.each" },
      Branches: [
        {
          StartAt: "Left",
          States: { Left: { Type: "Succeed", InputPath: "$.items", OutputPath: `$[?(${filter})].v` } },
        },
        {
          StartAt: "Right",
          States: {
            Right: {
              Type: "Task",
              Resource: "fail",
              Catch: [
                {
                  ErrorEquals: ["Bad"],
                  Assign: { "error.$": "$.Error" },
                  ResultPath: "$.failure",
                  Next: "Caught",
                },
              ],
              End: true,
            },
            Caught: { Type: "Pass", Parameters: { "v.$": `${items}.v`, "e.$": "$error" }, End: true },
          },
        },
      ],
      ResultSelector: { "left.$": "$[0]", "right.$": "$[1]", "n.$": "$m" },
      ResultPath: "$.both",
      Next: "Fail",
    },
    Fail: {
      Type: "Fail",
      ErrorPath: `States.Format('{} items', States.ArrayLength(${items}))`,
      CausePath: "States.JsonToString($.both)",
    },
  };
}

const input = { items: [1, 2, 3].map((v) => ({ k: "a", v })) };
const end = {
  status: "FAILED",
  error: "3 items",
  cause: '{"left":[1,2,3],"right":{"v":[1,2,3],"e":"Bad"},"n":[1,2,3]}',
};
const works = {
  work: ({ by, among }: { by: number; among: number[] }) => ({ items: among.map((v) => ({ k: "a", v: v * by })) }),
  fail: () => {
    throw failure("Bad");
  },
};
const interpreter = (threads = laterThreads()) =>
  new Interpreter({
    resolver: functionsResolver(works as never),
    clock: timeSkippingClock(),
    threads,
    uuid: () => "u",
  });

const here = machineOf(everywhere("@.k == 'a'"));
const apart = machineOf(everywhere("@.k =~ /a+/"));

describe("a path that another thread evaluates", () => {
  it("gives what it gives in the process, wherever it stands, and the history is the same", async () => {
    const [ownLog, otherLog] = [memoryHistoryLog(), memoryHistoryLog()];
    const threads = laterThreads();
    expect(await interpreter().run(here, input, { ...NAMES, history: ownLog })).toMatchObject(end);
    expect(await interpreter(threads).run(apart, input, { ...NAMES, history: otherLog })).toMatchObject(end);
    expect(typesOf(await otherLog.read()).sort()).toEqual(typesOf(await ownLog.read()).sort());
    expect(threads.texts).toHaveLength(20);
  });

  it("may be interrupted anywhere: what is taken up goes on to the same end", async () => {
    const whole = memoryHistoryLog();
    await interpreter().run(apart, input, { ...NAMES, history: whole });
    const events = await whole.read();
    for (let count = 1; count < events.length; count += 1) {
      const history = memoryHistoryLog(events.slice(0, count));
      expect(await interpreter().run(apart, undefined, { ...NAMES, history }), `after ${count} events`).toMatchObject(
        end,
      );
    }
  });

  it("that could not be evaluated ends its execution, and is not evaluated again where the history says so", async () => {
    const threads = laterThreads(() => ({ failure: ": it took too long" }));
    const history = memoryHistoryLog();
    const definition = machineOf({
      A: {
        Type: "Map",
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "B" }],
        ItemProcessor: { StartAt: "C", States: { C: { Type: "Pass", InputPath: "$[?(@ =~ /(a+)+/)]", End: true } } },
        End: true,
      },
      B: { Type: "Succeed" },
    });
    const failed = {
      status: "FAILED",
      error: "States.Runtime",
      cause: expect.stringMatching(/^An error occurred while executing the state 'C' .*: it took too long$/),
    };
    expect(await new Interpreter({ threads }).run(definition, [["a"]], { ...NAMES, history })).toMatchObject(failed);

    const otherwise = laterThreads();
    const ended = { ...NAMES, history: memoryHistoryLog(await history.read()) };
    expect(await new Interpreter({ threads: otherwise }).run(definition, undefined, ended)).toMatchObject(failed);
    expect(otherwise.texts).toEqual([]);
  });
});
