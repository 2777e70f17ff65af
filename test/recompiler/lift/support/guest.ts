/** Programs made of words, lifted, linked and run with registers and memory in sight. */

import { type LiftReport, liftShard, linkShards } from "../../../../shared/recompiler/lift/index.ts";
import type { Endianness, GuestTrap, TrapKind } from "../../../../shared/recompiler/machine.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../../../../shared/recompiler/program.ts";
import { REGISTER_NAMES } from "../../../../shared/recompiler/register-file.ts";
import { compileModule, guestTrapOf, instantiate } from "../../../../shared/recompiler/runtime/lifted-module.ts";
import { assemble, type Line } from "./assemble.ts";

export const CODE = 0x0040_0000;
export const MEMORY = 0x0041_0000;

type RegisterName = (typeof REGISTER_NAMES)[number];
export type Registers = Partial<Record<RegisterName, number>>;

export interface GuestProgram {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
}

export interface ProgramOptions {
  readonly endianness?: Endianness;
  /** Address of the first function; memory is 64 KiB above. Default `CODE`. */
  readonly code?: number;
  /** Words of read-only memory right behind the code. */
  readonly constants?: (labelOf: (name: string) => number) => readonly number[];
}

/** Each function is named by its key and laid out in the order given; `.name` is its address, `.constants` theirs. */
export function program(
  sources: Readonly<Record<string, readonly Line[]>>,
  options: ProgramOptions = {},
): GuestProgram {
  const { endianness = "big", code = CODE } = options;
  const memory = code + MEMORY - CODE;
  const places: Record<string, number> = { memory };
  const functions: GuestFunction[] = [];
  let address = code;
  for (const [name, lines] of Object.entries(sources)) {
    const size = 4 * lines.filter((line) => typeof line !== "string").length;
    functions.push({ index: functions.length, name, address, size, origin: "symbol" });
    places[name] = address;
    address += size;
  }
  places.constants = address;
  const labels = new Map(Object.entries(places));
  const words: number[] = [];
  for (const fn of functions) {
    const assembly = assemble(fn.address, sources[fn.name]!, places);
    for (const [label, target] of assembly.labels) labels.set(label, target);
    words.push(...assembly.words);
  }
  const codeEnd = code + 4 * words.length;
  words.push(...(options.constants?.((name) => labels.get(name)!) ?? []));
  const image: ProgramImage = {
    endianness,
    entry: code,
    segments: [
      {
        address: code,
        bytes: bytesOf(words, endianness),
        memorySize: 4 * words.length,
        isExecutable: true,
        isWritable: false,
      },
    ],
    symbols: functions.map(({ name, address, size }) => ({ name, address, size })),
    codeRanges: [{ start: code, end: codeEnd }],
  };
  const base = code >= 0x0100_0000 ? code - (code % 0x1_0000) : 0;
  const stackTop = memory + 0x1_0000;
  const layout: MemoryLayout = {
    base,
    initialBytes: stackTop - base,
    maximumBytes: stackTop - base,
    stackBottom: memory,
    stackTop,
    heapStart: stackTop,
  };
  return { image, layout, functions };
}

export function bytesOf(words: readonly number[], endianness: Endianness): Uint8Array {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  words.forEach((word, index) => {
    view.setUint32(4 * index, word, endianness === "little");
  });
  return new Uint8Array(view.buffer);
}

export interface Guest {
  readonly reports: readonly LiftReport[];
  /** Calls a function with the registers set (the others keep their values); returns the trap if it ends in one. */
  call(name: string, registers?: Registers): TrapKind | undefined;
  /** The last trap's address. */
  trapAddress(): number | undefined;
  /** A register as an unsigned number. */
  get(register: RegisterName): number;
  set(register: RegisterName, value: number): void;
  setThreadPointer(value: number): void;
  /** Guest bytes at a guest address. */
  read(address: number, count: number): number[];
  write(address: number, bytes: ArrayLike<number>): void;
}

export interface GuestHost {
  /** Runs at each system call. */
  readonly syscall?: (guest: Guest) => void;
}

export interface Linked {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly reports: readonly LiftReport[];
}

/** @param members the functions to lift */
export function link({ image, layout, functions }: GuestProgram, members = functions): Linked {
  const { module, reports } = liftShard({ image, layout, functions, members });
  return { module: linkShards({ image, layout, functions, shards: [module] }), reports };
}

export function start(source: GuestProgram, host: GuestHost = {}, members = source.functions): Guest {
  const { module, reports } = link(source, members);
  const { layout, image } = source;
  let lastTrap: GuestTrap | undefined;
  const instance = instantiate(compileModule(module), { systemCall: () => host.syscall?.(guest) });
  const { memory, registers } = instance;
  const flip = image.endianness === "big" ? 3 : 0;
  const linear = (address: number) => (address - layout.base) ^ flip;
  const guest: Guest = {
    reports,
    call(name, values = {}) {
      const fn = source.functions.find((each) => each.name === name)!;
      for (const [register, value] of Object.entries(values)) guest.set(register as RegisterName, value);
      try {
        instance.functionAt(fn.address)!();
        return undefined;
      } catch (thrown) {
        lastTrap = guestTrapOf(thrown, instance);
        if (lastTrap === undefined) throw thrown;
        return lastTrap.kind;
      }
    },
    trapAddress: () => lastTrap?.address,
    get: (register) => registers.get(REGISTER_NAMES.indexOf(register)) >>> 0,
    set: (register, value) => registers.set(REGISTER_NAMES.indexOf(register), value | 0),
    setThreadPointer: (value) => instance.setThreadPointer(value),
    read: (address, count) => {
      const bytes = new Uint8Array(memory.buffer);
      return Array.from({ length: count }, (_, index) => bytes[linear(address + index)]!);
    },
    write: (address, values) => {
      const bytes = new Uint8Array(memory.buffer);
      for (let index = 0; index < values.length; index++) bytes[linear(address + index)] = values[index]!;
    },
  };
  return guest;
}

/** `jr $ra` and its empty slot. */
export const RETURN: readonly Line[] = [["jr", "ra"], ["nop"]];
