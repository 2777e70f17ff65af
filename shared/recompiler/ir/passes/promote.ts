/**
 * Keeps the cells of the banks in values inside the function: what is read from a cell and written to it passes
 * from block to block as parameters, and goes to the cell itself only where code outside sees it, as `planSpills` says.
 * Each bank has a plan of its own.
 */

import { ALL_CELLS, BANK, CELLS, type CellSet, EVERYTHING, membersOf, UNBANKED } from "../cells.ts";
import { findLoops } from "../flow/loops.ts";
import type { OrderedGraph } from "../flow/order.ts";
import { goesBack, isReducible } from "../flow/reducible.ts";
import { IrFunction, NO_CELL, VALUE_COLUMNS } from "../function.ts";
import { IR, TYPES } from "../opcodes.ts";
import { Ints } from "../scratch.ts";
import { planSpills, type SpillNode, type SpillPlan } from "../spills.ts";
import { loadCell, storeCell } from "./boundary.ts";

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

/** What is planned for the cells of one bank. Cells are numbered from its first. */
interface BankPlan {
  readonly first: number;
  readonly plan: SpillPlan;
  /** By block, cells whose value changes in it or on the ways out of it. */
  readonly defined: Int32Array;
  /** By header of a loop, cells whose value changes in the loop. */
  readonly changedInLoop: Int32Array;
  /** By old block, the cells its parameters are for. */
  readonly parameters: Int32Array;
}

/** The first bank, and of the others those that the function names. */
function banksIn(fn: IrFunction): number[] {
  let named = 1;
  for (let index = 0; index < fn.length; index++) {
    const op = fn.op[index]!;
    if ((op === IR.get || op === IR.set) && fn.a[index]! < UNBANKED) named |= 1 << (fn.a[index]! >> 5);
  }
  return membersOf(named);
}

class Promotion {
  readonly #fn: IrFunction;
  readonly #out: IrFunction;
  readonly #graph: OrderedGraph;
  readonly #banks: readonly BankPlan[];
  /** Cells up to the end of the last bank. */
  readonly #width: number;
  /** By old value, the new one. */
  readonly #values: Int32Array;
  /** By old block and cell, the cell's value at the block's end. */
  readonly #ends: Int32Array;
  /** Of the block being written. */
  readonly #cells: Int32Array;
  /** By old block, its number. */
  readonly #numbers: Int32Array;
  /** By old block and successor, the cells' values where the way between them changes some. */
  readonly #waysChanged = new Map<number, Int32Array>();
  /** In the order of the terminators: what becomes the pool when all blocks have their parameters. */
  readonly #edges: Edge[] = [];

  constructor(fn: IrFunction) {
    this.#fn = fn;
    this.#out = new IrFunction(fn.header, fn.length + 16 * fn.blockCount);
    this.#out.interfaces.push(...fn.interfaces.slice(1));
    this.#graph = fn.graph();
    const banks = banksIn(fn);
    const parameters = PARAMETERS.take(fn.blockCount * banks.length);
    const changes = CHANGES.take(fn.blockCount * banks.length);
    this.#banks = banks.map((bank, position) => {
      const mine = (array: Int32Array) => array.subarray(position * fn.blockCount, (position + 1) * fn.blockCount);
      return this.#planFor(bank * BANK, mine(parameters), mine(changes));
    });
    this.#width = (banks.at(-1)! + 1) * BANK;
    this.#cells = new Int32Array(this.#width).fill(NONE);
    this.#values = VALUES.take(fn.length);
    this.#ends = ENDS.take(fn.blockCount * this.#width, NONE);
    this.#numbers = NUMBERS.take(fn.blockCount, NONE);
  }

  #planFor(first: number, parameters: Int32Array, changes: Int32Array): BankPlan {
    const fn = this.#fn;
    const { order, successors } = this.#graph;
    const nodes = Array.from({ length: fn.blockCount }, (_, block) => this.#effectsOf(block, first));
    const plan = planSpills(nodes, this.#graph);
    const defined = Int32Array.from(nodes, ({ writes }, block) => writes | plan.loads[block]!);
    for (const block of order) {
      for (const next of successors[block]!) defined[block]! |= plan.loadsOn(block, next);
    }
    return { first, plan, defined, changedInLoop: this.#loopChanges(defined, changes), parameters };
  }

  run(): IrFunction {
    for (const block of this.#graph.order) this.#writeBlock(block);
    const { pool, c } = this.#out;
    let last = NONE;
    for (const { terminator, target, isNew, values, from } of this.#edges) {
      if (terminator !== last) c[terminator] = pool.length;
      last = terminator;
      const count = pool.push(isNew ? target : this.#numbers[target]!, 0) - 1;
      if (isNew) continue;
      for (const { first, parameters } of this.#banks) {
        for (let rest = parameters[target]!; rest !== 0; rest &= rest - 1) {
          pool.push(values[from + first + lowest(rest)]!);
          pool[count]! += 1;
        }
      }
    }
    return this.#out;
  }

  /** Interfaces speak of the first bank; the others are read and written by everything outside. */
  #effectsOf(block: number, first: number): SpillNode {
    const fn = this.#fn;
    const isUsual = first === 0;
    let reads = 0;
    let writes = 0;
    const end = fn.blockEnd(block);
    for (let index = fn.blockStarts[block]!; index < end; index++) {
      const cell = fn.a[index]! - first;
      if (fn.op[index] === IR.get && isInBank(cell)) reads |= 1 << cell;
      else if (fn.op[index] === IR.set && isInBank(cell)) writes |= 1 << cell;
    }
    const last = end - 1;
    switch (fn.op[last]) {
      case IR.call:
      case IR.call_indirect:
      case IR.syscall: {
        const { reads: outsideReads, writes: outsideWrites } = this.#interfaceOf(last, isUsual);
        return { reads, writes, outsideReads, outsideWrites };
      }
      case IR.tail_call:
      case IR.tail_call_indirect:
        return { reads, writes, outsideReads: this.#interfaceOf(last, isUsual).reads, outsideWrites: 0 };
      case IR.return:
      case IR.return_to:
        return { reads, writes, outsideReads: isUsual ? fn.header.interface.writes : ALL_CELLS, outsideWrites: 0 };
      default:
        return { reads, writes, outsideReads: 0, outsideWrites: 0 };
    }
  }

  #interfaceOf(call: number, isUsual: boolean) {
    return (isUsual ? this.#fn.interfaces[this.#fn.d[call]!] : undefined) ?? EVERYTHING;
  }

  /** Of an irreducible graph no loops are known: everything may change then where a way leads back. */
  #loopChanges(defined: Int32Array, changes: Int32Array): Int32Array {
    const { order, places, predecessors, successors } = this.#graph;
    if (!goesBack(order, places, successors)) return changes;
    if (!isReducible(this.#graph)) {
      let all = 0;
      for (const block of order) all |= defined[block]!;
      return changes.fill(all);
    }
    const { innermost, parent } = findLoops(order, places, predecessors, successors);
    for (const block of order) {
      for (let loop = innermost[block]!; loop !== NONE; loop = parent[loop]!) changes[loop]! |= defined[block]!;
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
    for (const { first, plan } of this.#banks) this.#load(first, plan.loads[block]!, fn.at[start]!);
    for (let index = start; index < end; index++) {
      const op = fn.op[index]!;
      if (op === IR.nop) continue;
      const a = fn.a[index]!;
      if (op === IR.get && a < UNBANKED) this.#values[index] = this.#cells[a]!;
      else if (op === IR.set && a < UNBANKED) this.#cells[a] = this.#at(a, this.#values[fn.b[index]!]!);
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
    const width = this.#width;
    cells.fill(NONE);
    if (before.length === 1) {
      const changed = this.#waysChanged.get(before[0]! * this.#fn.blockCount + block);
      const first = changed === undefined ? before[0]! * width : 0;
      const values = changed ?? this.#ends;
      for (let cell = 0; cell < width; cell++) cells[cell] = values[first + cell]!;
      return;
    }
    const isHeader = before.some((from) => places[from]! >= places[block]!);
    for (const bank of this.#banks) {
      const { first } = bank;
      let parameters = isHeader ? bank.changedInLoop[block]! : 0;
      const inLocals = bank.plan.inLocals[block]!;
      for (const from of before) {
        if (places[from]! >= places[block]!) continue;
        for (let rest = inLocals & ~parameters; rest !== 0; rest &= rest - 1) {
          const cell = first + lowest(rest);
          const value = this.#valueOnWay(from, block, cell);
          if (cells[cell] === NONE) cells[cell] = value;
          else if (cells[cell] !== value) parameters |= 1 << cell;
        }
      }
      parameters &= inLocals;
      bank.parameters[block] = parameters;
      for (let rest = parameters; rest !== 0; rest &= rest - 1) {
        const cell = first + lowest(rest);
        cells[cell] = this.#at(cell, this.#out.append(IR.param, at, CELL_TYPES[cell]!));
      }
    }
  }

  #valueOnWay(from: number, to: number, cell: number): number {
    const changed = this.#waysChanged.get(from * this.#fn.blockCount + to);
    return changed === undefined ? this.#ends[from * this.#width + cell]! : changed[cell]!;
  }

  #end(block: number, index: number): void {
    const fn = this.#fn;
    const op = fn.op[index]!;
    const at = fn.at[index]!;
    for (const { first, plan } of this.#banks) this.#store(first, plan.stores[block]!, at);
    const successors = this.#graph.successors[block]!;
    if (op === IR.jump) this.#passWay(block, successors[0]!, at);
    const terminator = this.#copy(index);
    if (op === IR.call || op === IR.call_indirect || op === IR.syscall) {
      for (const { first } of this.#banks) {
        const { writes } = this.#interfaceOf(index, first === 0);
        for (let rest = writes; rest !== 0; rest &= rest - 1) this.#cells[first + lowest(rest)] = NONE;
      }
    }
    const width = this.#width;
    for (let cell = 0; cell < width; cell++) this.#ends[block * width + cell] = this.#cells[cell]!;
    /** The blocks between, in the order in which they are written. */
    const between: number[] = [];
    for (const to of successors) {
      if (op === IR.jump || this.#isIdleWay(block, to)) {
        this.#edges.push({ terminator, target: to, isNew: false, values: this.#ends, from: block * width });
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
    this.#cells.set(this.#ends.subarray(from * this.#width, (from + 1) * this.#width));
    this.#out.startBlock();
    this.#passWay(from, to, at);
    const values = this.#cells.slice();
    this.#waysChanged.set(from * this.#fn.blockCount + to, values);
    const terminator = this.#out.append(IR.jump, at);
    this.#edges.push({ terminator, target: to, isNew: false, values, from: 0 });
  }

  #isIdleWay(from: number, to: number): boolean {
    for (const { plan } of this.#banks) if ((plan.storesOn(from, to) | plan.loadsOn(from, to)) !== 0) return false;
    return true;
  }

  #passWay(from: number, to: number, at: number): void {
    for (const { first, plan } of this.#banks) {
      this.#store(first, plan.storesOn(from, to), at);
      this.#load(first, plan.loadsOn(from, to), at);
    }
  }

  #load(first: number, cells: CellSet, at: number): void {
    for (let rest = cells; rest !== 0; rest &= rest - 1) {
      const cell = first + lowest(rest);
      this.#cells[cell] = this.#at(cell, loadCell(this.#out, at, cell));
    }
  }

  #store(first: number, cells: CellSet, at: number): void {
    for (let rest = cells; rest !== 0; rest &= rest - 1) {
      const cell = first + lowest(rest);
      storeCell(this.#out, at, cell, this.#cells[cell]!);
    }
  }
}

const CELL_TYPES = Uint8Array.from(CELLS, ({ type }) => TYPES.indexOf(type));

const isInBank = (cell: number): boolean => cell >= 0 && cell < BANK;

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
