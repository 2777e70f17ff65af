import type { HistoryEvent } from "../../../shared/asl/index.ts";

/** What a run's `history.jsonl` says. */
export interface HistoryReading {
  /** The tasks that succeeded, by state and iteration; sorted. */
  readonly tasks: readonly string[];
  readonly problems: readonly string[];
}

const TASK_SUCCEEDED = /^(LambdaFunction|Activity|Task)Succeeded$/;

export function readHistory(text: string): HistoryReading {
  const problems: string[] = [];
  const events: HistoryEvent[] = [];
  if (!text.endsWith("\n")) problems.push("history.jsonl does not end with a whole line");
  for (const [index, line] of text.split("\n").slice(0, -1).entries()) {
    const event = parse(line);
    if (event?.id !== index + 1) problems.push(`history.jsonl line ${index + 1} has id ${event?.id}`);
    if (event !== undefined) events.push(event);
  }
  problems.push(...forks(events));
  if (events.at(-1)?.type !== "ExecutionSucceeded") problems.push(`the history ends with ${events.at(-1)?.type}`);
  const tasks = events.filter(({ type }) => TASK_SUCCEEDED.test(type)).map((event) => taskOf(event, events));
  return { tasks: tasks.sort(), problems };
}

/** Only a Map goes on in several ways from one event, at its start and at its end; anything else that does was done twice. */
function forks(events: readonly HistoryEvent[]): string[] {
  const followers = new Map<string, HistoryEvent>();
  const problems: string[] = [];
  for (const event of events) {
    const before = events[event.previousEventId - 1];
    if (before === undefined || event.type === "MapStateSucceeded") continue;
    const iteration = event.mapIterationStartedEventDetails?.index;
    const way = before.type === "MapStateStarted" ? `${before.id}/${iteration}` : String(before.id);
    const other = followers.get(way);
    if (other !== undefined) {
      problems.push(
        `history events ${other.id} (${other.type}) and ${event.id} (${event.type}) both follow ${before.id}`,
      );
    }
    followers.set(way, event);
  }
  return problems;
}

/** The state a task belongs to, and the iteration around it. */
function taskOf(succeeded: HistoryEvent, events: readonly HistoryEvent[]): string {
  let state: unknown;
  for (
    let event: HistoryEvent | undefined = succeeded;
    event !== undefined;
    event = events[event.previousEventId - 1]
  ) {
    state ??= event.stateEnteredEventDetails?.name;
    const iteration = event.mapIterationStartedEventDetails?.index;
    if (iteration !== undefined) return `${state}[${iteration}]`;
    // What comes before belongs to iterations that are over.
    if (event.type === "MapStateExited") break;
  }
  return String(state);
}

function parse(line: string): HistoryEvent | undefined {
  try {
    return JSON.parse(line) as HistoryEvent;
  } catch {
    return undefined;
  }
}
