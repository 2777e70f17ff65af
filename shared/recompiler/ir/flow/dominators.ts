/** Immediate dominators, by Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */

/** @returns each node's immediate dominator; the entry's is itself, an unreachable node's is -1 */
export function immediateDominators(
  order: readonly number[],
  places: Int32Array,
  predecessors: readonly (readonly number[])[],
): Int32Array {
  const dominators = new Int32Array(places.length).fill(-1);
  const entry = order[0]!;
  dominators[entry] = entry;
  const meet = (a: number, b: number): number => {
    let left = a;
    let right = b;
    while (left !== right) {
      while (places[left]! > places[right]!) left = dominators[left]!;
      while (places[right]! > places[left]!) right = dominators[right]!;
    }
    return left;
  };
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const node of order) {
      if (node === entry) continue;
      let dominator = -1;
      for (const predecessor of predecessors[node]!) {
        if (dominators[predecessor] === -1) continue;
        dominator = dominator === -1 ? predecessor : meet(predecessor, dominator);
      }
      if (dominators[node] !== dominator) {
        dominators[node] = dominator;
        hasChanged = true;
      }
    }
  }
  return dominators;
}

/** True when every way from the entry to `node` passes `dominator`. */
export function dominates(dominators: Int32Array, places: Int32Array, dominator: number, node: number): boolean {
  let above = node;
  while (places[above]! > places[dominator]!) above = dominators[above]!;
  return above === dominator;
}
