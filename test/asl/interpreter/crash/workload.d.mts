import type * as asl from "../../../../shared/asl/index.ts";

type Interpreting = Pick<typeof asl, "compileStateMachine" | "functionsResolver" | "Interpreter" | "timeSkippingClock">;

/**
 * Runs the workflow to its end, or goes on with it.
 *
 * @param tell hears of each attempt at a task as it begins, as `<name, try n>`; the attempt's outcome names it the same.
 * @param tokens the callback tokens that were handed out so far, by whatever process.
 */
export declare function run(
  interpreting: Interpreting,
  history: asl.HistoryLog,
  tell: (attempt: string) => void,
  tokens: Iterable<string> & { add(token: string): unknown },
): Promise<asl.ExecutionResult>;

export declare const output: unknown;
export declare const attempts: readonly string[];
