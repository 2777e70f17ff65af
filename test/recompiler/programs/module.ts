/** Linked modules written by hand, with the imports and exports that lifted programs have. */

import { exportNameOf } from "../../../shared/recompiler/lift/link.ts";
import type { MemoryLayout } from "../../../shared/recompiler/program.ts";
import { assemble } from "./assemble.ts";

/** One guest function: its address and the text of its body, in which `$r1`..`$r31`, `$hi`, `$lo`, `$tls` are globals. */
export interface HandWritten {
  readonly address: number;
  readonly name: string;
  readonly body: string;
  /** Declarations of locals. */
  readonly locals?: string;
}

export interface HandWrittenModule {
  readonly layout: MemoryLayout;
  readonly functions: readonly HandWritten[];
  /** Bytes of linear memory by offset, in its own order. */
  readonly content?: readonly (readonly [offset: number, bytes: Uint8Array])[];
}

const PAGE = 0x10000;

function escaped(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
}

/** Assembles the module. Calls between functions are `(call $name)`; indirect ones go through `$functions`. */
export function handWrittenModule({ layout, functions, content = [] }: HandWrittenModule): Uint8Array {
  const registers = [...Array.from({ length: 31 }, (_, index) => `r${index + 1}`), "hi", "lo", "tls", "target"];
  const tableBase = Math.min(...functions.map(({ address }) => address));
  const slots = (Math.max(...functions.map(({ address }) => address)) - tableBase) / 4 + 1;
  return assemble(`(module
    (type $guest (func))
    (import "env" "syscall" (func $syscall))
    (import "env" "trap" (func $trap (param i32 i32)))
    (memory (export "memory") ${layout.initialBytes / PAGE} ${layout.maximumBytes / PAGE})
    (table $functions (export "functions") ${slots} ${slots} funcref)
    ${registers.map((name) => `(global $${name} (export "${name}") (mut i32) (i32.const 0))`).join("\n")}
    (global $base (export "table_base") i32 (i32.const ${tableBase}))
    ${content.map(([offset, bytes]) => `(data (i32.const ${offset}) "${escaped(bytes)}")`).join("\n")}
    ${functions.map(({ address, name }) => `(elem (i32.const ${(address - tableBase) / 4}) $${name})`).join("\n")}
    ${functions
      .map(
        ({ address, name, body, locals = "" }) =>
          `(func $${name} (export "${exportNameOf(address)}") (type $guest) ${locals} ${body})`,
      )
      .join("\n")}
  )`);
}
