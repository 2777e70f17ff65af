import type { Scope } from "../scope.ts";
import { evaluateNow } from "./blocking.ts";
import { answered, type Job } from "./job.ts";

/**
 * Has a job of a query done in another thread.
 *
 * @throws what `failed` makes of why it could not be done
 */
export function answerApart(query: object, scope: Scope, job: () => Job, failed: (why: string) => Error): unknown {
  const { evaluations } = scope;
  const answer = evaluations === undefined ? answered(evaluateNow(job())) : evaluations.answerTo(query, job);
  if ("failure" in answer) throw failed(answer.failure);
  return answer.value;
}
