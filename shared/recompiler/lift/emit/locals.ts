/**
 * Gives every value that is kept in a local its local, going from block to block so that a value's definition comes
 * before its uses: what is live at a definition has its local then, and any other will do (the interference graphs of
 * such programs are chordal). Values that are one guest register's, one after the other, share a local as long as
 * they are not live together, so that handing them over to a parameter takes no code.
 */

import type { OrderedGraph } from "../../ir/flow/order.ts";
import { type IrFunction, NO_CELL } from "../../ir/function.ts";
import { IR } from "../../ir/opcodes.ts";
import { Ints } from "../../ir/scratch.ts";
import { forEachArgumentLeaf, forEachLeaf } from "./leaves.ts";
import type { Liveness } from "./liveness.ts";
import { PLACE, type StackPlan } from "./stack.ts";

export interface LocalPlan {
  /** By value; -1 for what is in none. */
  readonly locals: Int32Array;
  /** By local, as a position in `TYPES`. */
  readonly types: readonly number[];
}

const LOCALS = new Ints();
const LAST_USE = new Ints();

const NONE = -1;
const LIVE_OUT = 0x7fffffff;

export function planLocals(
  fn: IrFunction,
  { places, uses }: StackPlan,
  { order, successors }: OrderedGraph,
  live: Liveness,
): LocalPlan {
  const locals = LOCALS.take(fn.length, NONE);
  const types: number[] = [];
  /** By local, whether a value is in it at this point. */
  const isTaken: boolean[] = [];
  /** By cell and type, its local. */
  const homes = new Map<number, number>();
  /** By type, locals that are nobody's home. */
  const spare: number[][] = [[], [], [], []];
  const lastUse = LAST_USE.take(fn.length, NONE);

  const addLocal = (type: number): number => {
    isTaken.push(false);
    return types.push(type) - 1;
  };
  const assign = (value: number): void => {
    const type = fn.typeOf(value);
    const home = fn.home[value]!;
    let local = NONE;
    if (home !== NO_CELL) {
      local = homes.get(home) ?? NONE;
      if (local === NONE) {
        local = addLocal(type);
        homes.set(home, local);
      } else if (isTaken[local] || types[local] !== type) local = NONE;
    }
    if (local === NONE) local = spare[type]!.find((each) => !isTaken[each]) ?? NONE;
    if (local === NONE) {
      local = addLocal(type);
      spare[type]!.push(local);
    }
    isTaken[local] = true;
    locals[value] = local;
  };

  for (const block of order) {
    const start = fn.blockStarts[block]!;
    const end = fn.blockEnd(block);
    isTaken.fill(false);
    for (let at = live.starts[block]!; at < live.starts[block + 1]!; at++) isTaken[locals[live.values[at]!]!] = true;
    // Where each value is used last: here, or further on.
    let user = 0;
    const note = (value: number) => {
      lastUse[value] = user;
    };
    for (user = start; user < end; user++) if (places[user]! >= PLACE.here) forEachLeaf(fn, places, user, note);
    user = LIVE_OUT;
    forEachArgumentLeaf(fn, places, uses, end - 1, note);
    for (const next of successors[block]!) {
      for (let at = live.starts[next]!; at < live.starts[next + 1]!; at++) lastUse[live.values[at]!] = LIVE_OUT;
    }
    const release = (value: number) => {
      if (lastUse[value] === user) isTaken[locals[value]!] = false;
    };
    for (user = start; user < end; user++) {
      if (fn.op[user] === IR.param) {
        if (uses[user]! > 0) assign(user);
        continue;
      }
      if (places[user]! < PLACE.here) continue;
      forEachLeaf(fn, places, user, release);
      if (places[user] === PLACE.here && uses[user]! > 0 && fn.typeOf(user) >= 0) assign(user);
    }
  }
  return { locals, types };
}
