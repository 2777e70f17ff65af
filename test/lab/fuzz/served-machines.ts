/** State machines on a Step Functions server, and what a client is told of their executions: for campaigns that disturb it. */

import { createHash } from "node:crypto";

const prefix = "arn:aws:states:us-east-1:000000000000";

type Answer = Readonly<Record<string, unknown>>;
export type Call = (operation: string, body: object) => Promise<Answer>;

/** What a call was refused with, or failed. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** Calls the server as any client does. */
export function callerOf(url: string): Call {
  return async (operation, body) => {
    const headers = {
      "x-amz-target": `AWSStepFunctions.${operation}`,
      "content-type": "application/x-amz-json-1.0",
    };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = (await response.json()) as Answer;
    if (!response.ok) throw new Refusal(String(answer.__type), String(answer.message));
    return answer;
  };
}

const task = (step: string, Next?: string) => ({
  Type: "Task",
  Resource: "work",
  Parameters: { "task.$": `States.Format('{}/${step}', $$.Execution.Name)` },
  ResultPath: `$.${step}`,
  ...(Next === undefined ? { End: true } : { Next }),
});

const wait = (Next?: string) => ({
  Type: "Wait",
  Seconds: 3600,
  ...(Next === undefined ? { End: true } : { Next }),
});

/** Each item's task names the item. */
const mapOver = (states: object, StartAt: string) => ({
  Type: "Map",
  ItemsPath: "$.items",
  ItemSelector: { "name.$": "$$.Execution.Name", "index.$": "$$.Map.Item.Index" },
  ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, StartAt, States: states },
  End: true,
});
const itemTask = (Next?: string) => ({
  Type: "Task",
  Resource: "work",
  Parameters: { "task.$": "States.Format('{}/{}', $.name, $.index)" },
  ...(Next === undefined ? { End: true } : { Next }),
});
const items = { Type: "Pass", Result: [1, 2, 3, 4], ResultPath: "$.items", Next: "Map" };

interface Machine {
  readonly name: string;
  readonly definition: string;
  readonly executions: readonly string[];
  /** Whether its executions come to a wait, and stay there while time does not skip. */
  readonly isLong: boolean;
}

const machine = (name: string, states: object, executions: readonly string[], isLong: boolean): Machine => ({
  name,
  definition: JSON.stringify({ StartAt: Object.keys(states)[0], States: states }),
  executions,
  isLong,
});

export const machines: readonly Machine[] = [
  machine("long", { A: task("A", "W"), W: wait("B"), B: task("B") }, ["l1", "l2", "l3", "l4"], true),
  machine("short", { A: task("A", "B"), B: task("B") }, ["s1", "s2"], false),
  machine("failing", { A: task("A", "F"), F: { Type: "Fail", Error: "E", Cause: "C" } }, ["f1"], false),
  machine("maps", { I: items, Map: mapOver({ T: itemTask("W"), W: wait() }, "T") }, ["m1", "m2"], true),
  machine("mapped", { I: items, Map: mapOver({ T: itemTask() }, "T") }, ["d1"], false),
];

export interface Ended {
  /** What a client is told of it: how it ended, and of what kinds its events are. */
  readonly summary: string;
  /** Paths in the store, or their beginnings, of what is its own. */
  readonly files: readonly string[];
}

export interface Told {
  readonly ends: ReadonlyMap<string, Ended>;
  /** Tasks that were called, in order. */
  readonly tasks: readonly string[];
}

const arnOf = (machineName: string, name: string) => `${prefix}:execution:${machineName}:${name}`;
const allExecutions = machines.flatMap(({ name, executions, isLong }) =>
  executions.map((execution) => ({ name: execution, arn: arnOf(name, execution), isLong })),
);

/** Waits until every execution has ended, or waits. */
export async function untilNothingMoves(call: Call): Promise<void> {
  for (const { arn, isLong } of allExecutions) {
    for (;;) {
      const { status } = await call("DescribeExecution", { executionArn: arn });
      if (status !== "RUNNING" || (isLong && (await hasCome(call, arn)))) break;
      await turn();
    }
  }
}

/** Whether it is at its wait, or all children of its Map Run are. */
async function hasCome(call: Call, arn: string): Promise<boolean> {
  const { events } = (await call("GetExecutionHistory", { executionArn: arn, maxResults: 1000 })) as {
    events: { type: string; mapRunStartedEventDetails?: { mapRunArn: string } }[];
  };
  if (events.some(({ type }) => type === "WaitStateEntered")) return true;
  const mapRunArn = events.find(({ type }) => type === "MapRunStarted")?.mapRunStartedEventDetails?.mapRunArn;
  if (mapRunArn === undefined) return false;
  const { executions } = (await call("ListExecutions", { mapRunArn })) as { executions: { executionArn: string }[] };
  if (executions.length < 4) return false;
  for (const { executionArn } of executions) if (!(await hasCome(call, executionArn))) return false;
  return true;
}

/** How each execution has ended, as a client is told. */
export async function endsOf(call: Call): Promise<ReadonlyMap<string, Ended>> {
  const ends = new Map<string, Ended>();
  for (const { name, arn } of allExecutions) {
    const described = await describeEnd(call, arn);
    if (described === undefined) continue;
    const { types, mapRunArn } = await eventTypes(call, arn);
    const own = fileNameOf(arn);
    const files = [`executions/${own}`, `histories/${own}`];
    if (mapRunArn !== undefined) files.push(`map-runs/${fileNameOf(mapRunArn)}`);
    ends.set(name, { summary: `${described}; ${types}`, files });
  }
  return ends;
}

async function describeEnd(call: Call, executionArn: string): Promise<string | undefined> {
  for (;;) {
    try {
      const { status, output, error } = await call("DescribeExecution", { executionArn });
      if (status !== "RUNNING") return `${status} ${error ?? ""} ${output ?? ""}`;
    } catch (error) {
      if (error instanceof Refusal && error.code === "ExecutionDoesNotExist") return undefined;
      throw error;
    }
    await turn();
  }
}

/** Children run at the same time: the order of what they share says nothing. */
async function eventTypes(
  call: Call,
  executionArn: string,
): Promise<{ readonly types: string; readonly mapRunArn?: string }> {
  try {
    const { events } = (await call("GetExecutionHistory", { executionArn, maxResults: 1000 })) as {
      events: { type: string; mapRunStartedEventDetails?: { mapRunArn: string } }[];
    };
    const mapRunArn = events.find(({ type }) => type === "MapRunStarted")?.mapRunStartedEventDetails?.mapRunArn;
    const types = events.map(({ type }) => type).join(" ");
    if (mapRunArn === undefined) return { types };
    return { types: `${types} children: ${await childrenOf(call, mapRunArn)}`, mapRunArn };
  } catch (error) {
    if (error instanceof Refusal && error.code === "DataCorruptedException") return { types: error.code };
    throw error;
  }
}

async function childrenOf(call: Call, mapRunArn: string): Promise<string> {
  try {
    const { executions } = (await call("ListExecutions", { mapRunArn })) as { executions: { status: string }[] };
    return executions.map(({ status }) => status).join(" ");
  } catch (error) {
    if (error instanceof Refusal && ["DataCorruptedException", "ResourceNotFound"].includes(error.code))
      return error.code;
    throw error;
  }
}

/** Whether a client is told that it is damaged. */
export function isFound({ summary }: Ended): boolean {
  return /CorruptionError|DataCorruptedException|ResourceNotFound/.test(summary);
}

const fileNameOf = (arn: string) => createHash("sha256").update(arn).digest("hex").slice(0, 40);

const turn = () => new Promise((resolve) => setImmediate(resolve));
