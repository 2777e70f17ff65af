/** The natural loops of a reducible flow graph and how they nest. */

import type { Successors } from "./order.ts";

export interface LoopNest {
  /** The header of the innermost loop a node is in (a header's own loop for a header), or -1. */
  readonly innermost: Int32Array;
  /** For a header, the header of the loop around its loop, or -1. */
  readonly parent: Int32Array;
  isHeader(node: number): boolean;
  /** True when `node` is in the loop of `header`. */
  contains(header: number, node: number): boolean;
}

/**
 * Inner loops first, each collected backwards from its latches; a loop already found is stepped over as one node, so
 * that the whole takes nearly linear time.
 */
export function findLoops(
  order: readonly number[],
  places: Int32Array,
  predecessors: readonly (readonly number[])[],
  successors: Successors,
): LoopNest {
  const innermost = new Int32Array(successors.length).fill(-1);
  const parent = new Int32Array(successors.length).fill(-1);
  const outermostFound = Int32Array.from(successors, (_, node) => node);
  const represent = (node: number): number => {
    let top = node;
    while (outermostFound[top] !== top) {
      outermostFound[top] = outermostFound[outermostFound[top]!]!;
      top = outermostFound[top]!;
    }
    return top;
  };
  for (let place = order.length - 1; place >= 0; place--) {
    const header = order[place]!;
    const latches = predecessors[header]!.filter((node) => places[node]! >= place);
    if (latches.length === 0) continue;
    innermost[header] = header;
    const todo = [...latches];
    while (todo.length > 0) {
      const node = represent(todo.pop()!);
      if (node === header) continue;
      if (innermost[node] === node) parent[node] = header;
      else innermost[node] = header;
      outermostFound[node] = header;
      for (const before of predecessors[node]!) todo.push(before);
    }
  }
  return {
    innermost,
    parent,
    isHeader: (node) => innermost[node] === node,
    contains: (header, node) => {
      let loop = innermost[node]!;
      while (loop !== -1 && loop !== header) loop = parent[loop]!;
      return loop === header;
    },
  };
}
