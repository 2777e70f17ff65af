import type { ExecutionClock, ExecutionHandle, ExecutionResult, HistoryEvent } from "../asl/index.ts";

/** As much of an execution as a cancellation needs. */
export interface Stoppable extends Pick<ExecutionHandle, "stop"> {
  readonly result: Promise<Pick<ExecutionResult, "status" | "error" | "cause">>;
}

/**
 * An execution that was started under another definition: the interpreter cannot take up its history, and it does not go
 * on. It can be stopped, and its history then ends as StopExecution ends one.
 * @param kept its history, which has begun
 */
export function foreignExecution(
  kept: readonly HistoryEvent[],
  clock: Pick<ExecutionClock, "now">,
  append: (event: HistoryEvent) => Promise<void>,
): Stoppable {
  let resolve: (result: Awaited<Stoppable["result"]>) => void = () => {};
  const result: Stoppable["result"] = new Promise((resolved) => {
    resolve = resolved;
  });
  const { id: lastId = 0, type = "" } = kept.at(-1) ?? {};
  return {
    result,
    stop({ error, cause } = {}) {
      const failure = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
      const stopped = { status: "ABORTED", error, cause } as const;
      if (isEnd(type)) return resolve(stopped);
      const event: HistoryEvent = {
        id: lastId + 1,
        previousEventId: 0,
        type: "ExecutionAborted",
        timestamp: clock.now() / 1_000,
        executionAbortedEventDetails: failure,
      };
      // Where that fails, the history's own promise says so.
      append(event).then(
        () => resolve(stopped),
        () => {},
      );
    },
  };
}

/** Whether an event of that type is a history's last. */
export function isEnd(type: string): boolean {
  return /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(type);
}
