/** Works out what constants come to, and takes operations out that change nothing. */

import { type IrFunction, VALUE_COLUMNS } from "../function.ts";
import { IR } from "../opcodes.ts";
import { Ints } from "../scratch.ts";
import { replaceArguments } from "./rewrite.ts";
import { simplify } from "./rules.ts";

const STANDS = new Ints();

/** Blocks are gone through in their order: a value's definition comes before its uses, but for edges that go back. */
export function fold(fn: IrFunction): IrFunction {
  const stands = STANDS.take(fn.length);
  const { op, a, b, c } = fn;
  for (let index = 0; index < fn.length; index++) {
    stands[index] = index;
    const columns = VALUE_COLUMNS[op[index]!]!;
    if (columns === 0) continue;
    if (columns & 1) a[index] = stands[a[index]!]!;
    if (columns & 2) b[index] = stands[b[index]!]!;
    if (columns & 4) c[index] = stands[c[index]!]!;
    const value = simplify(fn, index);
    if (value === index) continue;
    stands[index] = value;
    op[index] = IR.nop;
  }
  replaceArguments(fn, stands);
  return fn;
}
