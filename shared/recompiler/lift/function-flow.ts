/**
 * The flow graph that becomes structured code: the function's nodes, and nodes for what happens between them (stores
 * and loads on the way, the dispatch of cycles with several ways in, jump tables' default).
 */

import type { Emitter } from "./emitter.ts";
import { makeReducible } from "./flow/reducible.ts";
import type { FlowNode } from "./flow/structure.ts";
import { type LiftNode, successorsOf } from "./nodes.ts";
import type { SpillPlan } from "./spills.ts";
import type { CaseSource } from "./switches.ts";

/** `write` writes a node's own code, with a branch's condition or without. */
export function flowOf(
  emitter: Emitter,
  nodes: readonly LiftNode[],
  switches: readonly (CaseSource | undefined)[],
  spills: SpillPlan,
  write: (index: number, hasCondition: boolean) => void,
): FlowNode[] {
  const flow: FlowNode[] = [];
  const added: FlowNode[] = [];
  const add = (node: FlowNode) => nodes.length + added.push(node) - 1;

  /** Where an edge leads: to the node, or to a node between if something happens on the way. */
  const edgeTo = (from: number, to: number): number => {
    const { stores, loads } = spills.onEdge(from, to);
    if (stores === 0 && loads === 0) return to;
    const emit = () => {
      // The edge is not written right behind the node it comes from.
      emitter.areHalvesInTemporaries = false;
      passEdge(stores, loads);
    };
    return add({ exit: "goto", successors: [to], emit });
  };
  const passEdge = (stores: number, loads: number) => {
    emitter.store(stores);
    emitter.load(loads);
  };

  nodes.forEach(({ exit }, index) => {
    if (exit.kind === "branch" && exit.taken !== exit.notTaken) {
      const successors = [edgeTo(index, exit.taken), edgeTo(index, exit.notTaken)];
      flow.push({ exit: "branch", successors, emit: () => write(index, true) });
    } else if (exit.kind === "switch") {
      flow.push({ exit: "switch", successors: switchSuccessors(index), emit: () => write(index, false) });
    } else {
      const [next] = successorsOf(exit);
      flow.push({
        exit: next === undefined ? "leaf" : "goto",
        successors: next === undefined ? [] : [next],
        emit: () => {
          write(index, false);
          if (next === undefined) return;
          const { stores, loads } = spills.onEdge(index, next);
          passEdge(stores, loads);
        },
      });
    }
  });

  function switchSuccessors(index: number): number[] {
    const edges = new Map<number, number>();
    const edgeOnce = (to: number): number => {
      const edge = edges.get(to) ?? edgeTo(index, to);
      edges.set(to, edge);
      return edge;
    };
    const outside = add({ exit: "leaf", successors: [], emit: () => emitter.trapUnknownTarget() });
    return [...switches[index]!.cases.map((to) => (to === undefined ? outside : edgeOnce(to))), outside];
  }

  return withSingleHeads(emitter, [...flow, ...added], (index) => (nodes[index]?.instructions.length ?? 0) + 1);
}

/** The graph made reducible, with the code of what that added. */
function withSingleHeads(emitter: Emitter, flow: readonly FlowNode[], weightOf: (index: number) => number): FlowNode[] {
  const { successors, copies, dispatchers } = makeReducible(
    flow.map((node) => node.successors),
    weightOf,
  );
  const result: FlowNode[] = flow.map((node, index) => ({ ...node, successors: successors[index]! }));
  for (const [node, of] of copies) result[node] = { ...result[of]!, successors: successors[node]! };
  for (const { node, notes } of dispatchers) {
    const note = emitter.temporary("note");
    result[node] = { exit: "switch", successors: successors[node]!, emit: () => emitter.code.localGet(note) };
    for (const { node: noteNode, value } of notes) {
      const emit = () => {
        emitter.code.constant(value);
        emitter.code.localSet(note);
      };
      result[noteNode] = { exit: "goto", successors: successors[noteNode]!, emit };
    }
  }
  return result;
}
