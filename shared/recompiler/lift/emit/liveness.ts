/** Which values in locals are needed at a block's start, without the block's own parameters. */

import type { OrderedGraph } from "../../ir/flow/order.ts";
import type { IrFunction } from "../../ir/function.ts";
import { Ints } from "../../ir/scratch.ts";
import { forEachArgumentLeaf, forEachLeaf } from "./leaves.ts";
import { PLACE, type StackPlan } from "./stack.ts";

const LAST_USE = new Ints();
const MARKS = new Ints();

export interface Liveness {
  /** The values of block `b` are at `values[starts[b]]` up to `values[starts[b + 1]]`. */
  readonly starts: Int32Array;
  readonly values: Int32Array;
}

/**
 * From each use outside of the block that makes a value backwards to that block. The work is the size of the result.
 */
export function findLiveness(
  fn: IrFunction,
  { places, uses }: StackPlan,
  { order, predecessors }: OrderedGraph,
): Liveness {
  const usedValues: number[] = [];
  const usedIn: number[] = [];
  const lastUse = LAST_USE.take(fn.length, -1);
  for (const block of order) {
    const start = fn.blockStarts[block]!;
    const end = fn.blockEnd(block);
    const visit = (value: number) => {
      if ((value >= start && value < end) || lastUse[value] === block) return;
      lastUse[value] = block;
      usedValues.push(value);
      usedIn.push(block);
    };
    for (let index = start; index < end; index++)
      if (places[index]! >= PLACE.here) forEachLeaf(fn, places, index, visit);
    forEachArgumentLeaf(fn, places, uses, end - 1, visit);
  }
  const byValue = grouped(usedValues, usedIn, fn.length);
  const marks = MARKS.take(fn.blockCount, -1);
  const liveValues: number[] = [];
  const liveIn: number[] = [];
  const todo: number[] = [];
  let home = 0;
  for (let value = 0; value < fn.length; value++) {
    const first = byValue.starts[value]!;
    const last = byValue.starts[value + 1]!;
    while (home + 1 < fn.blockCount && fn.blockStarts[home + 1]! <= value) home += 1;
    for (let position = first; position < last; position++) todo.push(byValue.values[position]!);
    for (let block = todo.pop(); block !== undefined; block = todo.pop()) {
      if (marks[block] === value) continue;
      marks[block] = value;
      liveValues.push(value);
      liveIn.push(block);
      for (const before of predecessors[block]!) if (before !== home) todo.push(before);
    }
  }
  return grouped(liveIn, liveValues, fn.blockCount);
}

/** The second of each pair, listed by the first, in the order of the pairs. */
function grouped(keys: readonly number[], values: readonly number[], count: number): Liveness {
  const starts = new Int32Array(count + 1);
  for (const key of keys) starts[key + 1]! += 1;
  for (let key = 0; key < count; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice(0, count);
  const sorted = new Int32Array(keys.length);
  for (let position = 0; position < keys.length; position++) sorted[next[keys[position]!]!++] = values[position]!;
  return { starts, values: sorted };
}
