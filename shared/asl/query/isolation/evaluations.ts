import type { Answer, Job } from "./job.ts";

/** Thrown by a query that has to wait for another thread: once it is answered, the step that asked is taken again. */
export class Suspension {
  readonly job: Job;
  readonly answer: (answer: Answer) => void;

  constructor(job: Job, answer: (answer: Answer) => void) {
    this.job = job;
    this.answer = answer;
  }
}

/** What the queries of one step of an execution may do in this process, and what other threads answered them. */
export class Evaluations {
  /** Steps that they may take in this process, all of them together. */
  steps: number;
  readonly #answers = new Map<object, Answer>();

  constructor(steps: number) {
    this.steps = steps;
  }

  /** @throws Suspension the first time */
  answerTo(query: object, job: () => Job): Answer {
    const known = this.#answers.get(query);
    if (known !== undefined) return known;
    throw new Suspension(job(), (answer) => void this.#answers.set(query, answer));
  }
}
