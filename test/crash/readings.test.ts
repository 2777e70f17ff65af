import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readEventLog } from "../lab/crash/event-log.ts";
import { readHistory } from "../lab/crash/history-log.ts";

type Stated = readonly [name: string, payload: Record<string, unknown>];

function eventLog(...events: Stated[]): string[] {
  let prev = "0".repeat(64);
  return events.map(([name, payload], index) => {
    const line = JSON.stringify({ seq: index + 1, name, payload, prev });
    prev = createHash("sha256").update(line).digest("hex");
    return line;
  });
}

const ENTERED: Stated = ["state_entered", { state_id: "a" }];
const COMPLETED: Stated = ["state_completed", { state_id: "a" }];

describe("an event log", () => {
  it("tells what was done, and nothing of attempts at it", () => {
    const lines = eventLog(ENTERED, ["state_failed", { state_id: "a" }], ENTERED, COMPLETED, [
      "recomp.artifact.emitted",
      { role: "bundle" },
    ]);
    expect(readEventLog(`${lines.join("\n")}\n`)).toEqual({
      deeds: ["recomp.artifact.emitted bundle", "state_completed a"],
      problems: [],
    });
  });

  it.each<[string, string, RegExp]>([
    ["whose last line is torn", eventLog(ENTERED).join("\n"), /does not end with a whole line/],
    ["that lacks a line", `${eventLog(ENTERED, COMPLETED)[1]}\n`, /line 1 has seq 2.*line 1 does not carry the hash/],
    [
      "with a changed line",
      `${eventLog(ENTERED, COMPLETED).join("\n").replace("entered", "Entered")}\n`,
      /line 2 does not carry/,
    ],
    ["with half a line", "{\n", /line 1 is not JSON/],
    [
      "that enters a state after its end",
      `${eventLog(ENTERED, COMPLETED, ENTERED).join("\n")}\n`,
      /a entered after its end/,
    ],
    ["that ends a state twice", `${eventLog(ENTERED, COMPLETED, COMPLETED).join("\n")}\n`, /a completed again/],
  ])("%s is found out", (_name, text, problem) => {
    expect(readEventLog(text).problems.join(" ")).toMatch(problem);
  });
});

type Entry = readonly [previousEventId: number, type: string, details?: object];

function history(...entries: Entry[]): string {
  const lines = entries.map(([previousEventId, type, details], index) => ({
    id: index + 1,
    previousEventId,
    type,
    ...details,
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

const named = (name: string) => ({ stateEnteredEventDetails: { name } });
const iteration = (index: number) => ({ mapIterationStartedEventDetails: { name: "Lift", index } });

const WHOLE: readonly Entry[] = [
  [0, "ExecutionStarted"],
  [0, "MapStateEntered", named("Lift")],
  [2, "MapStateStarted"],
  [3, "MapIterationStarted", iteration(0)],
  [3, "MapIterationStarted", iteration(1)],
  [4, "TaskStateEntered", named("LiftShard")],
  [5, "TaskStateEntered", named("LiftShard")],
  [6, "LambdaFunctionSucceeded"],
  [7, "LambdaFunctionSucceeded"],
  [9, "MapStateSucceeded"],
  [9, "MapStateExited"],
  [11, "TaskStateEntered", named("Link")],
  [12, "LambdaFunctionSucceeded"],
  [13, "ExecutionSucceeded"],
];

describe("an execution history", () => {
  it("tells the tasks that were finished, each iteration for itself", () => {
    expect(readHistory(history(...WHOLE))).toEqual({ tasks: ["LiftShard[0]", "LiftShard[1]", "Link"], problems: [] });
  });

  it.each<[string, string, RegExp]>([
    ["in which a task is done twice", history(...WHOLE, [12, "LambdaFunctionScheduled"]), /both follow 12/],
    [
      "in which an iteration is started twice",
      history(...WHOLE, [3, "MapIterationStarted", iteration(1)]),
      /both follow 3/,
    ],
    ["that lacks an entry", history(...WHOLE).replace('{"id":5', '{"id":6'), /line 5 has id 6/],
    ["that has not ended", history(...WHOLE.slice(0, -1)), /ends with LambdaFunctionSucceeded/],
    ["whose last line is torn", history(...WHOLE).slice(0, -1), /does not end with a whole line/],
  ])("%s is found out", (_name, text, problem) => {
    expect(readHistory(text).problems.join(" ")).toMatch(problem);
  });
});
