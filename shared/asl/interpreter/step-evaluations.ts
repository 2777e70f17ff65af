import { type Answered, answered, Evaluations, evaluateNow, type Job } from "../query/index.ts";

/** Steps that the queries of one state take in this process before the rest is evaluated in another thread. */
export const STEPS_OF_A_STATE = 200_000;

/** Work, as turns are measured in, of a step. */
const WORK_OF_A_STEP = 20;

/** What a history that is followed tells of the evaluation of a field. */
export type RecordedEvaluation = "failed" | "passed" | "unknown";

/** What the queries of one step of an execution may do. What the history tells of is not put off. */
export class StepEvaluations extends Evaluations {
  readonly #recorded: () => RecordedEvaluation;
  readonly #granted: number;

  constructor(recorded: () => RecordedEvaluation, steps: number = STEPS_OF_A_STATE) {
    super(steps);
    this.#granted = steps;
    this.#recorded = recorded;
  }

  /** Work done in this process. */
  get work(): number {
    return (this.#granted - this.steps) * WORK_OF_A_STEP;
  }

  override answerTo(query: object, job: () => Job): Answered {
    const recorded = this.#recorded();
    // How it failed is what the history says.
    if (recorded === "failed") return { failure: "" };
    return recorded === "passed" ? answered(evaluateNow(job())) : super.answerTo(query, job);
  }
}
