import type { Query, Scope } from "../scope.ts";
import { Evaluations, Suspension } from "./evaluations.ts";
import type { Answer } from "./job.ts";
import { type ExpressionThreads, expressionThreads } from "./threads.ts";

/** Steps that one query takes in this process, for somebody who has nothing else to do with it. */
const STEPS = 200_000;

/** Evaluates a query outside an execution, without holding up the process. @throws whatever the query throws */
export async function settled<Value>(
  query: Query<Value>,
  scope: Scope,
  threads: Pick<ExpressionThreads, "run"> = expressionThreads(),
): Promise<Value> {
  const own = { ...scope, evaluations: new Evaluations(STEPS) };
  for (;;) {
    try {
      return query(own);
    } catch (thrown) {
      if (!(thrown instanceof Suspension)) throw thrown;
      thrown.answer(await new Promise<Answer>((resolve) => void threads.run(thrown.job, own, resolve)));
    }
  }
}
