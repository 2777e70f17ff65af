/** The `name` section (core specification, appendix "Custom Sections"): symbols for stack traces and profiles. */

import type { GuestFunction } from "../program.ts";
import { ByteWriter } from "../wasm/bytes.ts";
import { SECTION } from "../wasm/opcodes.ts";
import { type Section, section } from "../wasm/sections.ts";
import { type ModuleShape, wasmFunctionOf } from "./shape.ts";

const FUNCTION_NAMES = 1;

export function nameSection(shape: ModuleShape, functions: readonly GuestFunction[]): Section {
  const entries: [number, string][] = [
    ...shape.hostFunctions.map((name, index): [number, string] => [index, `env.${name}`]),
    ...functions.map(({ index, name }): [number, string] => [wasmFunctionOf(shape, index), name]),
  ];
  const names = new ByteWriter();
  names.unsigned(entries.length);
  for (const [index, name] of entries) {
    names.unsigned(index);
    names.name(name);
  }
  return section(SECTION.custom, (content) => {
    content.name("name");
    content.byte(FUNCTION_NAMES);
    content.unsigned(names.length);
    content.bytes(names.finish());
  });
}
