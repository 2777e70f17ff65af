/**
 * Gives every cycle of a flow graph a single way in. Structured code has only loops with one head; a cycle entered at
 * several nodes gets a dispatcher as its head: whoever goes to one of those nodes notes which, and goes to the
 * dispatcher, which branches on the note.
 */

import { cyclicComponents } from "./components.ts";
import { dominates, immediateDominators } from "./dominators.ts";
import { placesIn, predecessorsIn, reversePostorder, type Successors } from "./order.ts";

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
  readonly dispatchers: readonly Dispatcher[];
}

export function makeReducible(original: Successors): ReducibleGraph {
  const successors = original.map((targets) => [...targets]);
  const reachable = reversePostorder(original);
  if (isReducible(reachable, original)) return { successors, dispatchers: [] };
  const dispatchers: Dispatcher[] = [];
  /** Regions whose cycles are still to be looked at; edges to `cut` do not count: its loop is settled. */
  const regions: { readonly nodes: readonly number[]; readonly cut: ReadonlySet<number> }[] = [
    { nodes: reachable, cut: new Set() },
  ];
  while (regions.length > 0) {
    const { nodes, cut } = regions.pop()!;
    for (const component of cyclicComponents(nodes, successors, cut)) {
      const members = new Set(component);
      const entries = entriesOf(members, successors, reversePostorder(successors));
      if (entries.length === 1) {
        regions.push({ nodes: component, cut: new Set([...cut, entries[0]!]) });
        continue;
      }
      const dispatcher = addDispatcher(entries, members, successors);
      dispatchers.push(dispatcher);
      regions.push({ nodes: component, cut: new Set([...cut, dispatcher.node]) });
    }
  }
  return { successors, dispatchers };
}

/** True when every edge that goes back in the order goes to a node that dominates where it comes from. */
function isReducible(order: readonly number[], successors: Successors): boolean {
  const places = placesIn(order, successors.length);
  const dominators = immediateDominators(order, places, predecessorsIn(order, successors));
  return order.every((node) =>
    successors[node]!.every((next) => places[next]! > places[node]! || dominates(dominators, places, next, node)),
  );
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
  const lead = (isFrom: (from: number) => boolean) => {
    const noteOf = new Map<number, number>();
    for (let from = 0; from < node; from++) {
      if (!isFrom(from)) continue;
      const targets = successors[from]!;
      targets.forEach((target, position) => {
        const value = entries.indexOf(target);
        if (value === -1) return;
        const note = noteOf.get(target) ?? node + 1 + notes.push({ node: node + 1 + notes.length, value }) - 1;
        noteOf.set(target, note);
        targets[position] = note;
      });
    }
  };
  lead((from) => !members.has(from));
  lead((from) => members.has(from));
  successors.push([...entries], ...notes.map(() => [node]));
  return { node, entries, notes };
}
