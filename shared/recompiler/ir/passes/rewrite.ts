/** Writes a function anew, instruction by instruction: for passes that put several in the place of one. */

import { IrFunction, VALUE_COLUMNS } from "../function.ts";
import { IR } from "../opcodes.ts";
import { Ints } from "../scratch.ts";

const VALUES = new Ints();

/** Says that an instruction is taken over as it is. */
export const KEEP = -1;

/**
 * @param replace appends what stands for an instruction, whose columns are those of the new function already, and
 *   returns the value, or `KEEP`
 */
export function rewrite(
  fn: IrFunction,
  replace: (out: IrFunction, index: number, a: number, b: number) => number,
): IrFunction {
  const out = new IrFunction(fn.header, fn.length + (fn.length >> 2));
  out.interfaces.push(...fn.interfaces.slice(1));
  const values = VALUES.take(fn.length);
  for (let block = 0; block < fn.blockCount; block++) {
    out.startBlock();
    const end = fn.blockEnd(block);
    for (let index = fn.blockStarts[block]!; index < end; index++) {
      const op = fn.op[index]!;
      if (op === IR.nop) continue;
      const columns = VALUE_COLUMNS[op]!;
      const a = columns & 1 ? values[fn.a[index]!]! : fn.a[index]!;
      const b = columns & 2 ? values[fn.b[index]!]! : fn.b[index]!;
      const c = columns & 4 ? values[fn.c[index]!]! : fn.c[index]!;
      const value = replace(out, index, a, b);
      values[index] = value === KEEP ? out.append(op, fn.at[index]!, a, b, c, fn.d[index]!) : value;
    }
  }
  for (const entry of fn.pool) out.pool.push(entry);
  replaceArguments(out, values);
  out.keepGraphOf(fn);
  return out;
}

/** Puts other values in the place of what edges hand over. */
export function replaceArguments(fn: IrFunction, values: Int32Array): void {
  const { pool } = fn;
  for (let block = 0; block < fn.blockCount; block++) {
    const end = fn.blockEnd(block) - 1;
    let at = fn.c[end]!;
    for (let left = fn.edgeCount(end); left > 0; left--) {
      const count = pool[at + 1]!;
      for (let position = at + 2; position < at + 2 + count; position++) pool[position] = values[pool[position]!]!;
      at += 2 + count;
    }
  }
}
