/**
 * Gives every cycle of a flow graph a single way in: structured code has only loops with one head. Compilers make
 * others mostly by filling delay slots, which lets one branch enter a loop an instruction later than the next. The
 * few nodes between the ways in are copied for whoever comes from outside; where they are many, the cycle gets a
 * dispatcher as its head: whoever goes to one of its entries notes which, and goes to the dispatcher.
 */

import { cyclicComponents } from "./components.ts";
import { dominates, immediateDominators } from "./dominators.ts";
import { type OrderedGraph, orderedGraph, reversePostorder, type Successors } from "./order.ts";

export interface Dispatcher {
  /** The dispatcher's own number in the new graph. */
  readonly node: number;
  /** `entries[i]` is where it goes on note `i`. */
  readonly entries: readonly number[];
  /** Each takes note `value` and goes to the dispatcher. Ways into the cycle and ways round it have their own. */
  readonly notes: readonly { readonly node: number; readonly value: number }[];
}

export interface ReducibleGraph {
  /** The nodes given, with some of their edges led elsewhere, then the added ones. */
  readonly successors: number[][];
  /** By added node, the node it is a copy of. */
  readonly copies: ReadonlyMap<number, number>;
  readonly dispatchers: readonly Dispatcher[];
  /** The graph given, where nothing had to be done to it. */
  readonly unchanged?: OrderedGraph;
}

/**
 * The most that is copied for one cycle, in the unit of the weights. Measured on a static glibc (864 functions, 100 with
 * such cycles): 100 leaves 20 of them to dispatchers and adds 2% of code; ten times that leaves none and adds half.
 */
const MAXIMUM_COPIED_WEIGHT = 100;

/** `weightOf` is the size of a node's code. */
export function makeReducible(original: Successors, weightOf: (node: number) => number): ReducibleGraph {
  const successors = original.map((targets) => [...targets]);
  /** By copy, the node it is a copy of. */
  const copies = new Map<number, number>();
  const dispatchers: Dispatcher[] = [];
  const graph = orderedGraph(original);
  if (isReducible(graph)) return { successors, copies, dispatchers, unchanged: graph };
  const originOf = (node: number): number => copies.get(node) ?? node;
  const weight = (node: number): number => {
    const origin = originOf(node);
    return origin < original.length ? weightOf(origin) : 1;
  };
  /** Regions whose cycles are still to be looked at; edges to `cut` do not count: its loop is settled. */
  const regions: { readonly nodes: readonly number[]; readonly cut: ReadonlySet<number> }[] = [
    { nodes: graph.order, cut: new Set() },
  ];
  while (regions.length > 0) {
    const { nodes, cut } = regions.pop()!;
    for (const component of cyclicComponents(nodes, successors, cut)) {
      const members = new Set(component);
      const entries = entriesOf(members, successors, reversePostorder(successors));
      const plan = entries.length === 1 ? { head: entries[0]!, copied: [] } : copyingPlan(entries, members);
      if (plan !== undefined) {
        const copied = copyForOutside(plan.copied, members);
        regions.push({ nodes: component, cut: new Set([...cut, plan.head]) }, { nodes: copied, cut });
        continue;
      }
      const dispatcher = addDispatcher(entries, members, successors);
      dispatchers.push(dispatcher);
      regions.push({ nodes: component, cut: new Set([...cut, dispatcher.node]) });
    }
  }
  return { successors, copies, dispatchers };

  /** The head that leaves the least to copy: all that the other entries lead to without passing it. */
  function copyingPlan(entries: readonly number[], members: ReadonlySet<number>) {
    // Each of the others weighs something.
    if (entries.length > MAXIMUM_COPIED_WEIGHT) return undefined;
    let best: { readonly head: number; readonly copied: readonly number[] } | undefined;
    let bestWeight = MAXIMUM_COPIED_WEIGHT;
    for (const head of entries) {
      const copied = new Set(entries.filter((entry) => entry !== head));
      let total = 0;
      // A set grows under its own iteration: that is the walk.
      for (const node of copied) {
        total += weight(node);
        if (total > bestWeight) break;
        for (const next of successors[node]!) if (members.has(next) && next !== head) copied.add(next);
      }
      if (total > bestWeight || (best !== undefined && total === bestWeight)) continue;
      best = { head, copied: [...copied] };
      bestWeight = total;
    }
    return best;
  }

  /** Copies nodes of a cycle, leads what comes from outside to the copies, and returns them. */
  function copyForOutside(copied: readonly number[], members: ReadonlySet<number>): number[] {
    const count = successors.length;
    const copyOf = new Map(copied.map((node, index) => [node, count + index]));
    const lead = (target: number) => copyOf.get(target) ?? target;
    for (let from = 0; from < count; from++) {
      if (!members.has(from)) successors[from] = successors[from]!.map(lead);
    }
    for (const node of copied) {
      copies.set(successors.length, originOf(node));
      successors.push(successors[node]!.map(lead));
    }
    return [...copyOf.values()];
  }
}

/** True when every edge that goes back in the order goes to a node that dominates where it comes from. */
export function isReducible({ order, places, predecessors, successors }: OrderedGraph): boolean {
  if (!goesBack(order, places, successors)) return true;
  const dominators = immediateDominators(order, places, predecessors);
  return order.every((node) =>
    successors[node]!.every((next) => places[next]! > places[node]! || dominates(dominators, places, next, node)),
  );
}

/** Whether the graph has a cycle: most have none. */
export function goesBack(order: readonly number[], places: Int32Array, successors: Successors): boolean {
  return order.some((node) => successors[node]!.some((next) => places[next]! <= places[node]!));
}

/** Members that are reached from outside, ascending. The entry of the graph, node 0, has no way in by agreement. */
function entriesOf(members: ReadonlySet<number>, successors: Successors, reachable: readonly number[]): number[] {
  const entries = new Set<number>();
  for (const node of reachable) {
    if (members.has(node)) continue;
    for (const target of successors[node]!) if (members.has(target)) entries.add(target);
  }
  return [...entries].sort((a, b) => a - b);
}

function addDispatcher(entries: readonly number[], members: ReadonlySet<number>, successors: number[][]): Dispatcher {
  const node = successors.length;
  const notes: { node: number; value: number }[] = [];
  const noteValues = new Map(entries.map((entry, value) => [entry, value]));
  const lead = (isFrom: (from: number) => boolean) => {
    const noteOf = new Map<number, number>();
    for (let from = 0; from < node; from++) {
      if (!isFrom(from)) continue;
      const targets = successors[from]!;
      targets.forEach((target, position) => {
        const value = noteValues.get(target);
        if (value === undefined) return;
        let note = noteOf.get(target);
        if (note === undefined) {
          note = node + 1 + notes.length;
          notes.push({ node: note, value });
          noteOf.set(target, note);
        }
        targets[position] = note;
      });
    }
  };
  lead((from) => !members.has(from));
  lead((from) => members.has(from));
  successors.push([...entries], ...notes.map(() => [node]));
  return { node, entries, notes };
}
