import type { ChildExecution } from "../branch.ts";
import type { EndedExecution, ExecutionListener } from "../ports.ts";
import type { Element } from "../unordered-set.ts";

/** Who is told how a child went. */
export interface ChildListener {
  childEnded(child: Child, execution: EndedExecution): void;
  childCrashed(error: unknown): void;
}

/** A child execution under way. */
export class Child implements ExecutionListener, Element {
  readonly index: number;
  /** Items that it works on. */
  readonly itemCount: number;
  readonly #parent: ChildListener;
  execution: ChildExecution | undefined;
  position = -1;

  constructor(index: number, itemCount: number, parent: ChildListener) {
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
