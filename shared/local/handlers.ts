import type { TaskResolver } from "../asl/index.ts";
import type { WorkerPool } from "./worker-pool.ts";
import { toWireError } from "./worker-protocol.ts";

/** Each `${XFunctionArn}` becomes an ARN whose function is `X`: the name under which the worker has the handler. */
export function fillIn(stateMachine: string): string {
  return stateMachine.replaceAll(/\$\{(\w+)FunctionArn\}/g, "arn:aws:lambda:us-east-1:123456789012:function:$1");
}

/**
 * Failures of this machine's disk that no retry here mends and that say nothing of the run: it stops, to be resumed when
 * there is space, or a place to write.
 */
const STOPS_THE_PROCESS = new Set(["store_no_space", "store_access_denied", "store_layout"]);

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
        if (STOPS_THE_PROCESS.has((error as { code?: string }).code ?? "")) stop(error);
        // The run was stopped, so the task has no outcome: the next process runs it again.
        if (stopped.aborted) return new Promise(() => {});
        const { name: errorType, message, stack } = toWireError(error);
        const cause = JSON.stringify({ errorMessage: message, errorType, trace: stack });
        throw Object.assign(new Error(message), { error: errorType, cause });
      }
    },
  };
}
