/** In the place of a program's lifted code the interpreter, which runs the code that lies in the program's memory. */

import { RecompilerError } from "../errors.ts";
import { runPasses } from "../ir/passes/index.ts";
import { emitFunction } from "../lift/emit/emit.ts";
import { buildInterpreter } from "../lift/interpreter/build.ts";
import { REGION, REGION_BYTES } from "../lift/interpreter/region.ts";
import { exportSection, globalSection } from "../lift/link.ts";
import { hostImportSection, typeSection, writeMemoryType, writeTableType } from "../lift/module-parts.ts";
import { shapeOf, TYPE } from "../lift/shape.ts";
import type { FloatUse, MachineUse } from "../lift/use.ts";
import type { Endianness } from "../machine.ts";
import { type FloatMode, type MemoryLayout, USUAL_FLOAT_MODE } from "../program.ts";
import { banksOf, F0, F0_HIGH, HI, LO, NOTED_GLOBALS } from "../register-file.ts";
import { SECTION } from "../wasm/opcodes.ts";
import { WasmReader } from "../wasm/reader.ts";
import { decodeModule, encodeModule, type Section, section } from "../wasm/sections.ts";
import type { RegisterFile } from "./kernel.ts";
import { INTERPRETER } from "./lifted-module.ts";
import type { GuestMemory } from "./memory.ts";

/** A program that is run by the interpreter alone. */
export interface InterpretedModule {
  readonly module: Uint8Array<ArrayBuffer>;
  /** Its heap begins behind the interpreter's region. */
  readonly layout: MemoryLayout;
  readonly float: FloatMode;
}

/** This module, for whoever is given it: most programs run without, and do not wait until all that lifts code is loaded. */
export type Interpreter = Pick<typeof import("./interpreted-module.ts"), "interpretedModule" | "takeUpRegisters">;

/**
 * The same program: its memory and what lies in it. All of the machine is there, whatever the lifted code used of it.
 *
 * @param module as `expectLinkedModule` lets it pass
 * @throws RecompilerError `layout_too_large` where the memory has no room for the interpreter's registers
 */
export function interpretedModule(module: Uint8Array, layout: MemoryLayout, endianness: Endianness): InterpretedModule {
  const sections = decodeModule(module);
  const float = floatUseOf(sections);
  const use: MachineUse = { float, hasLink: true, hasCycles: true };
  const shape = shapeOf(use);
  const widened = withRegion(layout);
  const fn = buildInterpreter({
    endianness,
    use,
    base: layout.base,
    region: regionOf(widened),
    firstCode: layout.base + firstByte(sections),
  });
  const lowered = runPasses(fn, { base: layout.base });
  const body = emitFunction(lowered, shape).bytes;
  lowered.release();
  const number = shape.hostFunctions.length;
  const counted = (id: number, write: Parameters<typeof section>[1]): Section =>
    section(id, (content) => {
      content.unsigned(1);
      write(content);
    });
  const made = encodeModule([
    typeSection(shape),
    hostImportSection(shape),
    counted(SECTION.function, (content) => content.unsigned(TYPE.guest)),
    counted(SECTION.table, (content) => writeTableType(content, [])),
    counted(SECTION.memory, (content) => writeMemoryType(content, widened)),
    globalSection(shape, []),
    exportSection(shape, [{ name: INTERPRETER, number }]),
    counted(SECTION.code, (content) => {
      content.unsigned(body.length);
      content.bytes(body);
    }),
    ...sections.filter(({ id }) => id === SECTION.data),
  ]);
  return { module: made, layout: widened, float };
}

/** The page before the heap. */
const regionOf = ({ heapStart }: MemoryLayout): number => heapStart - REGION_BYTES;

function withRegion(layout: MemoryLayout): MemoryLayout {
  const heapStart = layout.heapStart + REGION_BYTES;
  const initialBytes = Math.max(layout.initialBytes, heapStart - layout.base);
  if (initialBytes > layout.maximumBytes) {
    throw new RecompilerError(
      "layout_too_large",
      `interpreted program: expected room for ${REGION_BYTES} bytes behind its stack, found ${layout.maximumBytes} bytes of memory in ` +
        "all; raise maximumBytes",
    );
  }
  return { ...layout, initialBytes, heapStart };
}

const contentOf = (sections: readonly Section[], id: number): WasmReader =>
  new WasmReader(sections.find((each) => each.id === id)?.content ?? Uint8Array.of(0));

/**
 * What the module's globals tell of it: one without floating point has nothing that would. Modes and NaNs are as the unit has them in
 * any case; flags and causes are kept where the program was found to look at them, for that takes the host nearly every time.
 */
function floatUseOf(sections: readonly Section[]): FloatUse {
  const exports = contentOf(sections, SECTION.export);
  const numbers = new Map<string, number>();
  for (let left = exports.unsigned(); left > 0; left--) {
    const name = exports.name();
    exports.byte();
    numbers.set(name, exports.unsigned());
  }
  const control = numbers.get("fcsr");
  if (control === undefined) return { ...USUAL_FLOAT_MODE, control: "moded" };
  const globals = contentOf(sections, SECTION.global);
  globals.unsigned();
  // Each: type, mutability, a constant's opcode, its number, the end.
  for (let before = control; before > 0; before--) {
    globals.skip(3);
    globals.skipNumber();
    globals.skip(1);
  }
  globals.skip(3);
  const { registerBits = 32 } = banksOf((name) => numbers.has(name));
  const isObserved = numbers.has(NOTED_GLOBALS[0].name);
  return { registerBits, isNan2008: globals.signed() !== 0, control: isObserved ? "observed" : "moded" };
}

/** Offset in linear memory of the program's first byte. */
function firstByte(sections: readonly Section[]): number {
  const data = contentOf(sections, SECTION.data);
  let first = Number.POSITIVE_INFINITY;
  for (let left = data.unsigned(); left > 0; left--) {
    // In the first memory, at a constant.
    data.skip(2);
    first = Math.min(first, data.signed() >>> 0);
    data.skip(1);
    data.skip(data.unsigned());
  }
  return Number.isFinite(first) ? first : 0;
}

/** Registers as the interpreter had them when a trap ended the program: it has not given them back to their globals. */
export function takeUpRegisters(
  { layout, float }: InterpretedModule,
  memory: GuestMemory,
  registers: RegisterFile,
): void {
  const region = regionOf(layout);
  const take = (slot: number, offset: number): void => registers.set(slot, memory.loadWord(region + offset));
  for (let register = 1; register < 32; register++) take(register, REGION.general + 4 * register);
  take(LO, REGION.accumulator);
  take(HI, REGION.accumulator + 4);
  const isWide = float.registerBits === 64;
  for (let register = 0; register < 32; register++) {
    take(F0 + register, REGION.float + (isWide ? 8 : 4) * register);
    if (isWide) take(F0_HIGH + register, REGION.float + 8 * register + 4);
  }
}
