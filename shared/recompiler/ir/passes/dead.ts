/** Takes out what makes a value that nobody uses and does nothing else. */

import { forEachUse, type IrFunction, VALUE_COLUMNS } from "../function.ts";
import { IR, OPCODES } from "../opcodes.ts";
import { Ints } from "../scratch.ts";

/** Reading a cell is no effect; a load is one, for it may trap. Parameters stay: edges say what they are given. */
const IS_IDLE = Uint8Array.from(OPCODES, ({ effect, name }) =>
  Number((effect === "pure" && name !== "param") || name === "get"),
);

const USES = new Ints();

/** How often each value is used by what is used itself or does something. It is overwritten by the next call. */
export function countUses(fn: IrFunction): Int32Array {
  const { op, a, b, c } = fn;
  const uses = USES.take(fn.length);
  forEachUse(fn, (value) => {
    uses[value]! += 1;
  });
  for (let index = fn.length - 1; index >= 0; index--) {
    if (uses[index]! > 0 || IS_IDLE[op[index]!] === 0) continue;
    const columns = VALUE_COLUMNS[op[index]!]!;
    if (columns & 1) uses[a[index]!]! -= 1;
    if (columns & 2) uses[b[index]!]! -= 1;
    if (columns & 4) uses[c[index]!]! -= 1;
  }
  return uses;
}

export function dead(fn: IrFunction): IrFunction {
  const uses = countUses(fn);
  for (let index = 0; index < fn.length; index++) {
    if (uses[index] === 0 && IS_IDLE[fn.op[index]!] === 1) fn.op[index] = IR.nop;
  }
  return fn;
}
