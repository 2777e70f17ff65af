import { evaluateNow } from "../isolation/blocking.ts";
import { seedOf } from "../isolation/entropy.ts";
import type { JsonataJob } from "../isolation/job.ts";
import type { Query } from "../scope.ts";
import { bindingsOf } from "./bindings.ts";
import { EvaluationFailure } from "./failure.ts";

/** The query of an expression that is evaluated in a thread of its own. @param names what it looks up */
export function isolated(text: string, names: ReadonlySet<string>): Query {
  const drawsNumbers = ["random", "shuffle", "uuid"].some((name) => names.has(name));
  const query = {};
  return (scope) => {
    const job = (): JsonataJob => ({
      kind: "jsonata",
      text,
      bindings: bindingsOf(scope, names),
      entropy: seedOf(scope, drawsNumbers),
    });
    const { evaluations } = scope;
    const answer = evaluations === undefined ? evaluateNow(job()) : evaluations.answerTo(query, job);
    if ("failure" in answer) throw new EvaluationFailure(answer.failure);
    return answer.json === undefined ? undefined : JSON.parse(answer.json);
  };
}
