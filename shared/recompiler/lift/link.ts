/** Joins shards into the module that runs. Nothing is relocated: bodies are copied byte for byte. */

import { RecompilerError } from "../errors.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../program.ts";
import { EXTERNAL_KIND, OP, SECTION } from "../wasm/opcodes.ts";
import { encodeModule, type Section, section } from "../wasm/sections.ts";
import { dataSection } from "./image-segments.ts";
import { hostImportSection, typeSection, writeGlobalType, writeMemoryType, writeTableType } from "./module-parts.ts";
import { nameSection } from "./names.ts";
import { type ModuleShape, shapeOf, TARGET_GLOBAL, TYPE, tableExtent, wasmFunctionOf } from "./shape.ts";
import { readShard, shardExpectations } from "./shard-format.ts";
import { stubBody } from "./stub.ts";
import { machineUseOf } from "./use.ts";

export interface LinkRequest {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  /** The function table the shards were lifted with. */
  readonly functions: readonly GuestFunction[];
  /** In any order. A function that none of them holds becomes a stub that traps as `unlifted`. */
  readonly shards: readonly Uint8Array[];
}

/** Slots the function table may have: what engines accept (JavaScript API, implementation limits). */
const MAXIMUM_TABLE_SLOTS = 10_000_000;

/**
 * The whole program as one module. The bytes follow from the functions lifted alone, however they were shared out.
 *
 * @throws RecompilerError `shard_malformed`, `shard_foreign`; `shard_overlap` when two shards hold one function;
 *   `code_too_wide` when the first and the last function are too far apart for one table; `module_invalid` when the
 *   engine refuses the result
 */
export function linkShards({ image, layout, functions, shards }: LinkRequest): Uint8Array<ArrayBuffer> {
  const { slots } = tableExtent(functions);
  if (slots > MAXIMUM_TABLE_SLOTS) {
    throw new RecompilerError(
      "code_too_wide",
      `function table: expected functions within ${MAXIMUM_TABLE_SLOTS * 4} bytes, found them over ${slots * 4} bytes; ` +
        "exclude the outlying ones",
    );
  }
  const shape = shapeOf(machineUseOf(image, functions));
  const bodies = collectBodies(shape, layout, functions, shards);
  const module = encodeModule([
    typeSection(shape),
    hostImportSection(shape),
    section(SECTION.function, (content) => {
      content.unsigned(functions.length);
      for (const _ of functions) content.unsigned(TYPE.guest);
    }),
    section(SECTION.table, (content) => {
      content.unsigned(1);
      writeTableType(content, functions);
    }),
    section(SECTION.memory, (content) => {
      content.unsigned(1);
      writeMemoryType(content, layout);
    }),
    globalSection(shape, functions),
    exportSection(
      shape,
      functions.map(({ address, index }) => ({ name: exportNameOf(address), number: wasmFunctionOf(shape, index) })),
    ),
    elementSection(shape, functions),
    section(SECTION.code, (content) => {
      content.unsigned(bodies.length);
      for (const body of bodies) {
        content.unsigned(body.length);
        content.bytes(body);
      }
    }),
    dataSection(image, layout),
    nameSection(shape, functions),
  ]);
  if (!WebAssembly.validate(module)) {
    throw new RecompilerError("module_invalid", `linked module: the engine refuses its ${module.length} bytes`);
  }
  return module;
}

function collectBodies(
  shape: ModuleShape,
  layout: MemoryLayout,
  functions: readonly GuestFunction[],
  shards: readonly Uint8Array[],
): Uint8Array[] {
  const expected = shardExpectations(shape, layout, functions);
  const bodies: (Uint8Array | undefined)[] = functions.map(() => undefined);
  shards.forEach((bytes, position) => {
    for (const { index, body } of readShard(bytes, position, expected)) {
      if (bodies[index] !== undefined) {
        throw new RecompilerError(
          "shard_overlap",
          `shard ${position}: holds ${functions[index]!.name}, which an earlier shard holds too; link each function once`,
          { details: { shard: position, function: functions[index]!.name } },
        );
      }
      bodies[index] = body;
    }
  });
  return bodies.map((body, index) => body ?? stubBody(functions[index]!));
}

export function globalSection({ globals }: ModuleShape, functions: readonly GuestFunction[]): Section {
  const { base } = tableExtent(functions);
  return section(SECTION.global, (content) => {
    const write = (type: "i32" | "i64", isMutable: boolean, initial: number) => {
      writeGlobalType(content, type, isMutable);
      content.byte(type === "i32" ? OP.i32Const : OP.i64Const);
      content.signed(initial);
      content.byte(OP.end);
    };
    content.unsigned(globals.length + 1);
    for (const [index, { type, initial }] of globals.entries()) {
      write(type, true, index === TARGET_GLOBAL ? base : initial);
    }
    write("i32", false, base);
  });
}

/** The export name of the function at an address. */
export function exportNameOf(address: number): string {
  return `f_${(address >>> 0).toString(16).padStart(8, "0")}`;
}

/** Memory, table, globals, and functions by their numbers. */
export function exportSection(
  { globals, tableBaseGlobal }: ModuleShape,
  functions: readonly { readonly name: string; readonly number: number }[],
): Section {
  return section(SECTION.export, (content) => {
    content.unsigned(3 + globals.length + functions.length);
    const write = (name: string, kind: number, index: number) => {
      content.name(name);
      content.byte(kind);
      content.unsigned(index);
    };
    write("memory", EXTERNAL_KIND.memory, 0);
    write("functions", EXTERNAL_KIND.table, 0);
    write("table_base", EXTERNAL_KIND.global, tableBaseGlobal);
    globals.forEach(({ name }, index) => {
      write(name, EXTERNAL_KIND.global, index);
    });
    for (const { name, number } of functions) write(name, EXTERNAL_KIND.function, number);
  });
}

function elementSection(shape: ModuleShape, functions: readonly GuestFunction[]): Section {
  const { base } = tableExtent(functions);
  return section(SECTION.element, (content) => {
    content.unsigned(functions.length);
    for (const { address, index } of functions) {
      content.unsigned(0);
      content.byte(OP.i32Const);
      content.signed((address - base) >>> 2);
      content.byte(OP.end);
      content.unsigned(1);
      content.unsigned(wasmFunctionOf(shape, index));
    }
  });
}
