/** Blocks with their predecessors and dominators: what the analyses of registers walk. */

import type { BasicBlock, Terminator } from "../program.ts";
import type { Instruction } from "./instruction.ts";
import { flowTargets } from "./terminator.ts";

/** One way from a block into another. */
export interface FlowEdge {
  readonly from: BasicBlock;
  /** The delay slot, where it runs on this way. */
  readonly delaySlot: Instruction | undefined;
  /** A callee ran in between. */
  readonly isAfterCall: boolean;
  /** For a conditional branch: whether this is the way it takes. Undefined for others. */
  readonly isTaken: boolean | undefined;
}

export interface FlowGraph {
  readonly entry: number;
  readonly blocks: ReadonlyMap<number, BasicBlock>;
  /** Ways into each block, in address order of their blocks. */
  readonly edgesInto: ReadonlyMap<number, readonly FlowEdge[]>;
}

function edgesOutOf(from: BasicBlock): { readonly to: number; readonly edge: FlowEdge }[] {
  const { terminator } = from;
  if (terminator.kind === "branch") {
    const { taken, notTaken, delaySlot, isLikely } = terminator;
    const edge = { from, isAfterCall: false };
    return [
      ...(taken.kind === "block" ? [{ to: taken.address, edge: { ...edge, delaySlot, isTaken: true } }] : []),
      ...(notTaken.kind === "block"
        ? [{ to: notTaken.address, edge: { ...edge, delaySlot: isLikely ? undefined : delaySlot, isTaken: false } }]
        : []),
    ];
  }
  const edge: FlowEdge = {
    from,
    delaySlot: "delaySlot" in terminator ? terminator.delaySlot : undefined,
    isAfterCall: isCall(terminator),
    isTaken: undefined,
  };
  const targets = flowTargets(terminator).filter((target) => target.kind === "block");
  return [...new Set(targets.map((target) => target.address))].map((to) => ({ to, edge }));
}

function isCall(terminator: Terminator): boolean {
  return terminator.kind === "call" || terminator.kind === "conditional_call" || terminator.kind === "call_indirect";
}

/** @param blocks sorted by address */
export function flowGraph(entry: number, blocks: readonly BasicBlock[]): FlowGraph {
  const edgesInto = new Map<number, FlowEdge[]>(blocks.map((block) => [block.address, []]));
  for (const block of blocks) {
    for (const { to, edge } of edgesOutOf(block)) edgesInto.get(to)?.push(edge);
  }
  return { entry, blocks: new Map(blocks.map((block) => [block.address, block])), edgesInto };
}

/** Block addresses from the entry on, each before the blocks it leads to except along loops. */
function reversePostorder(graph: FlowGraph): number[] {
  const successorsOf = (address: number): number[] => {
    const block = graph.blocks.get(address);
    if (block === undefined) return [];
    return flowTargets(block.terminator).flatMap((target) =>
      target.kind === "block" && graph.blocks.has(target.address) ? [target.address] : [],
    );
  };
  const postorder: number[] = [];
  const seen = new Set([graph.entry]);
  const stack = [{ address: graph.entry, remaining: successorsOf(graph.entry) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.remaining.pop();
    if (next === undefined) {
      postorder.push(top.address);
      stack.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ address: next, remaining: successorsOf(next) });
    }
  }
  return postorder.reverse();
}

/** The immediate dominator of each reachable block but the entry (Cooper, Harvey and Kennedy's iteration). */
export function immediateDominators(graph: FlowGraph): ReadonlyMap<number, number> {
  const order = reversePostorder(graph);
  const rank = new Map(order.map((address, index) => [address, index]));
  const dominator: (number | undefined)[] = order.map((_, index) => (index === 0 ? 0 : undefined));
  const meet = (first: number, second: number): number => {
    let [a, b] = [first, second];
    while (a !== b) {
      while (a > b) a = dominator[a]!;
      while (b > a) b = dominator[b]!;
    }
    return a;
  };
  const predecessors = order.map((address) =>
    (graph.edgesInto.get(address) ?? []).flatMap((edge) => rank.get(edge.from.address) ?? []),
  );
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (let index = 1; index < order.length; index += 1) {
      const known = predecessors[index]!.filter((predecessor) => dominator[predecessor] !== undefined);
      const nearest = known.reduce(meet, known[0]!);
      if (dominator[index] !== nearest) {
        dominator[index] = nearest;
        hasChanged = true;
      }
    }
  }
  return new Map(order.slice(1).map((address, index) => [address, order[dominator[index + 1]!]!]));
}
