import { HistoryJournal } from "../../history/journal.ts";
import type { FailureDetails } from "../../history/kinds.ts";
import type { BranchHost } from "../branch.ts";
import type { ExecutionIdentity } from "../execution-identity.ts";
import type { StateMachine } from "../machine.ts";
import { UnorderedSet } from "../unordered-set.ts";
import { Child, type ChildListener } from "./child.ts";
import type { ChildInput } from "./child-inputs.ts";
import { childIdentities } from "./identity.ts";
import { type KnownChildren, readChildren } from "./known-children.ts";
import { type ChildResult, childResult } from "./results.ts";

/** The child executions of a Map Run: those under way, and what is known of them from before it was interrupted. */
export class Children {
  readonly #parent: BranchHost;
  readonly #machine: StateMachine;
  readonly #listener: ChildListener;
  /** Those that failed are run again, from the states that did. */
  readonly #isRedrive: boolean;
  readonly #identityOf: (index: number) => ExecutionIdentity;
  readonly #journal: HistoryJournal | undefined;
  readonly #running = new UnorderedSet<Child>();
  #known: KnownChildren | undefined = undefined;

  constructor(
    parent: BranchHost,
    mapRunArn: string,
    machine: StateMachine,
    listener: ChildListener,
    isRedrive: boolean,
  ) {
    this.#parent = parent;
    this.#machine = machine;
    this.#listener = listener;
    this.#isRedrive = isRedrive;
    this.#identityOf = childIdentities(parent.identity, mapRunArn);
    const log = parent.log?.open?.(mapRunArn);
    this.#journal = log === undefined ? undefined : new HistoryJournal(log);
  }

  /** Those under way. */
  get count(): number {
    return this.#running.size;
  }

  /** What their histories hold has been read; in memory there is nothing to read. */
  get areRead(): boolean {
    return this.#journal === undefined || this.#known !== undefined;
  }

  /** Where many events of theirs wait to be written: resolves when fewer do. */
  get backlog(): Promise<void> | undefined {
    return this.#journal?.backlog;
  }

  /**
   * Reads what their histories hold.
   *
   * @param onSucceeded is told of each that succeeded, and returns a promise where it needs a pause.
   */
  async read(onSucceeded: (result: ChildResult) => Promise<void> | undefined): Promise<void> {
    if (this.#journal === undefined) return;
    this.#known = await readChildren(this.#journal, (index, records) =>
      onSucceeded(childResult(index, this.#identityOf(index), records)),
    );
  }

  /**
   * Runs the child of an index, or takes it up where it was left. One that succeeded before is left alone.
   *
   * @returns its result, if it failed before and is not to be redriven.
   */
  start(index: number, { input, itemCount }: ChildInput): ChildResult | undefined {
    if (this.#known?.succeeded.has(index) === true) return undefined;
    const identity = this.#identityOf(index);
    const failed = this.#known?.failed.get(index);
    if (failed !== undefined && !this.#isRedrive) return childResult(index, identity, failed);
    const child = new Child(index, itemCount, this.#listener);
    child.execution = this.#parent.child({
      machine: this.#machine,
      input,
      identity,
      listener: child,
      log: this.#journal?.of(index),
      records: failed ?? this.#known?.unfinished.get(index),
      keepsEvents: false,
    });
    this.#running.add(child);
    child.execution.start(this.#isRedrive);
    return undefined;
  }

  /** @returns false if it was not under way. */
  remove(child: Child): boolean {
    return this.#running.remove(child);
  }

  /** Stops one, by the index of its item or batch. @returns false if it is not under way */
  stop(index: number, failure: FailureDetails): boolean {
    for (const { index: other, execution } of this.#running) {
      if (other !== index || execution === undefined) continue;
      execution.stop(failure);
      return true;
    }
    return false;
  }

  /** @param isCrash the execution is not over, and they are not either: nothing is written. */
  stopAll(isCrash: boolean): void {
    const running = [...this.#running];
    this.#running.clear();
    for (const { execution } of running) {
      if (isCrash) execution?.crash(undefined);
      else execution?.stop({});
    }
  }
}
