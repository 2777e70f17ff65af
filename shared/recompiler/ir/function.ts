/**
 * One function in the IR: instructions in columns of numbers, block after block. A value is the number of the
 * instruction that makes it; blocks have parameters in place of phis. Passes change columns in place, drop an
 * instruction by making it a `nop`, or write the function anew where they add some.
 */

import type { Endianness } from "../machine.ts";
import { CELLS, EVERYTHING, type Interface } from "./cells.ts";
import { type OrderedGraph, orderedGraph } from "./flow/order.ts";
import { IR, OPCODES, type Shape, TYPES } from "./opcodes.ts";

/** Numbers of results by operation, -1 for what the instruction says itself, -2 for no value. */
const RESULTS = Int8Array.from(OPCODES, ({ result }) => {
  if (result === "own") return -1;
  return result === "none" ? -2 : TYPES.indexOf(result);
});
const CELL_TYPES = Uint8Array.from(CELLS, ({ type }) => TYPES.indexOf(type));

/** Which of the columns `a`, `b` and `c` hold values, as flags 1, 2 and 4. */
export const VALUE_COLUMNS = Uint8Array.from(OPCODES, ({ shape, operands }) => {
  if (shape === "set") return 2;
  return (1 << operands.length) - 1;
});

/** How many edges a terminator has; -1 where column `d` says it. */
const EDGES: Partial<Record<Shape, number>> = {
  way_one: 1,
  way_two: 2,
  ways: -1,
  call: 1,
  call_value: 1,
  host_call: 1,
};
const EDGE_COUNTS = Int8Array.from(OPCODES, ({ shape }) => EDGES[shape] ?? 0);

export const NO_CELL = 0xff;

export interface IrHeader {
  readonly name: string;
  /** Guest address. */
  readonly address: number;
  readonly endianness: Endianness;
  /** What the function sees and changes of the cells, as its callers may rely on it. */
  readonly interface: Interface;
}

interface Columns {
  readonly op: Uint8Array;
  readonly home: Uint8Array;
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly c: Int32Array;
  readonly d: Int32Array;
  readonly at: Int32Array;
}

const COLUMNS = ["op", "home", "a", "b", "c", "d", "at"] as const satisfies readonly (keyof Columns)[];

/** The columns of functions that are used up, for the next ones: a function goes through several. */
const SPARE: Columns[] = [];
const MOST_SPARE = 4;
/** What is longer is left to the collector. */
const LONGEST_SPARE = 1 << 16;

function columnsFor(length: number): Columns {
  const spare = SPARE.pop();
  if (spare !== undefined && spare.op.length >= length) return spare;
  const size = Math.max(length, 1024);
  const numbers = () => new Int32Array(size);
  return {
    op: new Uint8Array(size),
    home: new Uint8Array(size),
    a: numbers(),
    b: numbers(),
    c: numbers(),
    d: numbers(),
    at: numbers(),
  };
}

export class IrFunction {
  readonly header: IrHeader;
  op: Uint8Array;
  a: Int32Array;
  b: Int32Array;
  c: Int32Array;
  d: Int32Array;
  /** Guest address that an instruction comes from. */
  at: Int32Array;
  /** The cell that a value has been kept in, or `NO_CELL`: where emission would best keep it. */
  home: Uint8Array;
  /** Instructions, those that are dropped included. */
  length = 0;
  /** The first instruction of each block; a block's last one is its terminator. Block 0 is the entry. */
  readonly blockStarts: number[] = [];
  /** Edges: target, count of arguments, arguments. */
  readonly pool: number[] = [];
  /** Of calls, by number. */
  readonly interfaces: Interface[] = [EVERYTHING];

  #graph: OrderedGraph | undefined;

  /** @param expected instructions that there will be, about */
  constructor(header: IrHeader, expected = 64) {
    this.header = header;
    const { op, home, a, b, c, d, at } = columnsFor(expected);
    this.op = op;
    this.home = home;
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    this.at = at;
  }

  /** Says that the function is used up: its columns are given to others. */
  release(): void {
    const { op, home, a, b, c, d, at } = this;
    if (SPARE.length < MOST_SPARE && op.length <= LONGEST_SPARE) SPARE.push({ op, home, a, b, c, d, at });
    this.length = 0;
  }

  get blockCount(): number {
    return this.blockStarts.length;
  }

  /** One past the block's last instruction. */
  blockEnd(block: number): number {
    return this.blockStarts[block + 1] ?? this.length;
  }

  startBlock(): number {
    return this.blockStarts.push(this.length) - 1;
  }

  append(op: number, at: number, a = 0, b = 0, c = 0, d = 0): number {
    const index = this.length;
    if (index === this.op.length) this.#grow();
    this.op[index] = op;
    this.a[index] = a;
    this.b[index] = b;
    this.c[index] = c;
    this.d[index] = d;
    this.at[index] = at;
    this.home[index] = NO_CELL;
    this.length = index + 1;
    return index;
  }

  /** The type of the value an instruction makes, as a position in `TYPES`; -2 if it makes none. */
  typeOf(value: number): number {
    const op = this.op[value]!;
    const result = RESULTS[op]!;
    if (result !== -1) return result;
    return op === IR.param ? this.a[value]! : (CELL_TYPES[this.a[value]!] ?? -2);
  }

  edgeCount(instruction: number): number {
    const count = EDGE_COUNTS[this.op[instruction]!]!;
    return count === -1 ? this.d[instruction]! : count;
  }

  /** The blocks that a block leads to, one an edge. */
  successorsOf(block: number): number[] {
    const end = this.blockEnd(block) - 1;
    const targets: number[] = [];
    let at = this.c[end]!;
    for (let left = this.edgeCount(end); left > 0; left--) {
      targets.push(this.pool[at]!);
      at += 2 + this.pool[at + 1]!;
    }
    return targets;
  }

  /** The blocks as a graph. It is kept: whoever changes an edge says so by `changeEdges`. */
  graph(): OrderedGraph {
    this.#graph ??= orderedGraph(Array.from({ length: this.blockCount }, (_, block) => this.successorsOf(block)));
    return this.#graph;
  }

  changeEdges(): void {
    this.#graph = undefined;
  }

  /** Takes over the graph of a function with the same blocks. */
  keepGraphOf(other: IrFunction): void {
    this.#graph = other.#graph;
  }

  /** The number of an interface for a call, the same for equal ones. */
  interfaceNumber({ reads, writes }: Interface): number {
    const known = this.interfaces.findIndex((each) => each.reads === reads && each.writes === writes);
    return known === -1 ? this.interfaces.push({ reads, writes }) - 1 : known;
  }

  #grow(): void {
    const larger = columnsFor(this.op.length * 2);
    for (const name of COLUMNS) larger[name].set(this[name]);
    Object.assign(this, larger);
  }
}

/** Calls `visit` with every value that an instruction takes, edges included; as often as it takes it. */
export function forEachUse(fn: IrFunction, visit: (value: number, user: number) => void): void {
  const { op, a, b, c, pool } = fn;
  for (let index = 0; index < fn.length; index++) {
    const columns = VALUE_COLUMNS[op[index]!]!;
    if (columns & 1) visit(a[index]!, index);
    if (columns & 2) visit(b[index]!, index);
    if (columns & 4) visit(c[index]!, index);
    if (EDGE_COUNTS[op[index]!] === 0) continue;
    let at = c[index]!;
    for (let left = fn.edgeCount(index); left > 0; left--) {
      const count = pool[at + 1]!;
      for (let position = at + 2; position < at + 2 + count; position++) visit(pool[position]!, index);
      at += 2 + count;
    }
  }
}
