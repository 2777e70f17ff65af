/** Carries the alignment facts through a function's nodes. */

import { type AlignmentFacts, areEqual, factsAfter, forget, meet, NOTHING_KNOWN } from "./alignment.ts";
import { reversePostorder, type Successors } from "./flow/order.ts";
import type { LiftNode } from "./nodes.ts";
import type { RegisterSet } from "./registers.ts";

/** What is known at each node's start. `clobbered` holds, by node, the registers that a call at its end changes. */
export function alignmentAtNodes(
  nodes: readonly LiftNode[],
  successors: Successors,
  clobbered: readonly RegisterSet[],
): readonly AlignmentFacts[] {
  const order = reversePostorder(successors);
  const atStart: (AlignmentFacts | undefined)[] = nodes.map(() => undefined);
  atStart[0] = NOTHING_KNOWN;
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const node of order) {
      const after = forget(nodes[node]!.instructions.reduce(factsAfter, atStart[node]!), clobbered[node]!);
      for (const next of successors[node]!) {
        const before = atStart[next];
        const joined = before === undefined ? after : meet(before, after);
        if (before !== undefined && areEqual(before, joined)) continue;
        atStart[next] = joined;
        hasChanged = true;
      }
    }
  }
  return atStart.map((facts) => facts ?? NOTHING_KNOWN);
}
