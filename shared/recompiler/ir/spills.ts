/**
 * Placement of spills and reloads: when registers move between the globals, where they live between functions, and the locals, where they live inside
 * one. A register is *dirty* where its local is newer than its global, and *pending* where its local is not loaded.
 *
 * - Loads are as late as they can be without one being done twice or in a loop, so that a way through the function
 *   that does not use a register does not load it.
 * - Stores are at calls and exits. Where ways join and the register is dirty on one of them only, it stays so if its
 *   value is used further on (then it is in its local anyway) or overwritten before it is stored; if not, the dirty
 *   way stores it before the join. A loop header keeps dirty
 *   what its loop leaves dirty, lest it be stored in each turn, and has the rest stored before the loop.
 */

import type { CellSet } from "./cells.ts";
import type { OrderedGraph } from "./flow/order.ts";

/** A node as this analysis sees it. */
export interface SpillNode {
  /** Registers whose value at the node's start is read in it. */
  readonly reads: CellSet;
  readonly writes: CellSet;
  /** Registers that what ends the node (a call, an exit) reads from the globals, and those it may write there. */
  readonly outsideReads: CellSet;
  readonly outsideWrites: CellSet;
}

export interface SpillPlan {
  /** Registers to load at a node's start. */
  readonly loads: Int32Array;
  /** Registers to store at a node's end, before what ends it. */
  readonly stores: Int32Array;
  /** Registers whose value is in its local at a node's start, and needed there or further on. */
  readonly inLocals: Int32Array;
  /** Registers to store, before any load, on the way from one node to another. */
  storesOn(from: number, to: number): CellSet;
  /** Registers to load there. */
  loadsOn(from: number, to: number): CellSet;
}

export function planSpills(nodes: readonly SpillNode[], graph: OrderedGraph): SpillPlan {
  const { successors, order, places, predecessors } = graph;
  const masks = () => new Int32Array(nodes.length);

  /** Runs `step` on the nodes until nothing changes any more. */
  const solve = (nodesInOrder: readonly number[], step: (node: number) => boolean) => {
    for (let hasChanged = true; hasChanged; ) {
      hasChanged = false;
      for (const node of nodesInOrder) hasChanged = step(node) || hasChanged;
    }
  };
  const update = (set: Int32Array, node: number, value: CellSet): boolean => {
    const hasChanged = set[node] !== value;
    set[node] = value;
    return hasChanged;
  };
  const backwards = order.toReversed();

  /** Registers whose value is read by an instruction further on, before any write. */
  const usedIn = masks();
  solve(backwards, (node) => {
    const { reads, writes, outsideWrites } = nodes[node]!;
    let out = 0;
    for (const next of successors[node]!) out |= usedIn[next]!;
    return update(usedIn, node, reads | (out & ~outsideWrites & ~writes));
  });

  /** Registers whose value may reach a call or an exit without being overwritten. */
  const escaping = masks();
  solve(backwards, (node) => {
    const { writes, outsideReads, outsideWrites } = nodes[node]!;
    let out = outsideReads | outsideWrites;
    for (const next of successors[node]!) out |= escaping[next]!;
    return update(escaping, node, out & ~writes);
  });

  const dirtyIn = masks();
  const dirtyOut = masks();
  const stores = masks();
  const passNode = (node: number): boolean => {
    const { writes, outsideReads, outsideWrites } = nodes[node]!;
    const dirty = dirtyIn[node]! | writes;
    stores[node] = dirty & (outsideReads | outsideWrites);
    return update(dirtyOut, node, dirty & ~stores[node]!);
  };
  // First all that could be dirty; from there down to what is kept so.
  solve(order, (node) => {
    dirtyIn[node] = predecessors[node]!.reduce((some, before) => some | dirtyOut[before]!, 0);
    return passNode(node);
  });
  solve(order, (node) => {
    let someDirty = 0;
    let allDirty = node === order[0] ? 0 : -1;
    let latchDirty = 0;
    let isLoopHeader = false;
    for (const before of predecessors[node]!) {
      someDirty |= dirtyOut[before]!;
      allDirty &= dirtyOut[before]!;
      if (places[before]! < places[node]!) continue;
      isLoopHeader = true;
      latchDirty |= dirtyOut[before]!;
    }
    const kept = isLoopHeader ? latchDirty : allDirty | (someDirty & usedIn[node]!);
    dirtyIn[node] = kept | (someDirty & ~escaping[node]!);
    return passNode(node);
  });

  /** Registers whose value is needed further on in a local: to be read or to be stored. */
  const neededIn = masks();
  solve(backwards, (node) => {
    const { reads, writes, outsideWrites } = nodes[node]!;
    let out = 0;
    for (const next of successors[node]!) out |= neededIn[next]! | (dirtyOut[node]! & ~dirtyIn[next]!);
    return update(neededIn, node, reads | (((out & ~outsideWrites) | stores[node]!) & ~writes));
  });

  const pendingIn = masks().fill(-1);
  const pendingOut = masks().fill(-1);
  solve(order, (node) => {
    let pending = -1;
    for (const before of predecessors[node]!) pending &= pendingOut[before]!;
    pendingIn[node] = pending & ~dirtyIn[node]!;
    const { reads, writes, outsideWrites } = nodes[node]!;
    return update(pendingOut, node, (pendingIn[node]! & ~(reads | writes)) | outsideWrites);
  });

  return {
    loads: pendingIn.map((pending, node) => nodes[node]!.reads & pending),
    stores,
    inLocals: neededIn.map((needed, node) => needed & ~pendingIn[node]!),
    storesOn: (from, to) => dirtyOut[from]! & ~dirtyIn[to]!,
    loadsOn: (from, to) => pendingOut[from]! & ~pendingIn[to]! & neededIn[to]!,
  };
}
