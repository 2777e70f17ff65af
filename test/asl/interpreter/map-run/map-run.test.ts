import { describe, expect, it } from "vitest";
import {
  type FunctionHandler,
  functionsResolver,
  HistoryJournal,
  type HistoryLog,
  Interpreter,
  type InterpreterOptions,
  type MapRunStart,
  memoryHistoryLog,
  memoryObjectStore,
  type TaskResolver,
  timeSkippingClock,
} from "../../../../shared/asl/index.ts";
import { detailsOf, failure, machineOf, manualClock, run, type States, settled, typesOf } from "../running.ts";

const NAMES = { name: "run", stateMachineName: "machine" };
const TASK = { StartAt: "T", States: { T: { Type: "Task", Resource: "f", End: true } } };

const mapOf = (extra: object = {}, body: object = TASK): States => ({
  M: {
    Type: "Map",
    ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...body },
    End: true,
    ...extra,
  },
});

const failOn =
  (...bad: unknown[]): FunctionHandler =>
  (n: unknown) => {
    if (bad.includes(n)) throw failure("Oops");
    return n;
  };

describe("a Map Run", () => {
  it("gives the outputs in the order of the items, and leaves only itself in the history", async () => {
    const slowFirst = async (n: number) => {
      for (let turn = 0; turn < 10 - n; turn++) await settled();
      return n * 2;
    };
    const { output, history } = await run(mapOf(), [1, 2, 3], { f: slowFirst });
    expect(output).toEqual([2, 4, 6]);
    expect(typesOf(history)).toEqual([
      "ExecutionStarted",
      "MapStateEntered",
      "MapStateStarted",
      "MapRunStarted",
      "MapRunSucceeded",
      "MapStateSucceeded",
      "MapStateExited",
      "ExecutionSucceeded",
    ]);
    expect(detailsOf(history, "MapStateStarted")).toEqual([{ length: 3 }]);
  });

  it("takes its ARN from the label, and its children theirs from it", async () => {
    const arns: string[] = [];
    const f = (_: unknown, { task }: { task: { executionArn: string } }) => arns.push(task.executionArn);
    const { history } = await run(mapOf({ Label: "Each" }), [1, 2], { f }, NAMES);
    const [{ mapRunArn }] = detailsOf(history, "MapRunStarted") as [{ mapRunArn: string }];
    expect(mapRunArn).toMatch(/^arn:aws:states:us-east-1:123456789012:mapRun:machine\/Each:[\da-f-]{36}$/);
    expect(new Set(arns).size).toBe(2);
    for (const arn of arns)
      expect(arn).toMatch(/^arn:aws:states:us-east-1:123456789012:execution:machine\/Each:[\da-f-]{36}$/);
  });

  it("starts no more children than MaxConcurrency allows", async () => {
    let running = 0;
    let most = 0;
    const f = async () => {
      most = Math.max(most, ++running);
      await settled();
      running -= 1;
    };
    await run(
      mapOf({ MaxConcurrency: 3 }),
      Array.from({ length: 20 }, () => 0),
      { f },
    );
    expect(most).toBe(3);
  });

  it("selects items with its own context and variables, which its children do not see", async () => {
    const states = {
      A: { Type: "Pass", Assign: { kept: 5 }, Next: "M" },
      ...mapOf({
        ItemsPath: "$.list",
        ItemSelector: { "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "kept.$": "$kept", "all.$": "$.list" },
      }),
    };
    const { output } = await run(states, { list: ["a", "b"] }, { f: (event: unknown) => event });
    expect(output).toEqual([
      { v: "a", i: 0, kept: 5, all: ["a", "b"] },
      { v: "b", i: 1, kept: 5, all: ["a", "b"] },
    ]);
  });

  it.each([
    { what: "so many items", batcher: { MaxItemsPerBatch: 2 }, sizes: [2, 2, 1] },
    { what: "so many as a path says, if as text", batcher: { MaxItemsPerBatchPath: "$.size" }, sizes: [3, 2] },
    { what: "so many bytes", batcher: { MaxInputBytesPerBatch: 40 }, sizes: [1, 1, 1, 1, 1] },
  ])("hands items over in batches of $what", async ({ batcher, sizes }) => {
    const list = Array.from({ length: 5 }, (_, n) => ({ text: `item number ${n}` }));
    const f = ({ Items }: { Items: unknown[] }) => Items.length;
    const { output } = await run(mapOf({ ItemsPath: "$.list", ItemBatcher: batcher }), { list, size: "3" }, { f });
    expect(output).toEqual(sizes);
  });

  it("adds to each batch what all of them need", async () => {
    const ItemBatcher = { MaxItemsPerBatch: 2, BatchInput: { "who.$": "$.who" } };
    const states = mapOf({ ItemsPath: "$.list", ItemBatcher });
    const { output } = await run(states, { list: [1, 2, 3], who: "me" }, { f: (event: unknown) => event });
    expect(output).toEqual([
      { BatchInput: { who: "me" }, Items: [1, 2] },
      { BatchInput: { who: "me" }, Items: [3] },
    ]);
  });

  it.each([
    { tolerates: "nothing by default", extra: {}, bad: [2], status: "FAILED" },
    { tolerates: "as many failures as the count", extra: { ToleratedFailureCount: 1 }, bad: [2], status: "SUCCEEDED" },
    { tolerates: "no more than the count", extra: { ToleratedFailureCount: 1 }, bad: [2, 3], status: "FAILED" },
    { tolerates: "the percentage", extra: { ToleratedFailurePercentage: 50 }, bad: [2, 3], status: "SUCCEEDED" },
    {
      tolerates: "no more than the percentage",
      extra: { ToleratedFailurePercentage: 49 },
      bad: [2, 3],
      status: "FAILED",
    },
  ])("tolerates $tolerates", async ({ extra, bad, status }) => {
    const result = await run(mapOf(extra), [1, 2, 3, 4], { f: failOn(...bad) });
    expect(result.status).toBe(status);
    if (status === "SUCCEEDED") expect(result.output).toEqual([1, 2, 3, 4].filter((n) => !bad.includes(n)));
    else {
      expect(result.error).toBe("States.ExceedToleratedFailureThreshold");
      expect(typesOf(result.history).slice(-3)).toEqual(["MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
    }
  });

  it.each([
    { tolerates: "as many items as the count", bad: "b", count: 2, status: "SUCCEEDED" },
    { tolerates: "no more items than the count, if all of one batch", bad: "b", count: 1, status: "FAILED" },
    { tolerates: "the percentage of items", bad: "c", percentage: 20, status: "SUCCEEDED" },
    { tolerates: "no more than the percentage of items", bad: "b", percentage: 39, status: "FAILED" },
  ])("of batches tolerates $tolerates", async ({ bad, count, percentage, status }) => {
    const f = ({ Items }: { Items: string[] }) => {
      if (Items.includes(bad)) throw failure("Oops");
      return Items.length;
    };
    const tolerated =
      count === undefined ? { ToleratedFailurePercentage: percentage } : { ToleratedFailureCount: count };
    const states = mapOf({ ItemBatcher: { MaxItemsPerBatch: 2 }, ...tolerated });
    expect((await run(states, ["a", "a", "b", "b", "c"], { f })).status).toBe(status);
  });

  it("can be caught, and tried again as a new run", async () => {
    let calls = 0;
    const f = () => {
      if (++calls === 1) throw failure("Oops");
      return calls;
    };
    const Retry = [{ ErrorEquals: ["States.ExceedToleratedFailureThreshold"] }];
    const { output, history } = await run(mapOf({ Retry }), [0], { f });
    expect(output).toEqual([2]);
    const arns = detailsOf(history, "MapRunStarted").map(({ mapRunArn }) => mapRunArn);
    expect(new Set(arns).size).toBe(2);
  });

  it("stops its children when its execution is stopped", async () => {
    const signals: AbortSignal[] = [];
    const resolver = {
      run: ({ signal }: { readonly signal: AbortSignal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    };
    const execution = await new Interpreter({ resolver }).start(machineOf(mapOf()), [1, 2]);
    execution.stop();
    await execution.result;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("reads its items from an object, and fails as its reader does", async () => {
    const objects = memoryObjectStore([{ bucket: "b", key: "k", body: "[1,2,3]" }]);
    const ItemReader = { Resource: "arn:aws:states:::s3:getObject", Parameters: { Bucket: "b", "Key.$": "$.key" } };
    const good = await run(mapOf({ ItemReader }), { key: "k" }, { f: (n: number) => n }, { objects });
    expect(good.output).toEqual([1, 2, 3]);
    const bad = await run(mapOf({ ItemReader }), { key: "none" }, {}, { objects });
    expect(bad).toMatchObject({ status: "FAILED", error: "States.ItemReaderFailed" });
    expect(typesOf(bad.history).at(-3)).toBe("MapRunFailed");
  });

  it("writes its results to objects and gives on where they are", async () => {
    const objects = memoryObjectStore();
    const ResultWriter = { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "out", Prefix: "runs" } };
    const states = mapOf({ ResultWriter, ToleratedFailureCount: 1 });
    const { output } = await run(states, [1, 2, 3], { f: failOn(2) }, { objects });
    const { MapRunArn, ResultWriterDetails } = output as {
      MapRunArn: string;
      ResultWriterDetails: { Bucket: string; Key: string };
    };
    expect(ResultWriterDetails).toEqual({
      Bucket: "out",
      Key: expect.stringMatching(/^runs\/[\da-f-]{36}\/manifest\.json$/),
    });
    const manifest = JSON.parse(objects.read("out", ResultWriterDetails.Key)!);
    expect(manifest).toMatchObject({ DestinationBucket: "out", MapRunArn });
    const read = (group: string) => JSON.parse(objects.read("out", manifest.ResultFiles[group][0].Key)!);
    expect(read("SUCCEEDED").map(({ Output }: { Output: string }) => Output)).toEqual(["1", "3"]);
    expect(read("FAILED")).toMatchObject([{ Status: "FAILED", Error: "Oops", Input: "2" }]);
  });

  it("writes outputs only, a line each, if so told", async () => {
    const objects = memoryObjectStore();
    const ResultWriter = {
      Resource: "arn:aws:states:::s3:putObject",
      Parameters: { Bucket: "out" },
      WriterConfig: { Transformation: "FLATTEN", OutputType: "JSONL" },
    };
    const { output } = await run(mapOf({ ResultWriter }), [1, 2], { f: (n: number) => [n, n * 10] }, { objects });
    const { Key } = (output as { ResultWriterDetails: { Key: string } }).ResultWriterDetails;
    const manifest = JSON.parse(objects.read("out", Key)!);
    expect(objects.read("out", manifest.ResultFiles.SUCCEEDED[0].Key)).toBe("1\n10\n2\n20\n");
  });

  // Developer guide, ResultWriter: WriterConfig alone shows the form without saving it. That JSONL is one text is not said there.
  it.each([
    [{ Transformation: "FLATTEN", OutputType: "JSON" }, [1, 10, 3, 30]],
    [
      { Transformation: "COMPACT", OutputType: "JSON" },
      [
        [1, 10],
        [3, 30],
      ],
    ],
    [{ Transformation: "FLATTEN", OutputType: "JSONL" }, "1\n10\n3\n30\n"],
    [{ Transformation: "COMPACT", OutputType: "JSONL" }, "[1,10]\n[3,30]\n"],
  ])("hands on the results in the form of WriterConfig alone: %j", async (WriterConfig, expected) => {
    const f = (n: number) => [n, n * 10];
    const { output } = await run(mapOf({ ResultWriter: { WriterConfig } }), [1, 3], { f });
    expect(output).toEqual(expected);
  });

  it("describes each execution that is handed on untransformed, and those that failed always", async () => {
    const writer = (Transformation: string) => ({
      ResultWriter: { WriterConfig: { Transformation, OutputType: "JSON" } },
      ToleratedFailureCount: 1,
    });
    const plain = await run(mapOf(writer("NONE")), [1, 2], { f: failOn(2) });
    expect(plain.output).toMatchObject([
      { Status: "SUCCEEDED", Output: "1", Input: "1" },
      { Status: "FAILED", Error: "Oops", Input: "2" },
    ]);
    const flat = await run(mapOf(writer("FLATTEN")), [1, 2], { f: failOn(1) });
    expect(flat.output).toMatchObject([{ Status: "FAILED", Error: "Oops", Input: "1" }, 2]);
  });

  it("fails where the results in lines are too large to hand on", async () => {
    const ResultWriter = { WriterConfig: { Transformation: "COMPACT", OutputType: "JSONL" } };
    const quotes = '"'.repeat(50_000);
    // 200,000 bytes as a list, 400,000 where a text has to say each quote and backslash of it once more.
    const { status, error } = await run(mapOf({ ResultWriter }), [1, 2], { f: () => quotes });
    expect([status, error]).toEqual(["FAILED", "States.DataLimitExceeded"]);
  });

  const WRITER = { Resource: "arn:aws:states:::s3:putObject", Parameters: { Bucket: "out" } };
  const LARGE = "x".repeat(100_000);

  it("starts no more children while it waits for results to be stored", async () => {
    const puts: (() => void)[] = [];
    const put = () => new Promise<void>((resolve) => puts.push(resolve));
    let ran = 0;
    const f = () => {
      ran += 1;
      return LARGE;
    };
    const items = Array.from({ length: 100 }, () => 0);
    const states = mapOf({ ResultWriter: WRITER, MaxConcurrency: 5 });
    const result = run(states, items, { f }, { objects: { ...memoryObjectStore(), put } });
    for (let turn = 0; turn < 100; turn++) await settled();
    expect(ran).toBeGreaterThan(20);
    expect(ran).toBeLessThan(50);
    let isOver = false;
    void result.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      puts.shift()?.();
      await settled();
    }
    expect((await result).status).toBe("SUCCEEDED");
    expect(ran).toBe(100);
  });

  it("fails as its writer does, when all children have ended", async () => {
    const put = () => Promise.reject(new Error("no such bucket"));
    let ran = 0;
    const f = () => {
      ran += 1;
      return LARGE;
    };
    const items = Array.from({ length: 100 }, () => 0);
    const result = await run(
      mapOf({ ResultWriter: WRITER }),
      items,
      { f },
      { objects: { ...memoryObjectStore(), put } },
    );
    expect(result).toMatchObject({ status: "FAILED", error: "States.ResultWriterFailed", cause: "no such bucket" });
    expect(ran).toBe(100);
  });

  it("that is aborted while its results are stored leaves no more events", async () => {
    const puts: (() => void)[] = [];
    const put = () => new Promise<void>((resolve) => puts.push(resolve));
    const states = {
      P: {
        Type: "Parallel",
        Branches: [
          { StartAt: "M", States: mapOf({ ResultWriter: WRITER }) },
          {
            StartAt: "W",
            States: { W: { Type: "Wait", Seconds: 5, Next: "Oops" }, Oops: { Type: "Fail", Error: "Oops" } },
          },
        ],
        Catch: [{ ErrorEquals: ["Oops"], Next: "Caught" }],
        End: true,
      },
      Caught: { Type: "Wait", Seconds: 5, End: true },
    };
    const clock = manualClock();
    const interpreter = new Interpreter({
      clock,
      resolver: functionsResolver({ f: () => 1 }),
      objects: { ...memoryObjectStore(), put },
    });
    const execution = await interpreter.start(machineOf(states), [1]);
    while (puts.length === 0) await settled();
    clock.advance(5_000);
    for (let turn = 0; turn < 10; turn++) {
      puts.shift()?.();
      await settled();
    }
    expect(typesOf(execution.events).slice(-4)).toEqual([
      "MapStateAborted",
      "ParallelStateFailed",
      "ParallelStateExited",
      "WaitStateEntered",
    ]);
    clock.advance(5_000);
    expect(await execution.result).toMatchObject({ status: "SUCCEEDED", output: { Error: "Oops" } });
    expect(typesOf(execution.events)).not.toContain("MapRunSucceeded");
  });

  it("fails if its outputs together are too large to hand on", async () => {
    const result = await run(mapOf(), [1, 2, 3], { f: () => "x".repeat(100_000) });
    expect(result).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });

  it("holds the items of a large object only while they are worked on", async () => {
    let drawn = 0;
    let done = 0;
    let most = 0;
    const objects = {
      ...memoryObjectStore(),
      async *get() {
        yield Buffer.from("[0");
        for (let n = 1; n < 2_000; n++) {
          drawn += 1;
          most = Math.max(most, drawn - done);
          yield Buffer.from(`,${n}`);
        }
        yield Buffer.from("]");
      },
    };
    const ItemReader = { Resource: "arn:aws:states:::s3:getObject", Parameters: { Bucket: "b", Key: "k" } };
    const states = mapOf({ ItemReader, MaxConcurrency: 5, ResultSelector: { "count.$": "States.ArrayLength($)" } });
    const { output } = await run(states, {}, { f: () => (done += 1) }, { objects });
    expect(output).toEqual({ count: 2_000 });
    expect(most).toBeLessThan(20);
  });
});

describe("the limits of a Map Run under way", () => {
  /** Runs a Map over ten items; each child is answered by hand. */
  async function begun(extra: object, options: InterpreterOptions = {}) {
    const answers: { succeed(): void; fail(): void }[] = [];
    const resolver: TaskResolver = {
      run: () =>
        new Promise((resolve, reject) => {
          answers.push({ succeed: () => resolve(null), fail: () => reject(failure("Oops")) });
        }),
    };
    const interpreter = new Interpreter({ resolver, ...options });
    const items = Array.from({ length: 10 }, () => 0);
    const execution = await interpreter.start(machineOf(mapOf(extra)), items, {
      ...NAMES,
      history: memoryHistoryLog(),
    });
    while (answers.length === 0) await settled();
    await settled();
    const [{ mapRunArn }] = detailsOf(execution.events, "MapRunStarted") as [{ mapRunArn: string }];
    return { answers, interpreter, execution, mapRunArn };
  }

  it("can be raised: more children start at once", async () => {
    const { answers, interpreter, mapRunArn } = await begun({ MaxConcurrency: 2 });
    expect(answers).toHaveLength(2);
    expect(interpreter.updateMapRun(mapRunArn, { maxConcurrency: 5 })).toBe(true);
    while (answers.length < 5) await settled();
    await settled();
    expect(answers).toHaveLength(5);
  });

  it("can be lowered: no more children start before so many have ended", async () => {
    const { answers, interpreter, mapRunArn } = await begun({ MaxConcurrency: 3 });
    interpreter.updateMapRun(mapRunArn, { maxConcurrency: 1 });
    for (const answer of answers.slice(0, 2)) answer.succeed();
    for (let turn = 0; turn < 10; turn++) await settled();
    expect(answers).toHaveLength(3);
    answers[2]!.succeed();
    while (answers.length < 4) await settled();
  });

  it("say when it fails: with more tolerance it goes on, with less it fails at once", async () => {
    const { answers, interpreter, execution, mapRunArn } = await begun({ MaxConcurrency: 2 });
    interpreter.updateMapRun(mapRunArn, { toleratedFailureCount: 1 });
    answers[0]!.fail();
    while (answers.length < 3) await settled();
    interpreter.updateMapRun(mapRunArn, { toleratedFailureCount: 0 });
    expect(await execution.result).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
    expect(interpreter.updateMapRun(mapRunArn, { maxConcurrency: 1 })).toBe(false);
  });

  it("are what the owner of the interpreter says, when it begins", async () => {
    const starts: MapRunStart[] = [];
    const onMapRun = (start: MapRunStart) => {
      starts.push(start);
      return { maxConcurrency: 4 };
    };
    const { answers, mapRunArn, execution } = await begun(
      { MaxConcurrency: 2, ToleratedFailurePercentage: 5 },
      { onMapRun },
    );
    expect(answers).toHaveLength(4);
    expect(starts).toEqual([
      {
        mapRunArn,
        executionArn: execution.executionArn,
        parent: undefined,
        stateName: "M",
        childType: "STANDARD",
        isBatched: false,
        limits: { maxConcurrency: 2, toleratedFailurePercentage: 5 },
      },
    ]);
  });

  it("do not keep a single child from being stopped", async () => {
    const { interpreter, execution, mapRunArn } = await begun({ ToleratedFailureCount: 0 });
    expect(interpreter.stopChild(mapRunArn, 10)).toBe(false);
    expect(interpreter.stopChild(mapRunArn, 9, { error: "Stopped" })).toBe(true);
    expect(await execution.result).toMatchObject({ error: "States.ExceedToleratedFailureThreshold" });
  });
});

describe("an interrupted Map Run", () => {
  const body = {
    StartAt: "T",
    States: {
      T: { Type: "Task", Resource: "f", Next: "W" },
      W: { Type: "Wait", Seconds: 5, Next: "U" },
      U: { Type: "Task", Resource: "g", End: true },
    },
  };
  const states = mapOf({ MaxConcurrency: 3 }, body);
  const items = [1, 2, 3, 4, 5];

  /** A log, and logs opened from it, that fail together at the nth write of all. */
  function killedAt(nth: number, kept: HistoryLog): HistoryLog {
    let writes = 0;
    const kill = (log: HistoryLog): HistoryLog => ({
      read: () => log.read(),
      append: (batch) => (++writes < nth ? log.append(batch) : Promise.reject(new Error("killed"))),
      open: (name) => kill(log.open!(name)),
    });
    return kill(kept);
  }

  it("runs no finished task of its children twice, wherever it was interrupted", async () => {
    for (let nth = 1; ; nth++) {
      const kept = memoryHistoryLog();
      const done: string[] = [];
      const handlers = {
        f: (n: number) => {
          done.push(`f ${n}`);
          return n;
        },
        g: (n: number) => {
          done.push(`g ${n}`);
          return n * 10;
        },
      };
      const start = (history: HistoryLog) =>
        new Interpreter({ resolver: functionsResolver(handlers), clock: timeSkippingClock() }).run(
          machineOf(states),
          items,
          { ...NAMES, history },
        );
      const died = await start(killedAt(nth, kept)).then(
        () => false,
        () => true,
      );
      const [run] = detailsOf(kept.events, "MapRunStarted") as [{ mapRunArn: string }?];
      const journal = new HistoryJournal(run === undefined ? memoryHistoryLog() : kept.open!(run.mapRunArn));
      let finished = 0;
      for await (const { record } of journal.records())
        if (record.kind.type === "LambdaFunctionSucceeded") finished += 1;
      done.length = 0;
      const result = await start(kept);
      expect(result).toMatchObject({ status: "SUCCEEDED", output: [10, 20, 30, 40, 50] });
      expect(done.length).toBeLessThanOrEqual(10 - finished);
      if (!died) break;
      expect(nth).toBeLessThan(100);
    }
  });

  it("goes on with its children where only its own history could not be written", async () => {
    const kept = memoryHistoryLog();
    const dying: HistoryLog = {
      read: () => kept.read(),
      append: (batch) => (kept.events.length === 0 ? kept.append(batch) : Promise.reject(new Error("killed"))),
      open: (name) => kept.open!(name),
    };
    const both = {
      StartAt: "P",
      States: {
        P: {
          Type: "Parallel",
          Branches: [
            { StartAt: "M", States: states },
            { StartAt: "Beside", States: { Beside: { Type: "Wait", Seconds: 1, End: true } } },
          ],
          End: true,
        },
      },
    };
    const run = (history: HistoryLog) =>
      new Interpreter({
        clock: timeSkippingClock(),
        resolver: functionsResolver({ f: (n: number) => n, g: (n: number) => n * 10 }),
      }).run(machineOf(both.States), items, { ...NAMES, history });
    await expect(run(dying)).rejects.toThrow("killed");
    expect((await run(kept)).output).toEqual([[10, 20, 30, 40, 50], items]);
  });

  it("is redriven with the children that failed, and no others", async () => {
    const log = memoryHistoryLog();
    const ran: number[] = [];
    const start = (bad: readonly number[]) =>
      new Interpreter({
        clock: timeSkippingClock(),
        resolver: functionsResolver({
          f: (n: number) => {
            ran.push(n);
            if (bad.includes(n)) throw failure("Oops");
            return n;
          },
        }),
      });
    const machine = machineOf(mapOf({ ToleratedFailureCount: 1 }));
    const failed = await start([2, 4]).run(machine, [1, 2, 3, 4], { ...NAMES, history: log });
    expect(failed.error).toBe("States.ExceedToleratedFailureThreshold");
    ran.length = 0;
    const handle = await start([]).redrive(machine, { ...NAMES, history: log });
    expect(await handle.result).toMatchObject({ status: "SUCCEEDED", output: [1, 2, 3, 4] });
    expect(ran).toEqual([2, 4]);
    expect(typesOf(log.events)).toContain("MapRunRedriven");
  });
});
