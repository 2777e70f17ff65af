/** Orders of a flow graph's nodes. A graph is the list of each node's successors; node 0 is the entry. */

export type Successors = readonly (readonly number[])[];

/** Reachable nodes in reverse postorder of a depth-first walk: a node comes before what it leads to, loops aside. */
export function reversePostorder(successors: Successors): number[] {
  const order: number[] = [];
  const nextEdge = new Int32Array(successors.length).fill(-1);
  const path = [0];
  nextEdge[0] = 0;
  while (path.length > 0) {
    const node = path.at(-1)!;
    const next = successors[node]![nextEdge[node]!++];
    if (next === undefined) {
      order.push(node);
      path.pop();
    } else if (nextEdge[next] === -1) {
      nextEdge[next] = 0;
      path.push(next);
    }
  }
  return order.reverse();
}

/** A graph with what most analyses of it start from. */
export interface OrderedGraph {
  readonly successors: Successors;
  /** Of the nodes that are reached. */
  readonly order: readonly number[];
  readonly places: Int32Array;
  readonly predecessors: readonly (readonly number[])[];
}

export function orderedGraph(successors: Successors): OrderedGraph {
  const order = reversePostorder(successors);
  return {
    successors,
    order,
    places: positionsIn(order, successors.length),
    predecessors: predecessorsIn(order, successors),
  };
}

/** Each node's place in the order, -1 for a node that is not in it. */
export function positionsIn(order: readonly number[], nodeCount: number): Int32Array {
  const places = new Int32Array(nodeCount).fill(-1);
  order.forEach((node, place) => {
    places[node] = place;
  });
  return places;
}

/** Each node's predecessors among the nodes of the order, once per edge. */
export function predecessorsIn(order: readonly number[], successors: Successors): number[][] {
  const predecessors: number[][] = successors.map(() => []);
  for (const node of order) for (const next of successors[node]!) predecessors[next]!.push(node);
  return predecessors;
}
