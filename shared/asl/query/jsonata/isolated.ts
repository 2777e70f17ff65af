import { answerApart } from "../isolation/apart.ts";
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
    return answerApart(query, scope, job, (why) => new EvaluationFailure(why));
  };
}
