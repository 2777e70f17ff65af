import { type FailureDetails, KINDS } from "../../history/kinds.ts";
import type { EventRecord } from "../../history/record.ts";
import { jsonBytes, mostBytes, stringifyExact } from "../../query/index.ts";
import type { ExecutionIdentity } from "../execution-identity.ts";
import type { EndedExecution } from "../ports.ts";
import type { EndStatus } from "../result.ts";
import { ReorderBuffer } from "./reorder-buffer.ts";

/** How a child execution of a Map Run ended. */
export interface ChildResult {
  readonly index: number;
  readonly identity: ExecutionIdentity;
  readonly status: EndStatus;
  readonly input: unknown;
  readonly output: unknown;
  readonly failure: FailureDetails;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly stoppedAt: number;
  readonly redriveCount: number;
}

const STATUS_OF: Readonly<Record<string, ChildResult["status"]>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionTimedOut: "TIMED_OUT",
  ExecutionAborted: "ABORTED",
};

/** The result of a child that has ended, by its events. */
export function childResult(index: number, identity: ExecutionIdentity, records: readonly EventRecord[]): ChildResult {
  const [started] = records as readonly [EventRecord];
  const ended = records.at(-1)!;
  const status = STATUS_OF[ended.kind.type] ?? "FAILED";
  const isSuccess = status === "SUCCEEDED";
  return {
    index,
    identity,
    status,
    input: started.value,
    output: isSuccess ? ended.value : undefined,
    failure: isSuccess ? {} : (ended.value as FailureDetails),
    startedAt: started.time,
    stoppedAt: ended.time,
    redriveCount: records.reduce((count, { kind }) => (kind === KINDS.ExecutionRedriven ? count + 1 : count), 0),
  };
}

/** The result of a child that has ended in this process. */
export function endedResult(index: number, execution: EndedExecution): ChildResult {
  const { identity, status, input, output, failure, startedAt, lastEventTime: stoppedAt, redriveCount } = execution;
  return {
    index,
    identity,
    status: status as EndStatus,
    input,
    output,
    failure,
    startedAt,
    stoppedAt,
    redriveCount,
  };
}

/** Takes in the results of children, in any order. */
export interface ResultCollector {
  add(result: ChildResult): void;
  /** Where results come faster than they can be stored: resolves when more may come. Undefined otherwise. */
  readonly backlog?: Promise<void> | undefined;
  /** What the Map state's result is, once all results are in; or undefined if they are too large to be one. */
  finish(): unknown;
}

/** What the children add to the results, as a list or a text of lines, as long as it fits into a payload. */
export class OutputList implements ResultCollector {
  readonly #limitBytes: number;
  readonly #entries: (result: ChildResult) => readonly unknown[];
  readonly #isLines: boolean;
  #outputs: unknown[] = [];
  readonly #order = new ReorderBuffer<readonly unknown[]>((entries) => {
    for (const entry of entries) this.#outputs.push(entry);
  });
  /** Of the list as JSON text: at most, and once that is beyond the limit, exactly. */
  #bytes = 2;
  #isExact = false;

  constructor(limitBytes: number, entries: (result: ChildResult) => readonly unknown[], isLines = false) {
    this.#limitBytes = limitBytes;
    this.#entries = entries;
    this.#isLines = isLines;
  }

  add(result: ChildResult): void {
    if (this.#isTooLarge) return;
    const entries = this.#entries(result);
    this.#order.add(result.index, entries);
    for (const entry of entries) this.#measure(entry);
    if (!this.#isTooLarge) return;
    this.#outputs = [];
    this.#order.clear();
  }

  finish(): unknown {
    this.#order.flush();
    if (this.#isTooLarge || !this.#isLines) return this.#isTooLarge ? undefined : this.#outputs;
    const text = this.#outputs.map((entry) => `${stringifyExact(entry)}\n`).join("");
    return jsonBytes(text, this.#limitBytes) > this.#limitBytes ? undefined : text;
  }

  get #isTooLarge(): boolean {
    return this.#bytes > this.#limitBytes;
  }

  #measure(output: unknown): void {
    if (this.#limitBytes === Number.POSITIVE_INFINITY) return;
    this.#bytes += 1 + (this.#isExact ? jsonBytes(output, this.#limitBytes) : mostBytes(output, this.#limitBytes));
    if (this.#isExact || !this.#isTooLarge) return;
    this.#isExact = true;
    this.#bytes = jsonBytes([...this.#outputs, ...[...this.#order.waiting].flat()], this.#limitBytes);
  }
}
