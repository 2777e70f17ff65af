import { describe, expect, it } from "vitest";
import {
  functionsResolver,
  type HistoryBatch,
  HistoryError,
  type HistoryEvent,
  type HistoryLog,
  Interpreter,
  memoryHistoryLog,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import { failure, machineOf, manualClock, type States, settled, typesOf } from "./running.ts";

const NAMES = { name: "run", stateMachineName: "machine" };

/** Every kind of work that can be interrupted: a Map of flaky tasks, a Parallel, a Wait and a callback. */
const WORKFLOW: States = {
  Each: {
    Type: "Map",
    ItemProcessor: {
      StartAt: "Work",
      States: {
        Work: { Type: "Task", Resource: "work", Retry: [{ ErrorEquals: ["Oops"], IntervalSeconds: 30 }], End: true },
      },
    },
    Next: "Both",
  },
  Both: {
    Type: "Parallel",
    Branches: [
      { StartAt: "Pause", States: { Pause: { Type: "Wait", Seconds: 600, End: true } } },
      { StartAt: "Sum", States: { Sum: { Type: "Task", Resource: "sum", End: true } } },
    ],
    ResultSelector: { "sum.$": "$[1]" },
    Next: "Ask",
  },
  Ask: {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Parameters: { FunctionName: "ask", Payload: { "token.$": "$$.Task.Token" } },
    ResultPath: "$.answer",
    End: true,
  },
};

/** Runs the workflow, or goes on with it. Who was given a token answers until it is heard, whatever process it asks. */
async function work(log: HistoryLog, ran: string[], tokens: Set<string>) {
  const interpreter = new Interpreter({
    clock: timeSkippingClock(),
    resolver: functionsResolver({
      work: async (n: number, { task }) => {
        ran.push(`work ${n}, try ${task.retryCount}`);
        if (n % 2 === 1 && task.retryCount === 0) throw failure("Oops");
        return n * 10;
      },
      sum: (numbers: number[]) => {
        ran.push("sum");
        return numbers.reduce((sum, number) => sum + number, 0);
      },
      ask: ({ token }: { token: string }) => {
        ran.push("ask");
        tokens.add(token);
      },
    }),
  });
  let isOver = false;
  const result = interpreter.run(machineOf(WORKFLOW), [1, 2, 3], { ...NAMES, history: log }).finally(() => {
    isOver = true;
  });
  result.catch(() => {});
  while (!isOver) {
    await settled();
    for (const token of tokens) await interpreter.completeTask(token, { output: "yes" }).catch(() => {});
  }
  return result;
}

/** A log that fails at its nth write, as a process that is killed then; what was written before is kept. */
function killedAt(nth: number, log: HistoryLog & { readonly events: HistoryEvent[] }): HistoryLog {
  let writes = 0;
  return {
    read: () => log.read(),
    append: (batch: HistoryBatch) => {
      writes += 1;
      return writes < nth ? log.append(batch) : Promise.reject(new Error("killed"));
    },
  };
}

describe("an execution whose process is killed at its nth write", () => {
  it("ends with the same output, and runs no finished task twice, for every n", async () => {
    const expected = await work(memoryHistoryLog(), [], new Set());
    expect(expected).toMatchObject({ status: "SUCCEEDED", output: { sum: 60, answer: "yes" } });
    for (let nth = 1; ; nth++) {
      const log = memoryHistoryLog();
      const tokens = new Set<string>();
      const died = await work(killedAt(nth, log), [], tokens).then(
        () => false,
        (error: Error) => error.message === "killed",
      );
      const finished = typesOf(log.events).filter((type) => /^(LambdaFunction|Task)Succeeded$/.test(type)).length;
      const after: string[] = [];
      const result = await work(log, after, tokens);
      expect(result).toMatchObject({ status: "SUCCEEDED", output: expected.output });
      // Five tasks succeed in all; those that had are not among the ones run again.
      const runAgain = after.filter((run) => !/^work [13], try 0$/.test(run)).length;
      expect(runAgain).toBeLessThanOrEqual(5 - finished);
      if (!died) break;
      expect(nth).toBeLessThan(100);
    }
  });
});

describe("an execution taken up again", () => {
  const PAUSE = { A: { Type: "Wait", Seconds: 100, Next: "B" }, B: { Type: "Succeed" } };

  it("keeps the deadline of a wait", async () => {
    const clock = manualClock();
    const log = memoryHistoryLog();
    await new Interpreter({ clock }).start(machineOf(PAUSE), {}, { ...NAMES, history: log });
    clock.advance(60_000);
    const second = manualClock(clock.now());
    const execution = await new Interpreter({ clock: second }).start(machineOf(PAUSE), {}, { ...NAMES, history: log });
    second.advance(39_999);
    await settled();
    expect(typesOf(execution.events)).not.toContain("WaitStateExited");
    second.advance(1);
    const result = await execution.result;
    expect(result.stoppedAt - result.startedAt).toBe(100_000);
  });

  it("waits on for a token that was handed out, without calling again", async () => {
    const states = {
      A: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: { FunctionName: "f", Payload: { "token.$": "$$.Task.Token" } },
        End: true,
      },
    };
    const tokens: string[] = [];
    const resolver = functionsResolver({ f: ({ token }: { token: string }) => void tokens.push(token) });
    const log = memoryHistoryLog();
    const clock = manualClock();
    const first = await new Interpreter({ resolver, clock }).start(machineOf(states), {}, { ...NAMES, history: log });
    while (!typesOf(log.events).includes("TaskSubmitted")) await settled();
    void first;
    const second = new Interpreter({ resolver, clock });
    const execution = await second.start(machineOf(states), {}, { ...NAMES, history: log });
    expect(tokens).toHaveLength(1);
    expect(await second.completeTask(tokens[0]!, { output: 7 })).toBe(true);
    expect((await execution.result).output).toBe(7);
  });

  it("runs a started task again without using up a retry, and leaves its events as they are", async () => {
    const states = {
      A: { Type: "Task", Resource: "f", Retry: [{ ErrorEquals: ["Oops"], MaxAttempts: 1 }], End: true },
    };
    const log = memoryHistoryLog();
    const hanging = new Interpreter({ resolver: { run: () => new Promise(() => {}) }, clock: manualClock() });
    await hanging.start(machineOf(states), {}, { ...NAMES, history: log });
    const tries: number[] = [];
    const failing = new Interpreter({
      clock: timeSkippingClock(),
      resolver: {
        run: ({ retryCount }) => {
          tries.push(retryCount);
          throw failure("Oops");
        },
      },
    });
    const result = await failing.run(machineOf(states), {}, { ...NAMES, history: log });
    expect(tries).toEqual([0, 1]);
    expect(typesOf(result.history).filter((type) => type === "LambdaFunctionScheduled")).toHaveLength(2);
  });

  it("that has ended gives its result again and runs nothing", async () => {
    const log = memoryHistoryLog();
    const machine = machineOf({ A: { Type: "Task", Resource: "f", End: true } });
    const run = () => {
      throw failure("Oops", "once");
    };
    const first = await new Interpreter({ resolver: { run } }).run(machine, {}, { ...NAMES, history: log });
    const never = () => expect.unreachable();
    const again = await new Interpreter({ resolver: { run: never } }).run(machine, {}, { ...NAMES, history: log });
    const { status, error, cause, stoppedAt } = first;
    expect(again).toMatchObject({ status, error, cause, stoppedAt });
  });

  it("takes values from its history and not from chance", async () => {
    const states = {
      A: { Type: "Pass", Parameters: { "id.$": "States.UUID()" }, Next: "B" },
      B: { Type: "Wait", Seconds: 10, End: true },
    };
    const log = memoryHistoryLog();
    await new Interpreter({ clock: manualClock(), uuid: () => "first" }).start(
      machineOf(states),
      {},
      { ...NAMES, history: log },
    );
    const second = new Interpreter({ clock: timeSkippingClock(), uuid: () => "second" });
    expect((await second.run(machineOf(states), {}, { ...NAMES, history: log })).output).toEqual({ id: "first" });
  });

  it.each([
    { what: "another definition", states: { Other: { Type: "Pass", Next: "A" }, ...PAUSE } as States },
    { what: "a state of another type", states: { A: { Type: "Pass", Next: "B" }, B: { Type: "Succeed" } } as States },
  ])("is refused with $what", async ({ states }) => {
    const log = memoryHistoryLog();
    await new Interpreter({ clock: manualClock() }).start(machineOf(PAUSE), {}, { ...NAMES, history: log });
    await new Interpreter({ clock: timeSkippingClock() }).run(machineOf(PAUSE), {}, { ...NAMES, history: log });
    const resumed = new Interpreter().run(machineOf(states), {}, { ...NAMES, history: log });
    await expect(resumed).rejects.toThrow(HistoryError);
    await expect(resumed).rejects.toThrow(/does not follow.*Resume with the definition/);
  });

  it("is refused if its history does not begin at the beginning", async () => {
    const log = memoryHistoryLog([{ id: 2, previousEventId: 0, type: "PassStateEntered", timestamp: 0 }]);
    await expect(new Interpreter().run(machineOf(PAUSE), {}, { history: log })).rejects.toThrow(HistoryError);
  });
});
