import * as sfn from "@aws-sdk/client-sfn";
import { beforeEach } from "vitest";
import type { TaskRequest, TaskResolver } from "../../shared/asl/index.ts";
import { serveEachTest, until } from "./served.ts";

interface HeldTask {
  readonly input: unknown;
  succeed(): void;
  fail(error: string): void;
}

/** A server for each test on which Map Runs run, and what the tests ask of it. */
export function serveMapRuns({ isInMemory = false } = {}) {
  /** Tasks under way: `hold` tasks are ended by the test, `quick` ones at once, with their input. */
  let tasks: HeldTask[] = [];
  /** Inputs with which tasks fail at once. */
  let failing: ReadonlySet<unknown> = new Set();
  beforeEach(() => {
    tasks = [];
    failing = new Set();
  });

  const resolver: TaskResolver = {
    run({ resource, input }: TaskRequest) {
      if (failing.has(input)) throw Object.assign(new Error(), { error: "Oops", cause: `as ${input}` });
      if (resource.arn === "quick") return input;
      return new Promise((resolve, reject) => {
        const fail = (error: string) => reject(Object.assign(new Error(), { error }));
        tasks.push({ input, succeed: () => resolve(input), fail });
      });
    },
  };
  const served = serveEachTest(() => ({ resolver }), isInMemory);

  const runs = {
    ...served,
    get client() {
      return served.client;
    },
    get clock() {
      return served.clock;
    },
    get tasks(): readonly HeldTask[] {
      return tasks;
    },
    failOn(...inputs: readonly unknown[]) {
      failing = new Set(inputs);
    },
    /** Restarts the server, which runs the tasks under way again. */
    async restart() {
      tasks = [];
      await served.restart();
    },
    /** Waits until so many tasks were held in all. */
    held: (count: number) =>
      until(
        () => tasks.length,
        (length) => length >= count,
      ),
    async begin(map: object, input: unknown = [1, 2, 3, 4]) {
      const arn = await served.create({ StartAt: "M", States: { M: map } });
      const executionArn = await served.start(arn, { name: "x", input: JSON.stringify(input) });
      return { executionArn, mapRunArn: await runs.mapRunOf(executionArn) };
    },
    async mapRunOf(executionArn: string): Promise<string> {
      const { mapRuns } = await until(
        () => served.client.send(new sfn.ListMapRunsCommand({ executionArn })),
        (listed) => listed.mapRuns!.length > 0,
      );
      return mapRuns![0]!.mapRunArn!;
    },
    describeRun: (mapRunArn: string) => served.client.send(new sfn.DescribeMapRunCommand({ mapRunArn })),
    async childrenOf(mapRunArn: string, filter: Partial<sfn.ListExecutionsCommandInput> = {}) {
      const { executions } = await served.client.send(new sfn.ListExecutionsCommand({ mapRunArn, ...filter }));
      return executions!;
    },
    async historyOf(executionArn: string) {
      const { events } = await served.client.send(new sfn.GetExecutionHistoryCommand({ executionArn }));
      return events!;
    },
  };
  return runs;
}

/** A Distributed Map, with the label `Each`, of one task for each item. */
export const distributed = (task: string, extra: object = {}, executionType = "STANDARD") => ({
  Type: "Map",
  Label: "Each",
  ItemProcessor: {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: executionType },
    StartAt: "T",
    States: { T: { Type: "Task", Resource: task, End: true } },
  },
  ...extra,
  End: true,
});
