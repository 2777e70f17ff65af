/**
 * Which values are written where they are used, on WebAssembly's stack, and which are kept in a local. The first are
 * those that are used once, in their own block, with nothing between that would make another value of them.
 */

import { BANK } from "../../ir/cells.ts";
import { type IrFunction, NO_CELL, VALUE_COLUMNS } from "../../ir/function.ts";
import { IR, OPCODES } from "../../ir/opcodes.ts";
import { countUses } from "../../ir/passes/dead.ts";
import { Bytes, Ints } from "../../ir/scratch.ts";

/** What becomes of an instruction. */
export const PLACE = {
  /** Nothing: nobody uses its value. */
  nowhere: 0,
  /** Written where its value is used. */
  inline: 1,
  /** Written where it stands. Its value, if used, is in a local. */
  here: 2,
  /** Written where it stands, and left on the stack for the end of the block, beneath all that is written between. */
  waiting: 3,
} as const;

const EFFECT = { pure: 0, cell: 1, load: 1, store: 2, trap: 2, end: 2 } as const;
/** 0 pure, 1 reads what others change, 2 changes it or ends the program. */
const EFFECTS = Uint8Array.from(OPCODES, ({ name, effect }) => (name === "set" ? 2 : EFFECT[effect]));
const CONSTANT = Uint8Array.from(OPCODES, ({ shape }) =>
  Number(shape === "integer" || shape === "wide" || shape === "single" || shape === "double"),
);

const IS_SETTLED = Uint8Array.from(OPCODES, ({ shape }) => Number(shape === "settle"));

/** A constant that takes more bytes than this is worth a local if it is used again. */
const LARGE_CONSTANT = 1 << 20;

const PLACES = new Bytes();
const LEAVES = new Ints();
const READS = new Bytes();
const BARRIERS = new Ints();
const WRITTEN = new Ints();

/** Of the function that was planned last: both are used again. */
export interface StackPlan {
  /** By instruction, one of `PLACE`. */
  readonly places: Uint8Array;
  /** By value, how often it is used by what is written. */
  readonly uses: Int32Array;
}

export function planStack(fn: IrFunction): StackPlan {
  const uses = countUses(fn);
  const places = PLACES.take(fn.length);
  /** By value, the homes of the locals it is made of, as far as it is written inline. */
  const leaves = LEAVES.take(fn.length);
  /** By value, whether making it reads something that others change; and how much had been changed by then. */
  const reads = READS.take(fn.length);
  const barriers = BARRIERS.take(fn.length);
  /** By cell of its bank, the last instruction of the block that gives it a value. */
  const written = WRITTEN.take(BANK);
  let start = 0;
  let barrier = 0;

  const isUntouched = (value: number): boolean => {
    for (let rest = leaves[value]!; rest !== 0; rest &= rest - 1) {
      if (written[31 - Math.clz32(rest & -rest)]! > value) return false;
    }
    return true;
  };
  const take = (value: number, user: number, mayRead: boolean): void => {
    if (CONSTANT[fn.op[value]!] === 1) return;
    const isInline =
      uses[value] === 1 &&
      value >= start &&
      fn.op[value] !== IR.param &&
      EFFECTS[fn.op[value]!]! < 2 &&
      (reads[value] === 0 || (mayRead && barriers[value] === barrier)) &&
      isUntouched(value);
    if (isInline) {
      places[value] = PLACE.inline;
      leaves[user]! |= leaves[value]!;
      reads[user]! |= reads[value]!;
      return;
    }
    keep(value, user);
  };
  /** Notes that the value's local is read. Cells of several banks share a bit, which keeps more apart than need be. */
  const keep = (value: number, user: number): void => {
    const home = fn.home[value]!;
    if (home !== NO_CELL) leaves[user]! |= 1 << home;
  };

  for (let block = 0; block < fn.blockCount; block++) {
    start = fn.blockStarts[block]!;
    written.fill(0, 0, BANK);
    const end = fn.blockEnd(block);
    for (let index = start; index < end; index++) {
      const op = fn.op[index]!;
      const effect = EFFECTS[op]!;
      if (op === IR.nop || (effect < 2 && uses[index] === 0 && OPCODES[op]!.effect !== "load")) continue;
      if (CONSTANT[op] === 1) {
        const isLarge = op === IR["i32.const"] && (fn.a[index]! >= LARGE_CONSTANT || fn.a[index]! < -LARGE_CONSTANT);
        places[index] = isLarge && uses[index]! > 1 ? PLACE.here : PLACE.inline;
        continue;
      }
      places[index] = PLACE.here;
      const columns = VALUE_COLUMNS[op]!;
      if (IS_SETTLED[op] === 1) {
        // The result is looked at more than once, and what only the host is given is not always made.
        keep(fn.a[index]!, index);
        take(fn.b[index]!, index, false);
        take(fn.c[index]!, index, false);
      } else {
        if (columns & 1) take(fn.a[index]!, index, true);
        if (columns & 2) take(fn.b[index]!, index, true);
        if (columns & 4) take(fn.c[index]!, index, true);
      }
      if (index === end - 1) takeArguments(fn, index, take);
      if (effect === 1) reads[index] = 1;
      else if (effect === 2) barrier += 1;
      barriers[index] = barrier;
      if (fn.home[index] !== NO_CELL) written[fn.home[index]! % BANK] = index;
    }
    const last = fn.op[end - 1];
    const value = fn.a[end - 1]!;
    const isWaitedFor = (last === IR.branch || last === IR.switch) && value >= start && uses[value] === 1;
    if (isWaitedFor && places[value] === PLACE.here && fn.op[value] !== IR.param) places[value] = PLACE.waiting;
  }
  return { places, uses };
}

/** What only one of several ways hands over may be made on that way, unless making it may trap. */
function takeArguments(
  fn: IrFunction,
  end: number,
  take: (value: number, user: number, mayRead: boolean) => void,
): void {
  let at = fn.c[end]!;
  const edges = fn.edgeCount(end);
  const isSure = fn.op[end] === IR.jump;
  for (let left = edges; left > 0; left--) {
    const count = fn.pool[at + 1]!;
    for (let position = at + 2; position < at + 2 + count; position++) take(fn.pool[position]!, end, isSure);
    at += 2 + count;
  }
}
