/** What is under way on the server when it is struck, and what must have become of it. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { callerOf, Refusal } from "../../fuzz/served-machines.ts";

const steps = ["A", "B", "C"] as const;

const task = (step: string, Next: string | undefined) => ({
  Type: "Task",
  Resource: "arn:aws:lambda:us-east-1:000000000000:function:work",
  Parameters: { "task.$": `States.Format('{}/${step}', $$.Execution.Name)` },
  ResultPath: `$.${step}`,
  ...(Next === undefined ? { End: true } : { Next }),
});

/** Three tasks in a row. */
const definition = JSON.stringify({
  StartAt: "A",
  States: Object.fromEntries(steps.map((step, index) => [step, task(step, steps[index + 1])])),
});

export const parentOf = (task: string): string => task.slice(0, task.indexOf("/"));

const arnOf = (name: string) => `arn:aws:states:us-east-1:000000000000:execution:m:${name}`;
const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

/** Starts those that were not started yet. */
export async function begin(url: string, count: number): Promise<void> {
  const call = callerOf(url);
  const { stateMachineArn } = await call("CreateStateMachine", {
    name: "m",
    definition,
    roleArn: "arn:aws:iam::000000000000:role/r",
  });
  const start = async (name: string) => {
    try {
      await call("StartExecution", { stateMachineArn, name });
    } catch (error) {
      // It has ended.
      if (!(error instanceof Refusal) || error.code !== "ExecutionAlreadyExists") throw error;
    }
  };
  await Promise.all(namesOf(count).map(start));
}

/** Waits until all have ended. @returns what is not as it must be */
export async function endsOf(url: string, count: number): Promise<string[]> {
  const call = callerOf(url);
  const problems: string[] = [];
  for (const name of namesOf(count)) {
    for (;;) {
      const { status, output, cause } = await call("DescribeExecution", { executionArn: arnOf(name) });
      if (status === "RUNNING") {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const expected = Object.fromEntries(steps.map((step) => [step, `${name}/${step}`]));
      const isRight = status === "SUCCEEDED" && output === JSON.stringify(expected);
      if (!isRight)
        problems.push(`${name}: expected SUCCEEDED with its three results, found ${status} ${output ?? cause}`);
      break;
    }
  }
  return problems;
}

/** Tasks whose ends are stored: whole lines of histories, read as they stand. */
export function finishedTasks(store: string): string[] {
  const finished: string[] = [];
  const folder = join(store, "histories");
  if (!existsSync(folder)) return finished;
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8");
    for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n")) {
      if (!line.includes('"LambdaFunctionSucceeded"')) continue;
      const event = JSON.parse(line) as { lambdaFunctionSucceededEventDetails: { output: string } };
      finished.push(JSON.parse(event.lambdaFunctionSucceededEventDetails.output) as string);
    }
  }
  return finished;
}

/** @returns what is wrong with how often the tasks were called. @param kills each may have cut off one task an execution */
export function wrongCalls(calls: ReadonlyMap<string, number>, repeated: readonly string[], kills: number): string[] {
  const problems = repeated.map((task) => `${task} was called again after its end was stored`);
  for (const [task, count] of calls) {
    if (count > kills + 1) problems.push(`${task} was called ${count} times with ${kills} kills`);
  }
  return problems;
}
