import type { Entropy, Evaluations, Scope } from "../query/index.ts";
import { type ContextSource, contextOf } from "./context.ts";
import { type RecordedEvaluation, StepEvaluations } from "./step-evaluations.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** A branch, as far as the queries of its states see it. */
interface ScopeSource extends ContextSource {
  readonly execution: ContextSource["execution"] & { readonly entropy: Entropy; worked(work: number): void };
  readonly variables: Variables;
  readonly mapItem: unknown;
  readonly recordedEvaluation: RecordedEvaluation;
}

/** What the queries of a branch's current state see. The context object is made when a query asks for it. */
export class BranchScope implements Scope {
  readonly #branch: ScopeSource;
  input: unknown = undefined;
  result: unknown = undefined;
  errorOutput: unknown = undefined;
  /** Most states never have any. */
  #evaluations: StepEvaluations | undefined = undefined;

  constructor(branch: ScopeSource) {
    this.#branch = branch;
  }

  get variables(): Variables {
    return this.#branch.variables;
  }

  get context(): unknown {
    return contextOf(this.#branch, this.#branch.mapItem);
  }

  get entropy(): Entropy {
    return this.#branch.execution.entropy;
  }

  get evaluations(): Evaluations {
    this.#evaluations ??= new StepEvaluations(() => this.#branch.recordedEvaluation);
    return this.#evaluations;
  }

  /** The same scope with another `$`. */
  at(input: unknown): this {
    this.input = input;
    return this;
  }

  /** The state is left, or tried again. */
  leave(): void {
    this.result = undefined;
    this.errorOutput = undefined;
    if (this.#evaluations === undefined) return;
    this.#branch.execution.worked(this.#evaluations.work);
    this.#evaluations = undefined;
  }
}

/** The scope in which an item of a Map is selected: the Map state's own, with `$$.Map.Item`. */
export class ItemScope implements Scope {
  readonly #branch: ScopeSource;
  readonly #mapItem: unknown;
  readonly input: unknown;
  readonly evaluations: Evaluations;

  constructor(branch: ScopeSource, input: unknown, mapItem: unknown, evaluations: Evaluations) {
    this.#branch = branch;
    this.#mapItem = mapItem;
    this.input = input;
    this.evaluations = evaluations;
  }

  get variables(): Variables {
    return this.#branch.variables;
  }

  get context(): unknown {
    return contextOf(this.#branch, this.#mapItem);
  }

  get entropy(): Entropy {
    return this.#branch.execution.entropy;
  }
}
