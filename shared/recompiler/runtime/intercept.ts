/** Puts the host in the place of a module's functions, or before and after them; nothing else of its code changes. */

import { TOLD } from "../machine.ts";
import { bodyExtents } from "../wasm/bodies.ts";
import { ByteWriter } from "../wasm/bytes.ts";
import { EXTERNAL_KIND, OP, SECTION } from "../wasm/opcodes.ts";
import { WasmReader } from "../wasm/reader.ts";
import { decodeModule, encodeModule, type Section, section } from "../wasm/sections.ts";
import { contractError } from "./module-contract.ts";

/** A guest function of a linked module. */
export interface ModuleFunction {
  /** Position among the functions that the module defines. */
  readonly index: number;
  readonly address: number;
  /** As the module names it. */
  readonly name: string | undefined;
}

/** A function that the host has to do with: it stands in its place, or precedes and follows it. */
export interface Interception {
  readonly index: number;
  readonly address: number;
  readonly isReplaced: boolean;
}

export interface InterceptedModule {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Where the code is now of functions that the host precedes and follows: by that position, the function's own. */
  readonly originals: ReadonlyMap<number, number>;
}

const contentOf = (sections: readonly Section[], id: number): WasmReader =>
  new WasmReader(sections.find((each) => each.id === id)?.content ?? Uint8Array.of(0));

/** The functions that the module imports, by name. @param sections of a module that `expectLinkedModule` lets pass */
function importedFunctions(sections: readonly Section[]): string[] {
  const reader = contentOf(sections, SECTION.import);
  return Array.from({ length: reader.unsigned() }, () => {
    const name = `${reader.name()}.${reader.name()}`;
    reader.byte();
    reader.unsigned();
    return name;
  });
}

const FUNCTION_NAMES = 1;

/** By number of the function. */
function namesOf(sections: readonly Section[]): Map<number, string> {
  for (const { id, content } of sections) {
    const reader = new WasmReader(content);
    if (id !== SECTION.custom || reader.name() !== "name") continue;
    if (reader.isAtEnd || reader.byte() !== FUNCTION_NAMES) continue;
    reader.unsigned();
    return new Map(Array.from({ length: reader.unsigned() }, () => [reader.unsigned(), reader.name()] as const));
  }
  return new Map();
}

const GUEST_FUNCTION = /^f_([0-9a-f]{8})$/;

/** @param module as `expectLinkedModule` lets it pass */
export function functionsIn(module: Uint8Array): ModuleFunction[] {
  const sections = decodeModule(module);
  const imported = importedFunctions(sections).length;
  const names = namesOf(sections);
  const reader = contentOf(sections, SECTION.export);
  const functions: ModuleFunction[] = [];
  for (let left = reader.unsigned(); left > 0; left--) {
    const address = GUEST_FUNCTION.exec(reader.name())?.[1];
    const [kind, number] = [reader.byte(), reader.unsigned()];
    if (address === undefined || kind !== EXTERNAL_KIND.function) continue;
    functions.push({ index: number - imported, address: Number.parseInt(address, 16), name: names.get(number) });
  }
  return functions;
}

/**
 * Calls inside the module come to the host too. Of a hooked function the code moves behind all others.
 * @param module as `expectLinkedModule` lets it pass
 */
export function intercept(module: Uint8Array, interceptions: readonly Interception[]): InterceptedModule {
  const sections = decodeModule(module);
  const imports = importedFunctions(sections);
  const trap = imports.indexOf("env.trap");
  if (trap < 0) throw contractError("the import env.trap", "none");
  const reader = contentOf(sections, SECTION.function);
  const types = Array.from({ length: reader.unsigned() }, () => reader.unsigned());
  const bodies = bodyExtents(module).map(({ start, end }) => module.subarray(start, end));
  const originals = new Map<number, number>();
  for (const { index, address, isReplaced } of interceptions) {
    const body = new ByteWriter();
    const tell = (what: number): void => {
      body.byte(OP.i32Const);
      body.signed(what);
      body.byte(OP.i32Const);
      body.signed(address);
      body.byte(OP.call);
      body.unsigned(trap);
    };
    body.unsigned(0);
    if (isReplaced) tell(TOLD.call);
    else {
      const moved = bodies.push(bodies[index]!) - 1;
      types.push(types[index]!);
      originals.set(moved, index);
      tell(TOLD.enter);
      body.byte(OP.call);
      body.unsigned(imports.length + moved);
      tell(TOLD.leave);
    }
    body.byte(OP.end);
    bodies[index] = body.finish();
  }
  const changed: Readonly<Partial<Record<number, Section>>> = {
    [SECTION.function]: section(SECTION.function, (content) => {
      content.unsigned(types.length);
      for (const type of types) content.unsigned(type);
    }),
    [SECTION.code]: section(SECTION.code, (content) => {
      content.unsigned(bodies.length);
      for (const body of bodies) {
        content.unsigned(body.length);
        content.bytes(body);
      }
    }),
  };
  return { module: encodeModule(sections.map((each) => changed[each.id] ?? each)), originals };
}
