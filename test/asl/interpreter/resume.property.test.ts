import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compileStateMachine,
  type ExecutionResult,
  type HistoryEvent,
  Interpreter,
  memoryHistoryLog,
  readTaskToken,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import { definitions, worker } from "./definitions.ts";

const NAMES = { name: "run", stateMachineName: "machine" };

const outcomeOf = ({ status, output, error, cause }: ExecutionResult) => ({ status, output, error, cause });

/** Attempts with an outcome, as `entry/try`: the event that entered the state, and how often it was tried before. */
function settledAttempts(events: readonly HistoryEvent[]): Set<string> {
  const entryOf = new Map<number, number>();
  const tries = new Map<number, number>();
  const settled = new Set<string>();
  for (const { id, previousEventId, type } of events) {
    if (type === "TaskStateEntered") entryOf.set(id, id);
    if (!type.startsWith("LambdaFunction")) continue;
    const entry = entryOf.get(previousEventId)!;
    entryOf.set(id, entry);
    if (type === "LambdaFunctionScheduled") tries.set(entry, (tries.get(entry) ?? -1) + 1);
    if (type === "LambdaFunctionSucceeded" || type === "LambdaFunctionFailed")
      settled.add(`${entry}/${tries.get(entry)}`);
  }
  return settled;
}

describe("an execution of any definition", () => {
  it("resumed from any prefix of its history ends as it would have, and runs no finished task again", async () => {
    await fc.assert(
      fc.asyncProperty(definitions, fc.nat(), async (definition, seed) => {
        const machine = compileStateMachine(definition);
        const whole = memoryHistoryLog();
        const interpreter = new Interpreter({ resolver: worker(seed), clock: timeSkippingClock() });
        const result = await interpreter.run(machine, { n: 0 }, { ...NAMES, history: whole });
        for (let length = 1; length <= whole.events.length; length++) {
          const prefix = whole.events.slice(0, length);
          const settled = settledAttempts(prefix);
          const again = new Interpreter({
            clock: timeSkippingClock(),
            resolver: worker(seed, ({ executionArn, taskToken }) => {
              if (!executionArn.endsWith(`:${NAMES.name}`)) return;
              const { enteredId, retryCount } = readTaskToken(taskToken)!;
              expect(settled).not.toContain(`${enteredId}/${retryCount}`);
            }),
          });
          const log = memoryHistoryLog(prefix);
          const resumed = await again.run(machine, "not looked at", { ...NAMES, history: log });
          expect(outcomeOf(resumed)).toEqual(outcomeOf(result));
          expect(log.events.slice(0, length)).toEqual(prefix);
          expect(log.events.map(({ id }) => id)).toEqual(log.events.map((_, index) => index + 1));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("can be written and read back: its log holds what its result shows", async () => {
    await fc.assert(
      fc.asyncProperty(definitions, fc.nat(), async (definition, seed) => {
        const log = memoryHistoryLog();
        const interpreter = new Interpreter({ resolver: worker(seed), clock: timeSkippingClock() });
        const result = await interpreter.run(compileStateMachine(definition), { n: 0 }, { ...NAMES, history: log });
        expect(log.events).toEqual(result.history);
      }),
      { numRuns: 60 },
    );
  });
});
