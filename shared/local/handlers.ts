import { functionError, type TaskResolver } from "../asl/index.ts";
import { effectOf } from "../contracts/error-registry.ts";
import { withFunctions } from "../kernel/flow.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** Each `${XFunctionArn}` becomes an ARN whose function is `X`: the name under which the worker has the handler. */
export function fillIn(stateMachine: string): string {
  return withFunctions(stateMachine, (name) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`);
}

/** For an execution that is only to be stopped: nothing is called. */
export const IDLE: TaskResolver = { run: () => new Promise(() => {}) };

/**
 * Tasks are calls of handlers in the pool. What fails, fails as Lambda reports it.
 * @param stop told of a failure that ends this process's work on the run, not the run
 */
export function poolResolver(pool: WorkerPool, stopped: AbortSignal, stop: (error: unknown) => void): TaskResolver {
  return {
    async run({ resource, input, signal }) {
      const isOwn = resource.family === "LambdaFunction";
      const { FunctionName = "", Payload } = (isOwn ? {} : input) as { FunctionName?: string; Payload?: unknown };
      const name = isOwn ? resource.action : FunctionName.slice(FunctionName.lastIndexOf(":") + 1);
      try {
        const output = await pool.call(name, isOwn ? input : Payload, signal);
        return isOwn ? output : { StatusCode: 200, Payload: output };
      } catch (error) {
        if (effectOf((error as Error).name) === "stops") stop(error);
        // The run was stopped, so the task has no outcome: the next process runs it again.
        if (stopped.aborted) return new Promise(() => {});
        throw functionError(error);
      }
    },
  };
}
