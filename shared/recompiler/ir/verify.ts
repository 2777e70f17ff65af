/** What holds of every function in the IR. Tests ask after every pass; a broken function is a fault of a pass. */

import { CELLS } from "./cells.ts";
import { dominates, immediateDominators } from "./flow/dominators.ts";
import { orderedGraph } from "./flow/order.ts";
import { type IrFunction, VALUE_COLUMNS } from "./function.ts";
import { IR, OPCODES, TYPES } from "./opcodes.ts";

/**
 * Everything that is wrong with the function, in words: of its blocks, of the types and the number of what
 * instructions take, and of values that are used where their definition need not have run.
 */
export function verifyFunction(fn: IrFunction): string[] {
  const problems: string[] = [];
  if (fn.blockCount === 0) return ["the function has no block"];
  verifyBlocks(fn, problems);
  if (problems.length > 0) return problems;
  const { order, places, predecessors } = orderedGraph(
    Array.from({ length: fn.blockCount }, (_, block) => fn.successorsOf(block)),
  );
  const dominators = immediateDominators(order, places, predecessors);
  const blockOf = (value: number): number => {
    let low = 0;
    for (let high = fn.blockCount; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (fn.blockStarts[middle]! <= value) low = middle;
      else high = middle;
    }
    return low;
  };
  for (const block of order) {
    const end = fn.blockEnd(block);
    for (let index = fn.blockStarts[block]!; index < end; index++) {
      const where = `block${block}, instruction ${index} (${OPCODES[fn.op[index]!]!.name})`;
      for (const [value, expected] of valuesTaken(fn, index)) {
        const type = value >= 0 && value < fn.length ? fn.typeOf(value) : -2;
        if (type < 0) problems.push(`${where}: takes ${value}, which makes no value`);
        else if (type !== expected) {
          problems.push(`${where}: takes ${value} of type ${TYPES[type]}, expected ${TYPES[expected]}`);
        } else {
          const from = blockOf(value);
          const isBefore =
            from === block ? value < index : places[from] !== -1 && dominates(dominators, places, from, block);
          if (!isBefore) problems.push(`${where}: takes ${value}, which need not have been made`);
        }
      }
    }
  }
  return problems;
}

/** Terminators, edges and parameters; returns the types of each block's parameters. */
function verifyBlocks(fn: IrFunction, problems: string[]): number[][] {
  const parameters = Array.from({ length: fn.blockCount }, (_, block) => {
    const types: number[] = [];
    const end = fn.blockEnd(block);
    let isAtHead = true;
    for (let index = fn.blockStarts[block]!; index < end; index++) {
      const opcode = OPCODES[fn.op[index]!];
      const where = `block${block}, instruction ${index}`;
      if (opcode === undefined) {
        problems.push(`${where}: no operation has the number ${fn.op[index]}`);
        continue;
      }
      const isParameter = fn.op[index] === IR.param;
      if (isParameter && !isAtHead) problems.push(`${where}: a parameter behind an instruction`);
      if (isParameter) types.push(fn.a[index]!);
      else isAtHead = false;
      if ((opcode.effect === "end") !== (index === end - 1)) {
        problems.push(
          `${where} (${opcode.name}): ${index === end - 1 ? "the block has no end" : "code behind the end"}`,
        );
      }
      if ((opcode.shape === "get" || opcode.shape === "set") && CELLS[fn.a[index]!] === undefined) {
        problems.push(`${where}: no cell has the number ${fn.a[index]}`);
      }
    }
    if (end === fn.blockStarts[block]) problems.push(`block${block} is empty`);
    return types;
  });
  if (parameters[0]!.length > 0) problems.push("block0: the entry has parameters");
  if (problems.length > 0) return parameters;
  for (let block = 0; block < fn.blockCount; block++) {
    forEachEdge(fn, fn.blockEnd(block) - 1, (target, count) => {
      const where = `block${block}: goes to block${target}`;
      if (parameters[target] === undefined) problems.push(`${where}, which is not there`);
      else if (target === 0) problems.push(`${where}, the entry`);
      else if (parameters[target].length !== count) {
        problems.push(`${where} with ${count} values, expected ${parameters[target].length}`);
      }
    });
  }
  return parameters;
}

function forEachEdge(fn: IrFunction, end: number, visit: (target: number, count: number, start: number) => void): void {
  let at = fn.c[end]!;
  for (let left = fn.edgeCount(end); left > 0; left--) {
    const count = fn.pool[at + 1]!;
    visit(fn.pool[at]!, count, at + 2);
    at += 2 + count;
  }
}

/** Each value an instruction takes, with the type it must have. */
function valuesTaken(fn: IrFunction, index: number): [value: number, type: number][] {
  const { shape, operands, effect } = OPCODES[fn.op[index]!]!;
  const taken: [number, number][] = [];
  if (shape === "set") taken.push([fn.b[index]!, TYPES.indexOf(CELLS[fn.a[index]!]!.type)]);
  else {
    const columns = [fn.a, fn.b, fn.c];
    for (let position = 0; position < 3; position++) {
      if ((VALUE_COLUMNS[fn.op[index]!]! & (1 << position)) === 0) continue;
      taken.push([columns[position]![index]!, TYPES.indexOf(operands[position]!)]);
    }
  }
  if (effect !== "end") return taken;
  forEachEdge(fn, index, (target, count, start) => {
    // Parameters are a block's first instructions, without a gap.
    const first = fn.blockStarts[target]!;
    for (let position = 0; position < count; position++) {
      taken.push([fn.pool[start + position]!, fn.typeOf(first + position)]);
    }
  });
  return taken;
}
