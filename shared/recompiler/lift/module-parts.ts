/** The sections that shards and linked modules share, or have in a corresponding form. */

import type { GuestFunction, MemoryLayout } from "../program.ts";
import type { ByteWriter } from "../wasm/bytes.ts";
import { EXTERNAL_KIND, SECTION, VALUE_TYPE } from "../wasm/opcodes.ts";
import { type Section, section } from "../wasm/sections.ts";
import { MUTABLE_GLOBALS, TYPE, tableExtent } from "./shape.ts";

export const PAGE_BYTES = 65_536;

const FUNCTION_FORM = 0x60;
const HAS_MAXIMUM = 0x01;
const MUTABLE = 0x01;
const IMMUTABLE = 0x00;

/** In the order of `TYPE`. */
const SIGNATURES = [
  { parameters: [], results: [] },
  { parameters: [VALUE_TYPE.i32, VALUE_TYPE.i32], results: [] },
] as const;

export function typeSection(): Section {
  return section(SECTION.type, (content) => {
    content.unsigned(SIGNATURES.length);
    for (const { parameters, results } of SIGNATURES) {
      content.byte(FUNCTION_FORM);
      for (const types of [parameters, results]) {
        content.unsigned(types.length);
        for (const type of types) content.byte(type);
      }
    }
  });
}

const HOST_IMPORTS = [
  ["syscall", TYPE.guest],
  ["trap", TYPE.trap],
] as const;

function importFunction(content: ByteWriter, module: string, name: string, type: number): void {
  content.name(module);
  content.name(name);
  content.byte(EXTERNAL_KIND.function);
  content.unsigned(type);
}

export function hostImportSection(): Section {
  return section(SECTION.import, (content) => {
    content.unsigned(HOST_IMPORTS.length);
    for (const [name, type] of HOST_IMPORTS) importFunction(content, "env", name, type);
  });
}

/**
 * A shard's imports: the host's, then what the linked module defines, at the same numbers. The names are empty, for
 * nobody resolves them: a shard is only ever linked.
 */
export function shardImportSection(layout: MemoryLayout, functions: readonly GuestFunction[]): Section {
  return section(SECTION.import, (content) => {
    content.unsigned(HOST_IMPORTS.length + functions.length + 2 + MUTABLE_GLOBALS.length);
    for (const [name, type] of HOST_IMPORTS) importFunction(content, "env", name, type);
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
    for (const _ of MUTABLE_GLOBALS) {
      unnamed(EXTERNAL_KIND.global);
      writeGlobalType(content, true);
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

export function writeGlobalType(content: ByteWriter, isMutable: boolean): void {
  content.byte(VALUE_TYPE.i32);
  content.byte(isMutable ? MUTABLE : IMMUTABLE);
}
