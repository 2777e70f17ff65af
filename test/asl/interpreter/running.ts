import {
  compileStateMachine,
  type ExecutionClock,
  type ExecutionResult,
  type FunctionHandler,
  functionsResolver,
  type HistoryEvent,
  Interpreter,
  type InterpreterOptions,
  type RunOptions,
  type StateMachineDefinition,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import { answerTo } from "../../../shared/asl/query/isolation/answer.ts";
import type { Answer, Job } from "../../../shared/asl/query/isolation/job.ts";

/** States by name, the first of which starts. */
export type States = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export const machineOf = (states: States, top: object = {}) =>
  compileStateMachine({ StartAt: Object.keys(states)[0], States: states, ...top } as unknown as StateMachineDefinition);

/** Runs states with in-process functions, on a clock that does not wait. */
export function run(
  states: States,
  input: unknown = {},
  handlers: Readonly<Record<string, FunctionHandler>> = {},
  options: InterpreterOptions & RunOptions & { readonly top?: object } = {},
): Promise<ExecutionResult> {
  const interpreter = new Interpreter({
    resolver: functionsResolver(handlers),
    clock: timeSkippingClock(),
    ...options,
  });
  return interpreter.run(machineOf(states, options.top), input, options);
}

export const typesOf = (events: readonly HistoryEvent[]): string[] => events.map(({ type }) => type);

/** The details of the events of one type. */
export function detailsOf(events: readonly HistoryEvent[], type: string): Readonly<Record<string, unknown>>[] {
  return events
    .filter((event) => event.type === type)
    .map((event) => {
      const key = Object.keys(event).find((name) => name.endsWith("EventDetails")) as `${string}EventDetails`;
      return event[key] ?? {};
    });
}

/** A clock that stands still until it is told to move. */
export function manualClock(start = 1_700_000_000_000): ExecutionClock & { advance(milliseconds: number): void } {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => now,
    setTimer(at, callback) {
      const timer = { at, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
        if (due === undefined) break;
        now = Math.max(now, due.at);
        timers.delete(due);
        due.callback();
      }
      now = until;
    },
  };
}

/** An error with a name that `Retry` and `Catch` can match. */
export const failure = (error: string, cause = ""): Error => Object.assign(new Error(cause), { error, cause });

/** Lets everything that is ready happen. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Of an execution that is run more than once. */
export const NAMES = { name: "run", stateMachineName: "machine" };

/** Threads that are none: a job is done in a later turn of the event loop. */
export function laterThreads(answer: (job: Job) => Answer = answerTo) {
  const texts: string[] = [];
  return {
    texts,
    run(job: Job, _owner: object, tell: (answer: Answer) => void) {
      texts.push(job.text);
      const immediate = setImmediate(() => tell(answer(job)));
      return () => clearImmediate(immediate);
    },
  };
}
