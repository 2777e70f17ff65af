/**
 * What a person gives a program from outside: functions in the place of its own, and hooks before and after them. They
 * run in the host, with all that the host may do, so nobody but the one who starts the program names the file.
 */

import { RecompilerError } from "../errors.ts";
import { A0, GuestTrap, hex, SP, TOLD, V0 } from "../machine.ts";
import { banksOf, optionalGlobals, REGISTER_NAMES, type RegisterName, USUAL_GLOBALS } from "../register-file.ts";
import { ExitSignal } from "./exit.ts";
import { functionsIn, type InterceptedModule, type Interception, intercept, type ModuleFunction } from "./intercept.ts";
import type { LiftedInstance } from "./lifted-module.ts";
import type { GuestMemory } from "./memory.ts";

/** The guest, as a host function finds it when it is called. */
export interface Guest {
  /** The function that is called. */
  readonly name: string;
  readonly address: number;
  /** By name, signed: `guest.registers.v0 = 1`. A register that the program does not use reads as 0 and keeps nothing. */
  readonly registers: Record<RegisterName, number>;
  /** Guest addresses, values and bytes in the guest's order. What is not in its memory is the guest's own fault. */
  readonly memory: Pick<
    GuestMemory,
    | "loadByte"
    | "loadHalf"
    | "loadWord"
    | "storeByte"
    | "storeHalf"
    | "storeWord"
    | "readBytes"
    | "writeBytes"
    | "readString"
  >;
  /** What a WebAssembly module may be given to import as `guest`: its memory, and registers by name as globals. */
  readonly imports: WebAssembly.ModuleImports;
  /** The nth argument, from 0: of a register, or of the stack (o32). */
  argument(n: number): number;
  /** Calls a function of the program, by name or address, with the registers as they are. @returns v0 */
  call(target: string | number): number;
  /** Ends the program. */
  exit(status: number): never;
}

/** A number that it returns becomes v0. */
export type HostFunction = (guest: Guest) => number | undefined;

/** What a host file exports. By name of the guest's function, or its address: `0x00400120`. */
export interface HostFile {
  /** In the place of the guest's. */
  readonly functions?: Readonly<Record<string, HostFunction>>;
  /** Before it, and after it has returned: not where it ends the program, or jumps past its caller. */
  readonly before?: Readonly<Record<string, HostFunction>>;
  readonly after?: Readonly<Record<string, HostFunction>>;
}

export const HOST_FILE_KEYS = ["functions", "before", "after"] as const satisfies readonly (keyof HostFile)[];

interface Hosted {
  readonly fn: ModuleFunction;
  readonly by: Partial<Record<(typeof HOST_FILE_KEYS)[number], HostFunction>>;
}

const KEY_TOLD = new Map<number, (typeof HOST_FILE_KEYS)[number]>([
  [TOLD.call, "functions"],
  [TOLD.enter, "before"],
  [TOLD.leave, "after"],
]);

/** A module with the host in it. */
export interface HostedModule extends InterceptedModule {
  /** Whether the host stands at a position in the place of the function, or before and after it. */
  readonly isReplaced: (index: number) => boolean;
  readonly isHook: (index: number) => boolean;
  /** Answers what the module tells. */
  answer(instance: LiftedInstance, memory: GuestMemory): (what: number, address: number) => void;
}

/** @throws RecompilerError `host_file` for what names none of the module's functions, or one twice */
export function withHostFunctions(module: Uint8Array, file: HostFile): HostedModule {
  const functions = functionsIn(module);
  const hosted = new Map<number, Hosted>();
  for (const key of HOST_FILE_KEYS) {
    for (const [name, hostFunction] of Object.entries(file[key] ?? {})) {
      const fn = functionNamed(functions, name, `${key}.${name}`);
      const { by }: Pick<Hosted, "by"> = hosted.get(fn.address) ?? { by: {} };
      if (by[key] !== undefined)
        throw hostFileError(`${key}.${name}`, "each function once", "it under another name too");
      hosted.set(fn.address, { fn, by: { ...by, [key]: hostFunction } });
    }
  }
  const interceptions = [...hosted.values()].map(({ fn, by }): Interception => {
    if (by.functions !== undefined && (by.before ?? by.after) !== undefined) {
      const name = fn.name ?? hex(fn.address);
      throw hostFileError(`functions.${name}`, "no hooks of a function that is replaced", "both; call them from it");
    }
    return { index: fn.index, address: fn.address, isReplaced: by.functions !== undefined };
  });
  const positions = (areReplaced: boolean) =>
    new Set(interceptions.filter(({ isReplaced }) => isReplaced === areReplaced).map(({ index }) => index));
  const [replaced, hooks] = [positions(true), positions(false)];
  return {
    ...intercept(module, interceptions),
    isReplaced: (index) => replaced.has(index),
    isHook: (index) => hooks.has(index),
    answer: (instance, memory) => {
      const guestOf = guests(instance, memory, functions);
      return (what, address) => {
        const key = KEY_TOLD.get(what);
        const found = hosted.get(address);
        const hostFunction = key && found?.by[key];
        if (key === undefined || found === undefined || hostFunction === undefined) return;
        memory.refresh();
        const guest = guestOf(found.fn);
        const value = attempt(`${key}.${guest.name}`, () => hostFunction(guest));
        if (typeof value === "number") instance.registers.set(V0, value | 0);
      };
    },
  };
}

function hostFileError(where: string, expected: string, found: string): RecompilerError {
  return new RecompilerError("host_file", `host file: ${where}: expected ${expected}, found ${found}`);
}

function functionNamed(functions: readonly ModuleFunction[], name: string, where: string): ModuleFunction {
  const isAddress = /^0x[0-9a-f]{1,8}$/i.test(name);
  const found = functions.filter((fn) => (isAddress ? fn.address === Number(name) : fn.name === name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const expected = `the name or the address of one of the program's ${functions.length} functions`;
  const several = found.map(({ address }) => hex(address)).join(", ");
  throw hostFileError(where, expected, only === undefined ? "none of that name" : `those at ${several}`);
}

/** What the guest does, and how it ends, is its own; all else is the file's fault. */
function attempt(where: string, work: () => number | undefined): number | undefined {
  try {
    return work();
  } catch (error) {
    const isGuests =
      error instanceof ExitSignal ||
      error instanceof GuestTrap ||
      error instanceof RecompilerError ||
      error instanceof WebAssembly.RuntimeError ||
      (error instanceof RangeError && /call stack/.test(error.message));
    if (isGuests) throw error;
    throw new RecompilerError("host_file", `host file: ${where} threw ${String(error)}`, { cause: error });
  }
}

function guests(instance: LiftedInstance, memory: GuestMemory, functions: readonly ModuleFunction[]) {
  const { registers: file } = instance;
  const registers = {} as Record<RegisterName, number>;
  for (const [slot, name] of REGISTER_NAMES.entries()) {
    Object.defineProperty(registers, name, {
      enumerable: true,
      get: () => file.get(slot),
      set: (value: number) => file.set(slot, value | 0),
    });
  }
  const globals = [...USUAL_GLOBALS, ...optionalGlobals(banksOf((name) => instance.global(name) !== undefined))];
  const imports: WebAssembly.ModuleImports = { memory: instance.memory };
  for (const { name, slot } of globals) imports[REGISTER_NAMES[slot]!] = instance.global(name)!;
  const known = new Map<number, Guest>();
  return ({ name, address }: ModuleFunction): Guest => {
    const made = known.get(address);
    if (made !== undefined) return made;
    const guest: Guest = {
      name: name ?? hex(address),
      address,
      registers,
      memory,
      imports,
      argument: (n) => (n < 4 ? file.get(A0 + n) : memory.loadWord(file.get(SP) + 4 * n)),
      call: (target) => {
        const to = typeof target === "number" ? target : functionNamed(functions, target, "call").address;
        const fn = instance.functionAt(to);
        if (fn === undefined) throw new GuestTrap("unknown_target", to);
        fn();
        return file.get(V0);
      },
      exit: (status) => {
        throw new ExitSignal(status);
      },
    };
    known.set(address, guest);
    return guest;
  };
}
