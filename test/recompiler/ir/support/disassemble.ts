/** A body of WebAssembly as text, one instruction a line, indented by its blocks. */

import type { EmittedBody } from "../../../../shared/recompiler/lift/emit/emit.ts";
import { hex } from "../../../../shared/recompiler/machine.ts";
import { ByteReader } from "../../../../shared/recompiler/wasm/bytes.ts";
import { OP, VALUE_TYPE } from "../../../../shared/recompiler/wasm/opcodes.ts";

/** `i32Load8U` is `i32.load8_u`, `brIf` is `br_if`. */
function textName(key: string): string {
  const [, room, rest] = /^(i32|i64|f32|f64|local|global)([A-Z].*)$/.exec(key) ?? [undefined, undefined, key];
  const snake = rest!.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");
  return room === undefined ? snake : `${room}.${snake}`;
}

const NAMES = new Map<number, string>(Object.entries(OP).map(([key, opcode]) => [opcode, textName(key)]));
const TYPE_NAMES = new Map<number, string>(Object.entries(VALUE_TYPE).map(([name, byte]) => [byte, name]));

const INDEXED: ReadonlySet<number> = new Set([
  OP.br,
  OP.brIf,
  OP.call,
  OP.localGet,
  OP.localSet,
  OP.localTee,
  OP.globalGet,
  OP.globalSet,
]);
const OPENING: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.if]);

function signed(reader: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const next = reader.byte();
    value |= BigInt(next & 0x7f) << shift;
    if (next < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
  }
}

export function disassembleBody({ bytes, relocations }: EmittedBody): string {
  const reader = new ByteReader(bytes);
  const lines: string[] = [];
  const groups = Array.from({ length: reader.unsigned() }, () => [reader.unsigned(), TYPE_NAMES.get(reader.byte())]);
  if (groups.length > 0) lines.push(`locals ${groups.map(([count, type]) => `${count} ${type}`).join(", ")}`);
  let depth = 0;
  const relocationAt = new Map(relocations.map((each) => [each.at, each]));
  while (!reader.isAtEnd) {
    const opcode = reader.byte();
    const name = NAMES.get(opcode) ?? `0x${opcode.toString(16)}`;
    if (opcode === OP.end || opcode === OP.else) depth -= 1;
    lines.push(`${"  ".repeat(Math.max(0, depth))}${name}${immediates(reader, opcode, relocationAt)}`);
    if (OPENING.has(opcode) || opcode === OP.else) depth += 1;
  }
  return `${lines.join("\n")}\n`;
}

function immediates(
  reader: ByteReader,
  opcode: number,
  relocations: ReadonlyMap<number, { readonly kind: string; readonly address: number }>,
): string {
  const relocation = relocations.get(reader.position);
  if (relocation !== undefined) return relocation.kind === "table" ? " <table>" : ` <${hex(relocation.address)}>`;
  if (OPENING.has(opcode)) {
    const type = TYPE_NAMES.get(reader.byte());
    return type === undefined ? "" : ` ${type}`;
  }
  if (INDEXED.has(opcode)) return ` ${reader.unsigned()}`;
  if (opcode === OP.brTable) {
    const count = reader.unsigned();
    return ` ${Array.from({ length: count + 1 }, () => reader.unsigned()).join(" ")}`;
  }
  if (opcode === OP.callIndirect || opcode === OP.returnCallIndirect)
    return ` ${reader.unsigned()} ${reader.unsigned()}`;
  if (opcode === OP.i32Const || opcode === OP.i64Const) return ` ${signed(reader)}`;
  if (opcode >= OP.i32Load && opcode <= 0x3e) {
    const alignment = 1 << reader.unsigned();
    const offset = reader.unsigned();
    return `${offset === 0 ? "" : ` offset=${offset}`} align=${alignment}`;
  }
  return "";
}
