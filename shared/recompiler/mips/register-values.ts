/**
 * What a register holds at a point of a function, found by walking backwards over the flow graph to the instructions
 * that define it. Made for jump tables: it follows additions, shifts, masks and loads, and takes memory to be
 * unchanged between two loads of the same address.
 */

import { segmentAt, wordAt } from "../image.ts";
import { A0, A1, A2, A3, FP, GP, RA, SP, V0, V1 } from "../machine.ts";
import type { BasicBlock, ProgramImage } from "../program.ts";
import { arithmeticResult, maskedValue, shiftedValue } from "./arithmetic-values.ts";
import type { FlowEdge, FlowGraph } from "./flow-graph.ts";
import { frameSlots, isSlot } from "./frame-slots.ts";
import { globalPointerOf } from "./global-pointer.ts";
import { type Instruction, writesRegister } from "./instruction.ts";
import {
  isConstant,
  type LinearValue,
  type LoadWidth,
  soleAtom,
  type Unknown,
  type ValueAlgebra,
  valueAlgebra,
  valueKey,
} from "./linear-value.ts";

export interface RegisterValues {
  readonly algebra: ValueAlgebra;
  /**
   * The constants that flow together in an address, undefined for what is none. Good enough for a table's base, which
   * is checked by its entries: words that `gp` reaches are taken for the offset table, which does not change, and
   * registers that only calls may have changed for unchanged.
   */
  readonly possibleConstants: (address: LinearValue) => readonly (number | undefined)[];
  /** The value before the block's terminator (and before its delay slot) runs. */
  readonly atEnd: (block: BasicBlock, register: number) => LinearValue;
  /** The value when the block is entered by one of its edges. */
  readonly onEdge: (edge: FlowEdge, register: number) => LinearValue;
  /** Whether a value is what the register held when the function was entered. */
  readonly isFromEntry: (value: LinearValue, register: number) => boolean;
}

const T9 = 25;
/** Registers a callee leaves as they were (o32): `s0`..`s7`, `gp`, `sp`, `fp`. */
const PRESERVED = new Set([0, 16, 17, 18, 19, 20, 21, 22, 23, GP, SP, FP]);

/** Registers in which a caller hands something over: the static chain, arguments, `t9`, `gp`, `sp`, `ra`. */
const CARRIED_IN = new Set([V0, A0, A1, A2, A3, T9, GP, SP, RA]);

/** Nested questions deeper than this, or more steps than this in one function, are answered with an unknown. */
const MAXIMUM_DEPTH = 400;
const MAXIMUM_SETTLING_DEPTH = 32;
/** A register is followed back over this many calls that may or may not change it. */
const MAXIMUM_CALLS = 4;
const MAXIMUM_STEPS = 2_000_000;

const LOAD_WIDTHS: Readonly<Partial<Record<Instruction["mnemonic"], LoadWidth>>> = {
  lw: "word",
  lh: "half",
  lhu: "half_unsigned",
  lb: "byte",
  lbu: "byte_unsigned",
};

/** The global offset table and small data lie within 32 KiB of `gp`. */
const GP_REACH = 0x8000;

/**
 * @param isFramePrivate take it that nobody else writes to the stack frame, even where its addresses are given away
 */
export function registerValues(image: ProgramImage, graph: FlowGraph, isFramePrivate: boolean): RegisterValues {
  const gp = globalPointerOf(image);
  const algebra = valueAlgebra();
  const { constant, unknown } = algebra;
  /** What each merge was found to be, itself while that is open. */
  const merged = new Map<string, LinearValue>();
  /** What flows into each merge that is more than one value. */
  const inflows = new Map<string, readonly LinearValue[]>();
  const defined = new Map<string, LinearValue>();
  /** Merge unknowns that turned out to be one value. */
  const settled = new Map<string, LinearValue>();
  let depth = 0;
  let settlingDepth = 0;
  let steps = 0;

  const frame = frameSlots(instructionsOf(graph), isFramePrivate);

  const opaque = (name: string): LinearValue => unknown({ kind: "opaque", name });

  /** Replaces the merges that have been settled since the value was made. */
  function settle(value: LinearValue): LinearValue {
    if (settled.size === 0 || isConstant(value) || settlingDepth >= MAXIMUM_SETTLING_DEPTH) return value;
    settlingDepth += 1;
    let sum: LinearValue | undefined = constant(value.constant);
    for (const { atom, coefficient } of value.terms) {
      sum = sum && algebra.add(sum, algebra.scale(settleUnknown(atom.unknown), coefficient));
    }
    settlingDepth -= 1;
    return sum ?? value;
  }

  function settleUnknown(made: Unknown): LinearValue {
    switch (made.kind) {
      case "opaque":
      case "leftover":
        return unknown(made);
      case "merge": {
        const value = settled.get(made.name);
        return value === undefined ? unknown(made) : settle(value);
      }
      case "load":
        return load(settle(made.address), made.width);
      case "compare":
        return unknown({ ...made, left: settle(made.left), right: settle(made.right) });
      case "and":
        return maskedValue(algebra, settle(made.operand), made.mask);
      case "shift_right":
        return shiftedValue(algebra, settle(made.operand), made.amount);
    }
  }

  function load(address: LinearValue, width: LoadWidth): LinearValue {
    const segment = isConstant(address) && width === "word" ? segmentAt(image, address.constant) : undefined;
    const word = segment === undefined || segment.isWritable ? undefined : wordAt(image, address.constant);
    return word === undefined ? unknown({ kind: "load", address, width }) : constant(word);
  }

  /** The value an instruction gives the register (or, a store, the frame slot) it writes. */
  function resultOf(instruction: Instruction, block: BasicBlock, read: (register: number) => LinearValue): LinearValue {
    const { mnemonic, rs, rt, immediate } = instruction;
    const other = opaque(`result:${block.address}:${instruction.address}`);
    const width = LOAD_WIDTHS[mnemonic];
    if (width !== undefined) {
      // o32 keeps one gp for a function and reloads it from the frame after calls.
      if (rt === GP && (rs === SP || rs === FP)) return globalPointer();
      const slot = width === "word" ? frame.slotOf(instruction) : undefined;
      return slot === undefined ? load(algebra.add(read(rs), constant(immediate)) ?? other, width) : read(slot);
    }
    if (mnemonic === "sw") return frame.slotOf(instruction) === undefined ? other : read(rt);
    const result = arithmeticResult(algebra, instruction, read) ?? other;
    return pointsAtOffsetTable(instruction, algebra.subtract(result, onEntry(T9))) ?? result;
  }

  /** Position-independent code adds its own address, which `t9` holds on entry, to find the offset table. */
  function pointsAtOffsetTable(instruction: Instruction, distance: LinearValue | undefined): LinearValue | undefined {
    if (distance === undefined || !isConstant(distance)) return undefined;
    const address = constant(distance.constant + graph.entry);
    return writesRegister(instruction, GP) || address.constant === gp ? address : undefined;
  }

  /** Whether the instruction gives the register or frame slot its value. */
  const defines = (instruction: Instruction, register: number): boolean =>
    isSlot(register) ? frame.writesSlot(instruction, register) : writesRegister(instruction, register);

  function lastDefinition(block: BasicBlock, count: number, register: number): number {
    for (let index = count - 1; index >= 0; index -= 1) if (defines(block.instructions[index]!, register)) return index;
    return -1;
  }

  /** The `gp` that the function computes in its first block, else the program's. */
  function globalPointer(): LinearValue {
    const block = graph.blocks.get(graph.entry);
    const index = block?.instructions.findLastIndex(
      (instruction) => instruction.mnemonic !== "lw" && writesRegister(instruction, GP),
    );
    if (block !== undefined && index !== undefined && index >= 0) {
      const value = definition(block, index);
      if (isConstant(value)) return value;
    }
    return gp === undefined ? opaque("gp") : constant(gp);
  }

  /** What the instruction at an index of a block (one past the end is the delay slot) gives what it writes. */
  function definition(block: BasicBlock, index: number, instruction = block.instructions[index]!): LinearValue {
    const key = `${block.address}:${instruction.address}`;
    const known = defined.get(key);
    if (known !== undefined) return settle(known);
    const value = resultOf(instruction, block, (register) => before(block, index, register));
    defined.set(key, value);
    return value;
  }

  /** The value that the end of a block or the way to the next one gives a register, or undefined if it passes through. */
  function onTheWay(edge: FlowEdge, register: number): LinearValue | undefined {
    const { from, delaySlot, isAfterCall } = edge;
    if (isAfterCall && !PRESERVED.has(register) && !isSlot(register)) {
      const name = `call:${from.address}:${register}`;
      if (register === V0 || register === V1) return opaque(name);
      return unknown({ kind: "leftover", name, afterCall: { block: from.address, register } });
    }
    if (delaySlot !== undefined && defines(delaySlot, register)) {
      return definition(from, from.instructions.length, delaySlot);
    }
    const { terminator } = from;
    if (terminator.kind === "jump" && writesRegister(terminator.instruction, register)) {
      return constant(terminator.instruction.address + 8);
    }
    return undefined;
  }

  function onEntry(register: number): LinearValue {
    if (register === GP && gp !== undefined) return constant(gp);
    const isCarriedIn = isSlot(register) ? !frame.isLocal(register) : CARRIED_IN.has(register);
    const kind = isCarriedIn ? "opaque" : "leftover";
    return unknown({ kind, name: `in:${register}` });
  }

  /** What flows together at a block's start; loops that only carry the value around do not count. */
  function atStart(block: BasicBlock, register: number, edges: readonly FlowEdge[]): LinearValue {
    const key = `${block.address}:${register}`;
    const known = merged.get(key);
    if (known !== undefined) return settle(known);
    const merge = unknown({ kind: "merge", name: key });
    merged.set(key, merge);
    const incoming = edges.map((edge) => onEdge(edge, register));
    if (block.address === graph.entry) incoming.push(onEntry(register));
    inflows.set(key, incoming);
    const [only, another] = alternatives(merge) ?? [];
    if (only === undefined || another !== undefined) return merge;
    return settle(merge);
  }

  /**
   * The values that a value may be: itself, or what flows into it through any number of merges. When that is one value
   * for a whole knot of merges, all of them are settled. Undefined while one of them is still open.
   *
   * @param ignoresCalls registers that a call may have changed do not count beside others: code cannot rely on them,
   *   unless its compiler saw the callee
   */
  function alternatives(value: LinearValue, ignoresCalls = false): LinearValue[] | undefined {
    const found = new Map<string, LinearValue>();
    const knot = new Set<string>();
    const pending = [value];
    const leftovers = new Map<string, LinearValue>();
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const current = settle(next);
      const made = soleAtom(current)?.unknown;
      if (made?.kind === "leftover" && (ignoresCalls || made.afterCall === undefined)) {
        leftovers.set(made.name, current);
      } else if (made?.kind !== "merge") {
        found.set(valueKey(current), current);
      } else if (!knot.has(made.name)) {
        knot.add(made.name);
        const inflow = inflows.get(made.name);
        if (inflow === undefined) return undefined;
        pending.push(...inflow);
        steps += inflow.length;
      }
    }
    if (found.size === 0) return [...leftovers.values()];
    const [only, another] = found.values();
    if (!ignoresCalls && only !== undefined && another === undefined) {
      for (const name of knot) settled.set(name, only);
    }
    return [...found.values()];
  }

  function onEdge(edge: FlowEdge, register: number): LinearValue {
    if (register === 0) return constant(0);
    return onTheWay(edge, register) ?? before(edge.from, edge.from.instructions.length, register);
  }

  /** The value before the instruction at an index of a block. */
  function before(block: BasicBlock, index: number, register: number): LinearValue {
    if (register === 0) return constant(0);
    if (depth >= MAXIMUM_DEPTH) return opaque(`deep:${block.address}:${index}:${register}`);
    depth += 1;
    try {
      let [current, count] = [block, index];
      while (steps < MAXIMUM_STEPS) {
        steps += 1 + count;
        const at = lastDefinition(current, count, register);
        if (at >= 0) return definition(current, at);
        const edges = graph.edgesInto.get(current.address) ?? [];
        const [edge, another] = edges;
        if (edge === undefined || another !== undefined || current.address === graph.entry) {
          return atStart(current, register, edges);
        }
        const value = onTheWay(edge, register);
        if (value !== undefined) return value;
        [current, count] = [edge.from, edge.from.instructions.length];
      }
      return opaque(`far:${block.address}:${index}:${register}`);
    } finally {
      depth -= 1;
    }
  }

  function possibleConstants(value: LinearValue): (number | undefined)[] {
    const [term, more] = value.terms;
    const sole =
      term !== undefined && more === undefined && term.coefficient === 1 ? { constant: 0, terms: [term] } : undefined;
    const base = sole === undefined ? 0 : value.constant;
    let possible = alternatives(settle(sole ?? value), true) ?? [sole ?? value];
    for (let calls = 0; calls < MAXIMUM_CALLS; calls += 1) {
      const earlier = possible.map(beforeCall);
      if (!earlier.every((one) => one !== undefined)) break;
      possible = earlier.flatMap((one) => alternatives(settle(one), true) ?? [one]);
    }
    return possible.map((one) => {
      const known = constantOf(one);
      return known === undefined ? undefined : (known + base) >>> 0;
    });
  }

  /** A constant, or a constant and what the global offset table holds at one address. */
  function constantOf(value: LinearValue): number | undefined {
    const [term, more] = value.terms;
    if (term === undefined) return value.constant;
    const made = term.atom.unknown;
    if (more !== undefined || term.coefficient !== 1 || made.kind !== "load" || !isConstant(made.address))
      return undefined;
    const at = made.address.constant;
    const isNearGp = gp !== undefined && Math.abs(at - gp) <= GP_REACH;
    const word = isNearGp && made.width === "word" ? wordAt(image, at) : undefined;
    return word === undefined ? undefined : (value.constant + word) >>> 0;
  }

  function beforeCall(value: LinearValue): LinearValue | undefined {
    const made = soleAtom(value)?.unknown;
    const call = made?.kind === "leftover" ? made.afterCall : undefined;
    const block = call === undefined ? undefined : graph.blocks.get(call.block);
    return block && before(block, block.instructions.length, call!.register);
  }

  return {
    algebra,
    possibleConstants,
    atEnd: (block, register) => settle(before(block, block.instructions.length, register)),
    onEdge,
    isFromEntry: (value, register) => valueKey(value) === valueKey(onEntry(register)),
  };
}

function* instructionsOf(graph: FlowGraph): Generator<Instruction> {
  for (const { instructions, terminator } of graph.blocks.values()) {
    yield* instructions;
    if ("delaySlot" in terminator) yield terminator.delaySlot;
  }
}
