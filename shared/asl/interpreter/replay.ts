import { HistoryError } from "../errors.ts";
import { type EventKind, type FailureDetails, KINDS } from "../history/kinds.ts";
import type { EventRecord } from "../history/record.ts";
import type { Branch, Command, RecordedEvents } from "./branch.ts";
import type { RecordedEvaluation } from "./step-evaluations.ts";
import { TaskAttempt } from "./tasks/task-attempt.ts";

const ITERATION = /^MapIteration/;

/** An execution, as far as its history drives it. */
export interface ReplayedExecution {
  /** Takes in something that happened. */
  activate(happen: () => void): void;
  /** Goes on until there is something to wait for. */
  pump(): void;
  interrupt(status: "ABORTED" | "TIMED_OUT", failure: FailureDetails): void;
  redrive(): void;
}

/**
 * A history being followed. The execution runs as if for the first time; each event it writes is found here instead,
 * and what tasks and timers did is told in the order in which it happened. Where the history ends, the execution goes on
 * by itself.
 *
 * Events are found by their predecessor and not by their number, so it does not matter in which order branches run.
 */
export class Replay implements RecordedEvents {
  readonly records: readonly EventRecord[];
  /** When the event that was claimed last happened, in milliseconds since the epoch. */
  lastTime: number | undefined = undefined;
  readonly #followers = new Map<number, EventRecord[]>();
  readonly #commands = new Map<number, Command>();
  readonly #passedBy = new Set<Branch>();
  #unclaimed: number;
  readonly #isClaimed: boolean[] = [];

  constructor(records: readonly EventRecord[]) {
    this.records = records;
    this.#unclaimed = records.length;
    for (const record of records) {
      const followers = this.#followers.get(record.previousEventId);
      if (followers === undefined) this.#followers.set(record.previousEventId, [record]);
      else followers.push(record);
    }
  }

  /** Claims the event that is about to be written, if the history has it. */
  take(kind: EventKind, previousEventId: number, name: string | undefined, extra: unknown): EventRecord | undefined {
    const record = this.find(kind, previousEventId, name, ITERATION.test(kind.type) ? extra : undefined);
    if (record !== undefined) {
      this.#isClaimed[record.id] = true;
      this.#unclaimed -= 1;
      this.lastTime = record.time;
    }
    return record;
  }

  /** The same without claiming it. @param index of an iteration */
  find(kind: EventKind, previousEventId: number, name?: string, index?: unknown): EventRecord | undefined {
    return this.#followers
      .get(previousEventId)
      ?.find(
        (record) =>
          !this.#isClaimed[record.id] &&
          record.kind === kind &&
          (name === undefined || record.name === name) &&
          (index === undefined || record.extra === index),
      );
  }

  stateEnteredAfter(eventId: number): string | undefined {
    return this.#followers.get(eventId)?.find((record) => record.kind.detailsKey === "stateEnteredEventDetails")?.name;
  }

  isPassedBy(branch: Branch): boolean {
    if (this.evaluated(branch) !== "unknown") return false;
    this.#passedBy.add(branch);
    return true;
  }

  evaluated({ cursor, isEntered, entered, state }: Branch): RecordedEvaluation {
    const following = this.#unclaimedAfter(cursor);
    // In JSONPath it ends the execution, and has no event of its own.
    if (state.language === "JSONPath") {
      if (following.some(({ kind }) => kind === KINDS.ExecutionFailed)) return "failed";
      return following.length > 0 ? "passed" : "unknown";
    }
    const failures = (eventId: number) =>
      this.#unclaimedAfter(eventId).filter(({ kind }) => kind === KINDS.EvaluationFailed);
    const isOfState = ({ extra }: EventRecord) =>
      (extra as { readonly state?: string } | undefined)?.state === state.name;
    // The one event that does not follow the one before it.
    const before = isEntered ? failures(entered.previousEventId).filter(isOfState) : [];
    if (before.length > 0 || failures(cursor).some(isOfState)) return "failed";
    return following.length > 0 ? "passed" : "unknown";
  }

  #unclaimedAfter(eventId: number): readonly EventRecord[] {
    return this.#followers.get(eventId)?.filter(({ id }) => !this.#isClaimed[id]) ?? [];
  }

  /** After the replay, the branches that go on by themselves. */
  get passedBy(): readonly Branch[] {
    return [...this.#passedBy].filter(({ isDone }) => !isDone);
  }

  await(command: Command): void {
    this.#commands.set(command.branch.cursor, command);
  }

  /** After the replay, the commands whose outcome the history does not tell: to be executed now. */
  get unanswered(): readonly Command[] {
    return [...this.#commands.values()].filter((command) => !command.branch.isDone);
  }

  /**
   * Takes an execution to where its history ends.
   *
   * @throws HistoryError if the history is not one of this definition.
   */
  follow(execution: ReplayedExecution): void {
    execution.pump();
    for (const record of this.records) {
      if (this.#isClaimed[record.id]) continue;
      this.#deliver(execution, record);
      execution.pump();
    }
    if (this.#unclaimed > 0) {
      const lost = this.records.find((record) => !this.#isClaimed[record.id]);
      throw new HistoryError(
        `The history does not fit the definition: event ${lost?.id} (${lost?.kind.type}) does not follow. Resume with the definition the execution was started with.`,
      );
    }
  }

  #deliver(execution: ReplayedExecution, record: EventRecord): void {
    const { kind } = record;
    if (kind === KINDS.ExecutionAborted) execution.interrupt("ABORTED", {});
    else if (kind === KINDS.ExecutionTimedOut) execution.interrupt("TIMED_OUT", {});
    else if (kind === KINDS.ExecutionRedriven) {
      this.#commands.clear();
      this.#passedBy.clear();
      execution.redrive();
    } else if (kind.type.endsWith("TimedOut")) {
      const timeouts = this.#timeoutsFrom(record);
      execution.activate(() => {
        for (const follow of timeouts.map((recordTimeout) => recordTimeout())) follow();
      });
    } else this.#tellCommand(execution, record);
  }

  /** Timeouts that were written in a row, of tasks that timed out together. */
  #timeoutsFrom(record: EventRecord): readonly (() => () => void)[] {
    const timeouts: (() => () => void)[] = [];
    for (let next: EventRecord | undefined = record; next !== undefined; next = this.records[next.id]) {
      const { previousEventId, kind } = next;
      const attempt = this.#commands.get(previousEventId);
      if (!kind.type.endsWith("TimedOut") || !(attempt instanceof TaskAttempt) || attempt.branch.isDone) break;
      this.#commands.delete(previousEventId);
      const isHeartbeat = attempt.wasHeartbeat(next);
      timeouts.push(() => attempt.recordTimeout(isHeartbeat));
    }
    return timeouts;
  }

  #tellCommand(execution: ReplayedExecution, record: EventRecord): void {
    const command = this.#commands.get(record.previousEventId);
    if (command === undefined || command.branch.isDone) return;
    this.#commands.delete(record.previousEventId);
    const cursor = record.previousEventId;
    execution.activate(() => {
      if (!command.follow(record)) this.#commands.set(cursor, command);
    });
  }
}
