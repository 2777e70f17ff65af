import { memoryReason } from "../jsonata/failure.ts";
import { longestAnswer } from "../jsonata/limits.ts";
import { type Answer, type Answered, answered, type Job } from "./job.ts";

/** Thrown by a query that has to wait for another thread: once it is answered, the step that asked is taken again. */
export class Suspension {
  readonly job: Job;
  readonly answer: (answer: Answer) => void;

  constructor(job: Job, answer: (answer: Answer) => void) {
    this.job = job;
    this.answer = answer;
  }
}

/** UTF-16 units of all answers to the queries of one step, as JSON text. */
const LONGEST_ANSWERS = 4 * longestAnswer;

/** What the queries of one step of an execution may do in this process, and what other threads answered them. */
export class Evaluations {
  /** Steps that they may take in this process, all of them together. */
  steps: number;
  /** Most steps never have any. */
  #answers: Map<object, Answered> | undefined = undefined;
  #length = 0;

  constructor(steps: number) {
    this.steps = steps;
  }

  /** @throws Suspension the first time */
  answerTo(query: object, job: () => Job): Answered {
    const known = this.#answers?.get(query);
    if (known !== undefined) return known;
    throw new Suspension(job(), (answer) => this.#keep(query, answer));
  }

  #keep(query: object, answer: Answer): void {
    if ("json" in answer) this.#length += answer.json?.length ?? 0;
    this.#answers ??= new Map();
    this.#answers.set(query, this.#length > LONGEST_ANSWERS ? { failure: memoryReason } : answered(answer));
  }
}
