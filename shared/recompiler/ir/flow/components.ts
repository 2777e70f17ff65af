/** Strongly connected components, by Tarjan's algorithm with the path on a stack of its own: graphs may be deep. */

import type { Successors } from "./order.ts";

interface Visit {
  readonly number: number;
  low: number;
  isOpen: boolean;
  nextEdge: number;
}

/** The components that hold a cycle, in the graph of the given nodes without those in `cut`. */
export function cyclicComponents(
  nodes: readonly number[],
  successors: Successors,
  cut: ReadonlySet<number>,
): number[][] {
  const inside = new Set(nodes.filter((node) => !cut.has(node)));
  const visits = new Map<number, Visit>();
  const open: number[] = [];
  const components: number[][] = [];
  for (const root of inside) {
    if (visits.has(root)) continue;
    const path = [begin(root)];
    while (path.length > 0) {
      const node = path.at(-1)!;
      const visit = visits.get(node)!;
      const target = successors[node]![visit.nextEdge++];
      if (target === undefined) {
        path.pop();
        finish(node, visit, path.at(-1));
      } else if (inside.has(target)) {
        const seen = visits.get(target);
        if (seen === undefined) path.push(begin(target));
        else if (seen.isOpen) visit.low = Math.min(visit.low, seen.number);
      }
    }
  }
  return components;

  function begin(node: number): number {
    visits.set(node, { number: visits.size, low: visits.size, isOpen: true, nextEdge: 0 });
    open.push(node);
    return node;
  }

  function finish(node: number, visit: Visit, before: number | undefined): void {
    if (before !== undefined) visits.get(before)!.low = Math.min(visits.get(before)!.low, visit.low);
    if (visit.low !== visit.number) return;
    const component = open.splice(open.lastIndexOf(node));
    for (const member of component) visits.get(member)!.isOpen = false;
    if (component.length > 1 || successors[node]!.includes(node)) components.push(component);
  }
}
