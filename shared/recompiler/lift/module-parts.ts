/** The sections that shards and linked modules share, or have in a corresponding form. */

import type { GuestFunction, MemoryLayout } from "../program.ts";
import type { ByteWriter } from "../wasm/bytes.ts";
import { EXTERNAL_KIND, SECTION, VALUE_TYPE } from "../wasm/opcodes.ts";
import { type Section, section } from "../wasm/sections.ts";
import { type HostFunction, type ModuleShape, TYPE, tableExtent } from "./shape.ts";

export const PAGE_BYTES = 65_536;

const FUNCTION_FORM = 0x60;
const HAS_MAXIMUM = 0x01;
const MUTABLE = 0x01;
const IMMUTABLE = 0x00;

const { i32, i64 } = VALUE_TYPE;

/** In the order of `TYPE`: the last is there with its import. */
const SIGNATURES: readonly { readonly parameters: readonly number[]; readonly results: readonly number[] }[] = [
  { parameters: [], results: [] },
  { parameters: [i32, i32], results: [] },
  { parameters: [i32, i32, i64, i64, i64], results: [i64] },
];

export function typeSection({ hostFunctions }: ModuleShape): Section {
  const signatures = SIGNATURES.slice(0, hostFunctions.length);
  return section(SECTION.type, (content) => {
    content.unsigned(signatures.length);
    for (const { parameters, results } of signatures) {
      content.byte(FUNCTION_FORM);
      for (const types of [parameters, results]) {
        content.unsigned(types.length);
        for (const type of types) content.byte(type);
      }
    }
  });
}

const HOST_TYPE: Readonly<Record<HostFunction, number>> = { syscall: TYPE.guest, trap: TYPE.trap, float: TYPE.float };

function importFunction(content: ByteWriter, module: string, name: string, type: number): void {
  content.name(module);
  content.name(name);
  content.byte(EXTERNAL_KIND.function);
  content.unsigned(type);
}

export function hostImportSection({ hostFunctions }: ModuleShape): Section {
  return section(SECTION.import, (content) => {
    content.unsigned(hostFunctions.length);
    for (const name of hostFunctions) importFunction(content, "env", name, HOST_TYPE[name]);
  });
}

/**
 * A shard's imports: the host's, then what the linked module defines, at the same numbers. The names are empty, for
 * nobody resolves them: a shard is only ever linked.
 */
export function shardImportSection(
  { hostFunctions, globals }: ModuleShape,
  layout: MemoryLayout,
  functions: readonly GuestFunction[],
): Section {
  return section(SECTION.import, (content) => {
    content.unsigned(hostFunctions.length + functions.length + 2 + globals.length);
    for (const name of hostFunctions) importFunction(content, "env", name, HOST_TYPE[name]);
    for (const _ of functions) importFunction(content, "", "", TYPE.guest);
    const unnamed = (kind: number) => {
      content.name("");
      content.name("");
      content.byte(kind);
    };
    unnamed(EXTERNAL_KIND.table);
    writeTableType(content, functions);
    unnamed(EXTERNAL_KIND.memory);
    writeMemoryType(content, layout);
    for (const { type } of globals) {
      unnamed(EXTERNAL_KIND.global);
      writeGlobalType(content, type, true);
    }
  });
}

export function writeTableType(content: ByteWriter, functions: readonly GuestFunction[]): void {
  const { slots } = tableExtent(functions);
  content.byte(VALUE_TYPE.funcref);
  content.byte(HAS_MAXIMUM);
  content.unsigned(slots);
  content.unsigned(slots);
}

export function writeMemoryType(content: ByteWriter, layout: MemoryLayout): void {
  content.byte(HAS_MAXIMUM);
  content.unsigned(layout.initialBytes / PAGE_BYTES);
  content.unsigned(layout.maximumBytes / PAGE_BYTES);
}

export function writeGlobalType(content: ByteWriter, type: "i32" | "i64", isMutable: boolean): void {
  content.byte(VALUE_TYPE[type]);
  content.byte(isMutable ? MUTABLE : IMMUTABLE);
}
