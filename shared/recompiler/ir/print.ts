/** The text form of the IR. What `parse` reads is what this writes. */

import { OPERATION_NAMES } from "../float/operations.ts";
import { hex, TOLD, TRAP_CODES } from "../machine.ts";
import { ALL_CELLS, CELLS, type CellSet, type Interface, membersOf } from "./cells.ts";
import type { IrFunction } from "./function.ts";
import { NOTED, OPCODES, TYPES } from "./opcodes.ts";

const TOLD_NAMES = new Map<number, string>(Object.entries(TOLD).map(([name, code]) => [code, name]));
const TRAP_NAMES = new Map<number, string>(Object.entries(TRAP_CODES).map(([name, code]) => [code, name]));

/** Values are numbered anew, in order; what is dropped is left out. */
export function printFunction(fn: IrFunction): string {
  const { name, address, endianness } = fn.header;
  const numbers = new Map<number, number>();
  for (let index = 0; index < fn.length; index++) if (fn.typeOf(index) >= 0) numbers.set(index, numbers.size);
  const lines = [`function ${hex(address)} ${nameText(name)} ${endianness}${interfaceText(fn.header.interface)}`];
  for (let block = 0; block < fn.blockCount; block++) {
    const end = fn.blockEnd(block);
    let index = fn.blockStarts[block]!;
    const parameters: string[] = [];
    for (; index < end && OPCODES[fn.op[index]!]!.shape === "param"; index++) {
      parameters.push(`%${numbers.get(index)}: ${TYPES[fn.a[index]!]}`);
    }
    lines.push("", `block${block}${parameters.length > 0 ? `(${parameters.join(", ")})` : ""}:`);
    for (; index < end; index++) {
      const text = instructionText(fn, index, (value) => `%${numbers.get(value) ?? "?"}`);
      if (text !== "") lines.push(`  ${numbers.has(index) ? `%${numbers.get(index)} = ` : ""}${text}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Symbols may hold anything: what is no plain word is quoted. */
function nameText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
}

type NameOf = (value: number) => string;

function instructionText(fn: IrFunction, index: number, value: NameOf): string {
  const { name, shape, operands } = OPCODES[fn.op[index]!]!;
  const a = fn.a[index]!;
  const b = fn.b[index]!;
  const c = fn.c[index]!;
  const d = fn.d[index]!;
  const from = ` @${hex(fn.at[index]!)}`;
  const place = () => `${value(a)}${offsetText(c)}`;
  const residue = d === 0 ? "" : ` at ${d - 1} mod 4`;
  switch (shape) {
    case "none":
    case "param":
      return "";
    case "integer":
      return `${name} ${a >= 0x10000 ? hex(a) : a}`;
    case "single":
      return `${name} ${hex(a)}`;
    case "wide":
    case "double":
      return `${name} ${hex(b)}${hex(a).slice(2)}`;
    case "values":
      return `${name} ${[a, b, c].slice(0, operands.length).map(value).join(", ")}`;
    case "get":
      return `${name} $${CELLS[a]!.name}`;
    case "set":
      return `${name} $${CELLS[a]!.name}, ${value(b)}`;
    case "load":
      return `${name} ${place()}${residue}`;
    case "part":
      return `${name} ${place()}, ${value(b)}${residue}`;
    case "store":
      return `${name} ${place()}, ${value(b)}${residue}`;
    case "memory_load":
      return `${name} ${place()} align ${1 << d}`;
    case "memory_store":
      return `${name} ${place()}, ${value(b)} align ${1 << d}`;
    case "settle":
      return `${name} ${value(a)}, ${OPERATION_NAMES[d & ~NOTED]}(${value(b)}, ${value(c)})${d & NOTED ? " noted" : ""}${from}`;
    case "host_float":
      return `${name} ${OPERATION_NAMES[d]}(${value(a)}, ${value(b)}, ${value(c)})${from}`;
    case "check":
      return `${name} ${place()} align ${d}${from}`;
    case "trap_if":
      return `${name} ${value(a)}, ${TRAP_NAMES.get(c)}${from}`;
    case "tell":
      return `${name} ${TOLD_NAMES.get(d)} ${place()}`;
    case "way_one":
      return `${name} ${edgesText(fn, index, value)}`;
    case "way_two":
    case "ways":
      return `${name} ${value(a)}, ${edgesText(fn, index, value)}`;
    case "call":
      return `${name} ${hex(b)}${interfaceText(fn.interfaces[d]!)}, ${edgesText(fn, index, value)}`;
    case "call_value":
      return `${name} ${value(a)}${interfaceText(fn.interfaces[d]!)}, ${edgesText(fn, index, value)}`;
    case "host_call":
      return `${name}${interfaceText(fn.interfaces[d]!)}, ${edgesText(fn, index, value)}`;
    case "leave":
      return `${name} ${hex(b)}${interfaceText(fn.interfaces[d]!)}`;
    case "leave_value":
      return `${name} ${value(a)}${interfaceText(fn.interfaces[d]!)}`;
    case "end":
      return name;
    case "trap":
      return `${name} ${TRAP_NAMES.get(c)} @${hex(b)}`;
  }
}

function offsetText(offset: number): string {
  if (offset === 0) return "";
  return offset < 0 ? `${offset}` : `+${offset}`;
}

function edgesText(fn: IrFunction, index: number, value: NameOf): string {
  const edges: string[] = [];
  let at = fn.c[index]!;
  for (let left = fn.edgeCount(index); left > 0; left--) {
    const count = fn.pool[at + 1]!;
    const args = fn.pool.slice(at + 2, at + 2 + count).map(value);
    edges.push(`block${fn.pool[at]}${args.length > 0 ? `(${args.join(", ")})` : ""}`);
    at += 2 + count;
  }
  return edges.join(", ");
}

/** Nothing for the interface of which nothing is known, which most have. */
function interfaceText({ reads, writes }: Interface): string {
  if (reads === ALL_CELLS && writes === ALL_CELLS) return "";
  return ` reads(${cellsText(reads)}) writes(${cellsText(writes)})`;
}

function cellsText(set: CellSet): string {
  return set === ALL_CELLS
    ? "all"
    : membersOf(set)
        .map((cell) => `$${CELLS[cell]!.name}`)
        .join(" ");
}
