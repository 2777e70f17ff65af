/**
 * Keeps the cells of the first bank in values inside the function: what is read from a cell and written to it passes
 * from block to block as parameters, and goes to the cell itself only where code outside sees it, as `planSpills` says.
 */

import { ACCUMULATOR, BANK, type CellSet, EVERYTHING, HIGH, LOW, membersOf } from "../cells.ts";
import { findLoops } from "../flow/loops.ts";
import type { OrderedGraph } from "../flow/order.ts";
import { goesBack, isReducible } from "../flow/reducible.ts";
import { IrFunction, NO_CELL, VALUE_COLUMNS } from "../function.ts";
import { I32, I64, IR } from "../opcodes.ts";
import { Ints } from "../scratch.ts";
import { planSpills, type SpillNode, type SpillPlan } from "../spills.ts";

const NONE = -1;

const VALUES = new Ints();
const ENDS = new Ints();
const NUMBERS = new Ints();
const PARAMETERS = new Ints();
const CHANGES = new Ints();

/** Blocks are in reverse postorder afterwards; those that are not reached are gone. */
export function promote(fn: IrFunction): IrFunction {
  return new Promotion(fn).run();
}

class Promotion {
  readonly #fn: IrFunction;
  readonly #out: IrFunction;
  readonly #graph: OrderedGraph;
  readonly #plan: SpillPlan;
  /** By block, cells whose value changes in it or on the ways out of it. */
  readonly #defined: Int32Array;
  /** By header of a loop, cells whose value changes in the loop. */
  readonly #changedInLoop: Int32Array;
  /** By old value, the new one. */
  readonly #values: Int32Array;
  /** By old block and cell, the cell's value at the block's end. */
  readonly #ends: Int32Array;
  /** Of the block being written. */
  readonly #cells = new Int32Array(BANK).fill(NONE);
  /** By old block, its number. */
  readonly #numbers: Int32Array;
  /** By old block, the cells its parameters are for. */
  readonly #parameters: Int32Array;
  /** By old block and successor, the cells' values where the way between them changes some. */
  readonly #waysChanged = new Map<number, Int32Array>();
  /** In the order of the terminators: what becomes the pool when all blocks have their parameters. */
  readonly #edges: Edge[] = [];

  constructor(fn: IrFunction) {
    this.#fn = fn;
    this.#out = new IrFunction(fn.header, fn.length + 16 * fn.blockCount);
    this.#out.interfaces.push(...fn.interfaces.slice(1));
    this.#graph = fn.graph();
    const { order, successors } = this.#graph;
    const nodes = Array.from({ length: fn.blockCount }, (_, block) => this.#effectsOf(block));
    this.#plan = planSpills(nodes, this.#graph);
    this.#defined = Int32Array.from(nodes, ({ writes }, block) => writes | this.#plan.loads[block]!);
    for (const block of order) {
      for (const next of successors[block]!) this.#defined[block]! |= this.#plan.loadsOn(block, next);
    }
    this.#changedInLoop = this.#loopChanges();
    this.#values = VALUES.take(fn.length);
    this.#ends = ENDS.take(fn.blockCount * BANK, NONE);
    this.#numbers = NUMBERS.take(fn.blockCount, NONE);
    this.#parameters = PARAMETERS.take(fn.blockCount);
  }

  run(): IrFunction {
    for (const block of this.#graph.order) this.#writeBlock(block);
    const { pool, c } = this.#out;
    let last = NONE;
    for (const { terminator, target, isNew, values, from } of this.#edges) {
      if (terminator !== last) c[terminator] = pool.length;
      last = terminator;
      const parameters = isNew ? 0 : this.#parameters[target]!;
      pool.push(isNew ? target : this.#numbers[target]!, membersOf(parameters).length);
      for (let rest = parameters; rest !== 0; rest &= rest - 1) pool.push(values[from + lowest(rest)]!);
    }
    return this.#out;
  }

  #effectsOf(block: number): SpillNode {
    const fn = this.#fn;
    let reads = 0;
    let writes = 0;
    const end = fn.blockEnd(block);
    for (let index = fn.blockStarts[block]!; index < end; index++) {
      const cell = fn.a[index]!;
      if (fn.op[index] === IR.get && cell < BANK) reads |= 1 << cell;
      else if (fn.op[index] === IR.set) writes |= 1 << cell;
    }
    const last = end - 1;
    switch (fn.op[last]) {
      case IR.call:
      case IR.call_indirect:
      case IR.syscall: {
        const { reads: outsideReads, writes: outsideWrites } = fn.interfaces[fn.d[last]!] ?? EVERYTHING;
        return { reads, writes, outsideReads, outsideWrites };
      }
      case IR.tail_call:
      case IR.tail_call_indirect:
        return { reads, writes, outsideReads: fn.interfaces[fn.d[last]!]?.reads ?? -1, outsideWrites: 0 };
      case IR.return:
        return { reads, writes, outsideReads: fn.header.interface.writes, outsideWrites: 0 };
      default:
        return { reads, writes, outsideReads: 0, outsideWrites: 0 };
    }
  }

  /** Of an irreducible graph no loops are known: everything may change then where a way leads back. */
  #loopChanges(): Int32Array {
    const count = this.#fn.blockCount;
    const changes = CHANGES.take(count);
    const { order, places, predecessors, successors } = this.#graph;
    if (!goesBack(order, places, successors)) return changes;
    if (!isReducible(this.#graph)) {
      let all = 0;
      for (const block of order) all |= this.#defined[block]!;
      return changes.fill(all, 0, count);
    }
    const { innermost, parent } = findLoops(order, places, predecessors, successors);
    for (const block of order) {
      for (let loop = innermost[block]!; loop !== NONE; loop = parent[loop]!) changes[loop]! |= this.#defined[block]!;
    }
    return changes;
  }

  #writeBlock(block: number): void {
    const fn = this.#fn;
    const out = this.#out;
    this.#numbers[block] = out.startBlock();
    const start = fn.blockStarts[block]!;
    const end = fn.blockEnd(block) - 1;
    this.#enter(block, fn.at[start]!);
    this.#load(this.#plan.loads[block]!, fn.at[start]!);
    for (let index = start; index < end; index++) {
      const op = fn.op[index]!;
      if (op === IR.nop) continue;
      const a = fn.a[index]!;
      if (op === IR.get && a < BANK) this.#values[index] = this.#cells[a]!;
      else if (op === IR.set) this.#cells[a] = this.#at(a, this.#values[fn.b[index]!]!);
      else this.#values[index] = this.#copy(index);
    }
    this.#end(block, end);
  }

  /** Notes that a value is kept in a cell, if it is in none yet. */
  #at(cell: number, value: number): number {
    const { home } = this.#out;
    if (home[value] === NO_CELL) home[value] = cell;
    return value;
  }

  #copy(index: number): number {
    const { op, a, b, c, d, at } = this.#fn;
    const columns = VALUE_COLUMNS[op[index]!]!;
    const values = this.#values;
    return this.#out.append(
      op[index]!,
      at[index]!,
      columns & 1 ? values[a[index]!]! : a[index]!,
      columns & 2 ? values[b[index]!]! : b[index]!,
      columns & 4 ? values[c[index]!]! : c[index]!,
      d[index]!,
    );
  }

  /** Takes over what the cells hold on the ways into a block; parameters where the ways do not agree. */
  #enter(block: number, at: number): void {
    const { places, predecessors } = this.#graph;
    const before = predecessors[block]!;
    const cells = this.#cells;
    cells.fill(NONE);
    if (before.length === 1) {
      const changed = this.#waysChanged.get(before[0]! * this.#fn.blockCount + block);
      const first = changed === undefined ? before[0]! * BANK : 0;
      const values = changed ?? this.#ends;
      for (let cell = 0; cell < BANK; cell++) cells[cell] = values[first + cell]!;
      return;
    }
    const isHeader = before.some((from) => places[from]! >= places[block]!);
    let parameters = isHeader ? this.#changedInLoop[block]! : 0;
    const inLocals = this.#plan.inLocals[block]!;
    for (const from of before) {
      if (places[from]! >= places[block]!) continue;
      for (let rest = inLocals & ~parameters; rest !== 0; rest &= rest - 1) {
        const cell = lowest(rest);
        const value = this.#valueOnWay(from, block, cell);
        if (cells[cell] === NONE) cells[cell] = value;
        else if (cells[cell] !== value) parameters |= 1 << cell;
      }
    }
    parameters &= inLocals;
    this.#parameters[block] = parameters;
    for (let rest = parameters; rest !== 0; rest &= rest - 1) {
      const cell = lowest(rest);
      cells[cell] = this.#at(cell, this.#out.append(IR.param, at, cell === ACCUMULATOR ? I64 : I32));
    }
  }

  #valueOnWay(from: number, to: number, cell: number): number {
    const changed = this.#waysChanged.get(from * this.#fn.blockCount + to);
    return changed === undefined ? this.#ends[from * BANK + cell]! : changed[cell]!;
  }

  #end(block: number, index: number): void {
    const fn = this.#fn;
    const op = fn.op[index]!;
    const at = fn.at[index]!;
    this.#store(this.#plan.stores[block]!, at);
    const successors = this.#graph.successors[block]!;
    if (op === IR.jump) {
      this.#store(this.#plan.storesOn(block, successors[0]!), at);
      this.#load(this.#plan.loadsOn(block, successors[0]!), at);
    }
    const terminator = this.#copy(index);
    if (op === IR.call || op === IR.call_indirect || op === IR.syscall) {
      const { writes } = fn.interfaces[fn.d[index]!] ?? EVERYTHING;
      for (let rest = writes; rest !== 0; rest &= rest - 1) this.#cells[lowest(rest)] = NONE;
    }
    for (let cell = 0; cell < BANK; cell++) this.#ends[block * BANK + cell] = this.#cells[cell]!;
    /** The blocks between, in the order in which they are written. */
    const between: number[] = [];
    for (const to of successors) {
      const isPlain = op === IR.jump || (this.#plan.storesOn(block, to) | this.#plan.loadsOn(block, to)) === 0;
      if (isPlain) {
        this.#edges.push({ terminator, target: to, isNew: false, values: this.#ends, from: block * BANK });
        continue;
      }
      const known = between.indexOf(to);
      const target = this.#out.blockCount + (known === -1 ? between.push(to) - 1 : known);
      this.#edges.push({ terminator, target, isNew: true, values: this.#ends, from: 0 });
    }
    for (const to of between) this.#writeWay(block, to, at);
  }

  /** A block for what happens on the way from one block to another. */
  #writeWay(from: number, to: number, at: number): void {
    this.#cells.set(this.#ends.subarray(from * BANK, (from + 1) * BANK));
    this.#out.startBlock();
    this.#store(this.#plan.storesOn(from, to), at);
    this.#load(this.#plan.loadsOn(from, to), at);
    const values = this.#cells.slice();
    this.#waysChanged.set(from * this.#fn.blockCount + to, values);
    const terminator = this.#out.append(IR.jump, at);
    this.#edges.push({ terminator, target: to, isNew: false, values, from: 0 });
  }

  #load(cells: CellSet, at: number): void {
    for (let rest = cells; rest !== 0; rest &= rest - 1) {
      const cell = lowest(rest);
      if (cell !== ACCUMULATOR) this.#cells[cell] = this.#at(cell, this.#out.append(IR.get, at, cell));
      else {
        const low = this.#out.append(IR.get, at, LOW);
        const value = this.#out.append(IR["i64.join"], at, low, this.#out.append(IR.get, at, HIGH));
        this.#cells[cell] = this.#at(cell, value);
      }
    }
  }

  #store(cells: CellSet, at: number): void {
    for (let rest = cells; rest !== 0; rest &= rest - 1) {
      const cell = lowest(rest);
      const value = this.#cells[cell]!;
      if (cell !== ACCUMULATOR) this.#out.append(IR.set, at, cell, value);
      else {
        this.#out.append(IR.set, at, HIGH, this.#out.append(IR["i64.high"], at, value));
        this.#out.append(IR.set, at, LOW, this.#out.append(IR["i64.low"], at, value));
      }
    }
  }
}

interface Edge {
  readonly terminator: number;
  /** A new block, or an old one. */
  readonly target: number;
  readonly isNew: boolean;
  /** The cells' values on the way, from a position on. */
  readonly values: Int32Array;
  readonly from: number;
}

function lowest(set: CellSet): number {
  return 31 - Math.clz32(set & -set);
}
