import type { ChildExecution } from "../branch.ts";
import type { EndedExecution, ExecutionListener } from "../ports.ts";
import type { Member } from "./crowd.ts";

/** Who runs children. */
export interface Parent {
  childEnded(child: Child, execution: EndedExecution): void;
  childCrashed(error: unknown): void;
}

/** A child execution under way. */
export class Child implements ExecutionListener, Member {
  readonly index: number;
  /** Items that it works on. */
  readonly itemCount: number;
  readonly #parent: Parent;
  execution: ChildExecution | undefined;
  place = -1;

  constructor(index: number, itemCount: number, parent: Parent) {
    this.index = index;
    this.itemCount = itemCount;
    this.#parent = parent;
  }

  ended(execution: EndedExecution): void {
    this.#parent.childEnded(this, execution);
  }

  crashed(error: unknown): void {
    this.#parent.childCrashed(error);
  }
}
