import { StatesError, type TaskOutcome, type TaskRequest, type TaskResolver } from "../../asl/index.ts";
import type { MockConfig } from "./mock-config.ts";

/** The machine and test case of an execution, also of a child of a Map Run. They are in the ARN of its machine. */
const TEST_CASE = /:stateMachine:([^#/]+)#([^/]+)/;

/**
 * Answers for tasks of executions that were started as a test case, and has others done by `real`.
 *
 * @param complete gives a task that waits, or will, for its token the outcome.
 */
export function mockedTasks(
  config: MockConfig,
  real: TaskResolver,
  complete: (taskToken: string, outcome: TaskOutcome) => Promise<boolean>,
): TaskResolver {
  return {
    run(request) {
      const response = responseOf(config, request);
      if (response === undefined) return real.run(request);
      const outcome = config.outcomeOf(response, request.retryCount);
      if (outcome === undefined) {
        throw new StatesError(
          "States.Runtime",
          `The mocked response ${response} says nothing of attempt ${request.retryCount}`,
        );
      }
      if ("Throw" in outcome) throw new StatesError(outcome.Throw.Error, outcome.Throw.Cause);
      if (request.resource.pattern !== "WaitForTaskToken") return outcome.Return;
      // At once, and not when it waits: nobody would do it again after a crash in between.
      complete(request.taskToken, { output: outcome.Return }).catch(() => undefined);
      return {};
    },
  };
}

function responseOf(config: MockConfig, { context, stateName }: TaskRequest): string | undefined {
  const { Id } = (context as { readonly StateMachine: { readonly Id: string } }).StateMachine;
  const [, machine, testCase] = TEST_CASE.exec(Id) ?? [];
  return machine === undefined ? undefined : config.responseOf(machine, testCase!, stateName);
}
