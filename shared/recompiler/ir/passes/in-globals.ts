/**
 * In the place of `promote`, where code is followed step by step: every cell is read and written in its global, where it
 * is named, so that the host finds the machine's state there between any two instructions.
 */

import { UNBANKED } from "../cells.ts";
import { IrFunction, VALUE_COLUMNS } from "../function.ts";
import { IR } from "../opcodes.ts";
import { loadCell, storeCell } from "./boundary.ts";

/** Blocks are in reverse postorder afterwards; those that are not reached are gone. */
export function keepInGlobals(fn: IrFunction): IrFunction {
  const out = new IrFunction(fn.header, fn.length * 2);
  out.interfaces.push(...fn.interfaces.slice(1));
  for (const entry of fn.pool) out.pool.push(entry);
  const values = new Int32Array(fn.length);
  const numbers = new Int32Array(fn.blockCount);
  for (const block of fn.graph().order) {
    numbers[block] = out.startBlock();
    for (let index = fn.blockStarts[block]!; index < fn.blockEnd(block); index++) {
      if (fn.op[index] !== IR.nop) values[index] = write(fn, out, index, values);
    }
  }
  for (let block = 0; block < out.blockCount; block++) {
    const end = out.blockEnd(block) - 1;
    let at = out.c[end]!;
    for (let left = out.edgeCount(end); left > 0; left--) {
      out.pool[at] = numbers[out.pool[at]!]!;
      at += 2 + out.pool[at + 1]!;
    }
  }
  return out;
}

/** @returns the value that the instruction makes */
function write(fn: IrFunction, out: IrFunction, index: number, values: Int32Array): number {
  const [op, at, a, b, c] = [fn.op[index]!, fn.at[index]!, fn.a[index]!, fn.b[index]!, fn.c[index]!];
  if (op === IR.get && a < UNBANKED) return loadCell(out, at, a);
  if (op === IR.set && a < UNBANKED) {
    storeCell(out, at, a, values[b]!);
    return 0;
  }
  const columns = VALUE_COLUMNS[op]!;
  return out.append(
    op,
    at,
    columns & 1 ? values[a]! : a,
    columns & 2 ? values[b]! : b,
    columns & 4 ? values[c]! : c,
    fn.d[index]!,
  );
}
