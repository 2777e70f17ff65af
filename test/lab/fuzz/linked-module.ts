/** Modules as Restep links them, but for what a trial has otherwise: bytes by hand, for a checker of modules to be tried with. */

import { exportNameOf } from "../../../shared/recompiler/lift/link.ts";
import { TYPE, USUAL_SHAPE } from "../../../shared/recompiler/lift/shape.ts";
import { ByteWriter } from "../../../shared/recompiler/wasm/bytes.ts";
import { EXTERNAL_KIND, OP, SECTION, VALUE_TYPE } from "../../../shared/recompiler/wasm/opcodes.ts";
import { type Section, section } from "../../../shared/recompiler/wasm/sections.ts";
import { ENTRY, LAYOUT } from "./bundles.ts";

const { globals: MUTABLE_GLOBALS, tableBaseGlobal: TABLE_BASE_GLOBAL } = USUAL_SHAPE;

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
  /** What stands behind the kind. */
  readonly type: readonly number[];
}

export interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

export const HOST_IMPORTS: readonly Import[] = [
  { module: "env", name: "syscall", kind: EXTERNAL_KIND.function, type: [TYPE.guest] },
  { module: "env", name: "trap", kind: EXTERNAL_KIND.function, type: [TYPE.trap] },
];

/** The first function behind the host's two. */
export const FIRST_FUNCTION = 2;

export const EXPORTS: readonly Export[] = [
  { name: "memory", kind: EXTERNAL_KIND.memory, index: 0 },
  { name: "functions", kind: EXTERNAL_KIND.table, index: 0 },
  { name: "table_base", kind: EXTERNAL_KIND.global, index: TABLE_BASE_GLOBAL },
  ...MUTABLE_GLOBALS.map(({ name }, index) => ({ name, kind: EXTERNAL_KIND.global, index })),
  { name: exportNameOf(ENTRY), kind: EXTERNAL_KIND.function, index: FIRST_FUNCTION },
];

const PAGE = 0x10000;
const HAS_MAXIMUM = 1;
const FUNCTION_FORM = 0x60;

export interface ModuleParts {
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Element type, flags, limits. */
  readonly table: readonly number[];
  readonly memory: readonly number[];
  /** Each a whole body, locals and `end` included. The first is the program's entry. */
  readonly bodies: readonly Uint8Array[];
  /** The function that runs as the module is made. */
  readonly start?: number;
}

export function limits(...numbers: readonly number[]): number[] {
  const writer = new ByteWriter();
  for (const each of numbers) writer.unsigned(each);
  return [...writer.finish()];
}

/** A body without locals. */
export function bodyOf(write: (code: ByteWriter) => void): Uint8Array {
  const code = new ByteWriter();
  code.unsigned(0);
  write(code);
  code.byte(OP.end);
  return code.finish();
}

/** The call of `exit(0)`. */
export const EXIT = bodyOf((code) => systemCall(code, 4001, 0));

/** Puts number and arguments into the registers and calls. */
export function systemCall(code: ByteWriter, number: number, ...args: readonly number[]): void {
  const set = (register: number, value: number): void => {
    code.byte(OP.i32Const);
    code.signed(value);
    code.byte(OP.globalSet);
    code.unsigned(register - 1);
  };
  for (const [index, value] of args.slice(0, 4).entries()) set(4 + index, value);
  set(2, number);
  code.byte(OP.call);
  code.unsigned(0);
}

export const GOOD: ModuleParts = {
  imports: HOST_IMPORTS,
  exports: EXPORTS,
  table: [VALUE_TYPE.funcref, HAS_MAXIMUM, ...limits(1, 1)],
  memory: [HAS_MAXIMUM, ...limits(LAYOUT.initial_bytes / PAGE, LAYOUT.maximum_bytes / PAGE)],
  bodies: [EXIT],
};

export function sectionsOf(parts: ModuleParts): Section[] {
  const { imports, exports, table, memory, bodies, start } = parts;
  const functionImports = imports.filter(({ kind }) => kind === EXTERNAL_KIND.function).length;
  const raw = (content: ByteWriter, bytes: readonly number[]): void => {
    for (const byte of bytes) content.byte(byte);
  };
  return [
    section(SECTION.type, (content) => {
      raw(content, [2, FUNCTION_FORM, 0, 0, FUNCTION_FORM, 2, VALUE_TYPE.i32, VALUE_TYPE.i32, 0]);
    }),
    section(SECTION.import, (content) => {
      content.unsigned(imports.length);
      for (const each of imports) {
        content.name(each.module);
        content.name(each.name);
        content.byte(each.kind);
        raw(content, each.type);
      }
    }),
    section(SECTION.function, (content) => {
      content.unsigned(bodies.length);
      for (const _ of bodies) content.unsigned(TYPE.guest);
    }),
    section(SECTION.table, (content) => {
      content.unsigned(1);
      raw(content, table);
    }),
    section(SECTION.memory, (content) => {
      content.unsigned(1);
      raw(content, memory);
    }),
    section(SECTION.global, (content) => {
      content.unsigned(MUTABLE_GLOBALS.length + 1);
      for (let index = 0; index <= TABLE_BASE_GLOBAL; index++) {
        raw(content, [VALUE_TYPE.i32, index === TABLE_BASE_GLOBAL ? 0 : 1, OP.i32Const]);
        content.signed(index === TABLE_BASE_GLOBAL ? ENTRY : 0);
        content.byte(OP.end);
      }
    }),
    section(SECTION.export, (content) => {
      content.unsigned(exports.length);
      for (const { name, kind, index } of exports) {
        content.name(name);
        content.byte(kind);
        content.unsigned(index);
      }
    }),
    ...(start === undefined ? [] : [section(8, (content) => content.unsigned(start))]),
    section(SECTION.element, (content) => {
      raw(content, [1, 0, OP.i32Const, 0, OP.end, 1, ...limits(functionImports)]);
    }),
    section(SECTION.code, (content) => {
      content.unsigned(bodies.length);
      for (const body of bodies) {
        content.unsigned(body.length);
        content.bytes(body);
      }
    }),
  ];
}

/** Puts a text and its zero byte at a guest address, a multiple of 4. */
export function putText(code: ByteWriter, address: number, text: string): void {
  const bytes = Buffer.from(`${text}\0\0\0\0`);
  for (let at = 0; at + 4 <= bytes.length; at += 4) putWord(code, address + at, bytes.readUInt32BE(at));
}

/** Puts a word at a guest address. */
export function putWord(code: ByteWriter, address: number, word: number): void {
  code.byte(OP.i32Const);
  code.signed(address - LAYOUT.base);
  code.byte(OP.i32Const);
  code.signed(word);
  code.byte(OP.i32Store);
  code.unsigned(2);
  code.unsigned(0);
}

/** Ends the program with what the last system call answered: a number or an error number. */
export function exitWithAnswer(code: ByteWriter): void {
  code.byte(OP.globalGet);
  code.unsigned(2 - 1);
  code.byte(OP.globalSet);
  code.unsigned(4 - 1);
  systemCall(code, 4001);
}
