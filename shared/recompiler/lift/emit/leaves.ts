/** The values in locals that are read where an instruction and all that is inline in it are written. */

import { type IrFunction, VALUE_COLUMNS } from "../../ir/function.ts";
import { PLACE } from "./stack.ts";

/** Calls `visit` with each of them, as often as it is read. Arguments of edges are not among them. */
export function forEachLeaf(fn: IrFunction, places: Uint8Array, index: number, visit: (value: number) => void): void {
  const columns = VALUE_COLUMNS[fn.op[index]!]!;
  if (columns & 1) visitOperand(fn, places, fn.a[index]!, visit);
  if (columns & 2) visitOperand(fn, places, fn.b[index]!, visit);
  if (columns & 4) visitOperand(fn, places, fn.c[index]!, visit);
}

/** The same for one value: itself, or what it is made of. */
export function visitOperand(fn: IrFunction, places: Uint8Array, value: number, visit: (value: number) => void): void {
  if (places[value] === PLACE.inline) forEachLeaf(fn, places, value, visit);
  else if (places[value] !== PLACE.waiting) visit(value);
}

/** The same for what a block's edges hand over to parameters that are used. */
export function forEachArgumentLeaf(
  fn: IrFunction,
  places: Uint8Array,
  uses: Int32Array,
  end: number,
  visit: (value: number) => void,
): void {
  let at = fn.c[end]!;
  for (let left = fn.edgeCount(end); left > 0; left--) {
    const first = fn.blockStarts[fn.pool[at]!]!;
    const count = fn.pool[at + 1]!;
    for (let position = 0; position < count; position++) {
      if (uses[first + position]! > 0) visitOperand(fn, places, fn.pool[at + 2 + position]!, visit);
    }
    at += 2 + count;
  }
}
