import { covers, grantsOf, roleOf } from "../../stacks/support/declared.ts";
import type { Cloud } from "./cloud.ts";

/** What functions asked of AWS that their roles do not allow, once each. */
export function refusedCalls({ calls, graph }: Cloud): string[] {
  const refused = calls().filter((call) => !grantsOf(roleOf(graph, call.app)).some((grant) => covers(grant, call)));
  return [...new Set(refused.map(({ app, action, resource }) => `${app}: ${action} on ${resource}`))];
}
