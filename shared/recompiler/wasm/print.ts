/** A function's body of WebAssembly as text, one instruction a line. */

import { ByteReader } from "./bytes.ts";
import { OP, VALUE_TYPE } from "./opcodes.ts";

/** `i32Load8U` is `i32.load8_u`, `brIf` is `br_if`. */
function textName(key: string): string {
  const [, room, rest] = /^(i32|i64|f32|f64|local|global)([A-Z].*)$/.exec(key) ?? [undefined, undefined, key];
  const snake = rest!.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");
  return room === undefined ? snake : `${room}.${snake}`;
}

const NAMES = new Map<number, string>(Object.entries(OP).map(([key, opcode]) => [opcode, textName(key)]));
const TYPE_NAMES = new Map<number, string>(Object.entries(VALUE_TYPE).map(([name, byte]) => [byte, name]));

const INDEXED: ReadonlySet<number> = new Set([OP.br, OP.brIf, OP.localGet, OP.localSet, OP.localTee]);
const CALLS: ReadonlySet<number> = new Set([OP.call, OP.returnCall]);
const GLOBALS: ReadonlySet<number> = new Set([OP.globalGet, OP.globalSet]);
const OPENING: ReadonlySet<number> = new Set([OP.block, OP.loop, OP.if]);
const LAST_ACCESS = 0x3e;
/** A further opcode follows. */
const PREFIX = 0xfc;

const nameOfOpcode = (opcode: number): string => NAMES.get(opcode) ?? `0x${opcode.toString(16)}`;

/** What numbers in a body are called; where it does not say, the number stands. */
export interface BodyNames {
  /** In place of bytes that a body still to be relocated leaves out there. */
  readonly leftOutAt?: (position: number) => string | undefined;
  readonly functionName?: (index: number) => string | undefined;
  readonly globalName?: (index: number) => string | undefined;
}

export interface WasmLine {
  /** Bytes of the body before the instruction. */
  readonly at: number;
  /** Indented by the blocks around it. */
  readonly text: string;
}

/**
 * @param bytes of the body: its locals, its code, its `end`
 * @returns the locals first, where it has some
 * @throws RangeError for bytes that end too early
 */
export function linesOfBody(bytes: Uint8Array, names: BodyNames = {}): WasmLine[] {
  const reader = new ByteReader(bytes);
  const lines: WasmLine[] = [];
  const groups = Array.from({ length: reader.unsigned() }, () => [reader.unsigned(), TYPE_NAMES.get(reader.byte())]);
  if (groups.length > 0) lines.push({ at: 0, text: `locals ${groups.map((group) => group.join(" ")).join(", ")}` });
  let depth = 0;
  while (!reader.isAtEnd) {
    const at = reader.position;
    const opcode = reader.byte();
    const name = nameOfOpcode(opcode === PREFIX ? (PREFIX << 8) | reader.unsigned() : opcode);
    if (opcode === OP.end || opcode === OP.else) depth -= 1;
    lines.push({ at, text: `${"  ".repeat(Math.max(0, depth))}${name}${immediatesOf(reader, opcode, names)}` });
    if (OPENING.has(opcode) || opcode === OP.else) depth += 1;
  }
  return lines;
}

function immediatesOf(reader: ByteReader, opcode: number, names: BodyNames): string {
  const leftOut = names.leftOutAt?.(reader.position);
  if (leftOut !== undefined) return ` ${leftOut}`;
  if (OPENING.has(opcode)) {
    const type = TYPE_NAMES.get(reader.byte());
    return type === undefined ? "" : ` ${type}`;
  }
  if (INDEXED.has(opcode)) return ` ${reader.unsigned()}`;
  if (CALLS.has(opcode)) return ` ${nameOr(reader.unsigned(), names.functionName)}`;
  if (GLOBALS.has(opcode)) return ` ${nameOr(reader.unsigned(), names.globalName)}`;
  if (opcode === OP.brTable) {
    const count = reader.unsigned();
    return ` ${Array.from({ length: count + 1 }, () => reader.unsigned()).join(" ")}`;
  }
  if (opcode === OP.callIndirect || opcode === OP.returnCallIndirect)
    return ` ${reader.unsigned()} ${reader.unsigned()}`;
  if (opcode === OP.i32Const || opcode === OP.i64Const) return ` ${signed(reader)}`;
  if (opcode === OP.f32Const) return ` ${floatFrom(reader, 4)}`;
  if (opcode === OP.f64Const) return ` ${floatFrom(reader, 8)}`;
  if (opcode >= OP.i32Load && opcode <= LAST_ACCESS) {
    const alignment = 1 << reader.unsigned();
    const offset = reader.unsigned();
    return `${offset === 0 ? "" : ` offset=${offset}`} align=${alignment}`;
  }
  return "";
}

function nameOr(index: number, nameOf: ((index: number) => string | undefined) | undefined): string {
  const name = nameOf?.(index);
  return name === undefined ? String(index) : `$${name}`;
}

function signed(reader: ByteReader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const next = reader.byte();
    value |= BigInt(next & 0x7f) << shift;
    if (next < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
  }
}

/** A NaN by its bits: which one it is counts. */
function floatFrom(reader: ByteReader, width: 4 | 8): string {
  const bytes = reader.bytes(width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, width);
  const value = width === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  return Number.isNaN(value) ? `nan:0x${Buffer.from(bytes.toReversed()).toString("hex")}` : String(value);
}
