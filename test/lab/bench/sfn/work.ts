import { setTimeout } from "node:timers/promises";
import type { Now } from "../suite.ts";
import type { BenchedServer } from "./served.ts";

const roleArn = "arn:aws:iam::000000000000:role/any";
const STATE_BYTES = 60_000;

/** A Choice loop that never ends by itself, with 60 KB of state. */
const LOOP = {
  StartAt: "Count",
  States: {
    Count: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)", "pad.$": "$.pad" }, Next: "Again" },
    Again: { Type: "Choice", Choices: [{ Variable: "$.n", NumericLessThan: 0, Next: "Done" }], Default: "Count" },
    Done: { Type: "Succeed" },
  },
};
export const QUICK = { StartAt: "Give", States: { Give: { Type: "Pass", Result: 1, End: true } } };
const waiting = (seconds: number) => ({
  StartAt: "Take",
  States: {
    Take: { Type: "Pass", Next: "Wait" },
    Wait: { Type: "Wait", Seconds: seconds, Next: "Give" },
    Give: { Type: "Pass", End: true },
  },
});

export async function createMachine(server: BenchedServer, name: string, definition: object): Promise<string> {
  const body = { name, definition: JSON.stringify(definition), roleArn };
  return (await server.call<{ stateMachineArn: string }>("CreateStateMachine", body)).stateMachineArn;
}

const start = async (server: BenchedServer, stateMachineArn: string, input: object) => {
  const body = { stateMachineArn, input: JSON.stringify(input) };
  return (await server.call<{ executionArn: string }>("StartExecution", body)).executionArn;
};

/** Starts loops, which go on as long as the server does. @returns one of them; without any, an execution that has ended */
export async function startLoops(server: BenchedServer, count: number): Promise<string> {
  const loop = await createMachine(server, "loop", LOOP);
  const input = { n: 0, pad: "x".repeat(STATE_BYTES) };
  const arns = await Promise.all(Array.from({ length: count }, () => start(server, loop, input)));
  return arns[0] ?? (await start(server, await createMachine(server, "none", QUICK), {}));
}

/** Makes calls of six kinds, one after the other. @returns the milliseconds of each, sorted */
export async function timedCalls(server: BenchedServer, now: Now, executionArn: string, count: number) {
  const stateMachineArn = await createMachine(server, "quick", QUICK);
  const kinds: readonly [string, object][] = [
    ["DescribeExecution", { executionArn }],
    ["StartExecution", { stateMachineArn, input: "{}" }],
    ["GetExecutionHistory", { executionArn, maxResults: 10 }],
    ["ListExecutions", { stateMachineArn, maxResults: 10 }],
    ["DescribeStateMachine", { stateMachineArn }],
    ["ListStateMachines", {}],
  ];
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const [operation, body] = kinds[index % kinds.length]!;
    const from = now();
    await server.call(operation, body);
    times.push(now() - from);
  }
  return times.sort((one, other) => one - other);
}

export interface Load {
  readonly executions: number;
  readonly atOnce: number;
  readonly waitSeconds: number;
}

export interface Loaded {
  readonly milliseconds: number;
  /** Resident memory of the server over the time, evenly. */
  readonly residentBytes: readonly number[];
}

/** Runs executions that wait in their middle, so that as many as are said are under way, and checks that all succeed. */
export async function runLoad(server: BenchedServer, now: Now, load: Load): Promise<Loaded> {
  const machine = await createMachine(server, "load", waiting(load.waitSeconds));
  const residentBytes: number[] = [];
  let started = 0;
  let ended = 0;
  const work = async () => {
    while (started < load.executions) {
      const index = started++;
      const executionArn = await start(server, machine, { index, text: `execution ${index}` });
      await setTimeout(load.waitSeconds * 1000);
      for (;;) {
        const found = await server.call<{ status: string; output?: string }>("DescribeExecution", { executionArn });
        if (found.status !== "RUNNING") {
          const isRight = found.status === "SUCCEEDED" && JSON.parse(found.output!).index === index;
          if (!isRight) throw new Error(`execution ${index}: ${found.status} ${found.output}`);
          break;
        }
        await setTimeout(200);
      }
      ended += 1;
    }
  };
  const from = now();
  const watch = async () => {
    while (ended < load.executions) {
      // By what is done and not by the clock: halves are halves of the work.
      if (ended >= (residentBytes.length * load.executions) / 40) {
        residentBytes.push((await server.memory()).residentBytes);
      }
      await setTimeout(20);
    }
  };
  const workers = Promise.all(Array.from({ length: load.atOnce }, work));
  await Promise.race([workers, watch().then(() => workers)]);
  return { milliseconds: now() - from, residentBytes };
}
