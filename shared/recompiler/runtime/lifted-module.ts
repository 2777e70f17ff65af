/** A linked module as its host sees it: what it imports, what it exports, and how its failures read. */

import { RecompilerError } from "../errors.ts";
import { operate } from "../float/operations.ts";
import { GuestTrap, TRAP_CODES, type TrapKind } from "../machine.ts";
import {
  banksOf,
  FCSR,
  keptSlots,
  optionalGlobals,
  REGISTER_COUNT,
  type RegisterGlobal,
  USUAL_GLOBALS,
} from "../register-file.ts";
import type { RegisterFile } from "./kernel.ts";
import { contractError } from "./module-contract.ts";

/** The module's `env` imports. Registers are in the exported globals when they are called. */
export interface LiftedHost {
  systemCall(): void;
}

export interface LiftedInstance {
  readonly memory: WebAssembly.Memory;
  /** By slot of the register file. Those that no global keeps read as 0. */
  readonly registers: RegisterFile;
  /** Slots that globals keep, ascending. */
  readonly kept: readonly number[];
  /** What `rdhwr $29` reads. */
  setThreadPointer(value: number): void;
  /** The guest function that starts at an address. */
  functionAt(address: number): (() => void) | undefined;
  /** A mutable global that is no register, by its export's name. */
  global(name: string): WebAssembly.Global | undefined;
}

const TRAP_KINDS: ReadonlyMap<number, TrapKind> = new Map(
  (Object.entries(TRAP_CODES) as [TrapKind, number][]).map(([kind, code]) => [code, kind]),
);

function raiseTrap(code: number, address: number): never {
  const kind = TRAP_KINDS.get(code);
  if (kind === undefined) throw contractError(`the trap codes 1 to ${TRAP_KINDS.size}`, `trap code ${code}`);
  throw new GuestTrap(kind, address >>> 0);
}

/** @throws RecompilerError `module_malformed` when the engine refuses the bytes */
export function compileModule(bytes: Uint8Array): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError)) throw cause;
    const message = `recompiled module: the engine refuses its ${bytes.length} bytes (${cause.message}); link it again`;
    throw new RecompilerError("module_malformed", message, { cause });
  }
}

/** Arithmetic that lifted code leaves to the host. */
type HostArithmetic = (operation: number, address: number, a: bigint, b: bigint, c: bigint) => bigint;

/** @param registers of the instance, by the time it is called */
function arithmeticOn(registers: () => RegisterFile): HostArithmetic {
  return (operation, address, a, b, c) => {
    const file = registers();
    const outcome = operate(operation, file.get(FCSR), [a, b, c].map((each) => BigInt.asUintN(64, each)) as never);
    if (outcome === undefined) throw contractError("an operation of the floating-point unit", `number ${operation}`);
    file.set(FCSR, outcome.control);
    if (outcome.isTrap) throw new GuestTrap("floating_point", address >>> 0);
    return outcome.result;
  };
}

/** Nothing is inherited: a module that asks for `constructor` is given nothing. */
function importsOf(host: LiftedHost, float: HostArithmetic): WebAssembly.Imports {
  const env = Object.assign(Object.create(null), { syscall: () => host.systemCall(), trap: raiseTrap, float });
  return Object.assign(Object.create(null), { env });
}

/** With what the engine refuses to make an instance; no code of the module has run by then. */
const REFUSALS = [WebAssembly.LinkError, WebAssembly.RuntimeError, TypeError, RangeError];

function makeInstance(
  module: WebAssembly.Module,
  host: LiftedHost,
  registers: () => RegisterFile,
): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, importsOf(host, arithmeticOn(registers)));
  } catch (cause) {
    if (!REFUSALS.some((kind) => cause instanceof kind)) throw cause;
    const found = cause instanceof Error ? cause.message : String(cause);
    const message = `recompiled module: expected one that can be made ready to run, found: ${found}; link it again`;
    throw new RecompilerError("module_contract", message, { cause });
  }
}

/** @throws RecompilerError `module_contract` when the module does not import and export what a linked module does */
export function instantiate(module: WebAssembly.Module, host: LiftedHost): LiftedInstance {
  const { exports } = makeInstance(module, host, () => registers);
  const { memory, functions } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw contractError("an exported memory", "none");
  if (!(functions instanceof WebAssembly.Table)) throw contractError("an exported table functions", "none");
  const global = (name: string): WebAssembly.Global | undefined => {
    const found = exports[name];
    return found instanceof WebAssembly.Global ? found : undefined;
  };
  const globals = [...USUAL_GLOBALS, ...optionalGlobals(banksOf((name) => global(name) !== undefined))];
  const registers = registersIn(globals, (name) => {
    const found = global(name);
    if (found === undefined) throw contractError(`an exported global ${name}`, "none");
    return found;
  });
  const threadPointer = global("tls");
  // An i32 global reads as a signed number; addresses are unsigned, and a program may lie in the upper half of memory.
  const firstFunction = (global("table_base")?.value ?? 0) >>> 0;
  return {
    memory,
    registers,
    kept: keptSlots(globals),
    setThreadPointer(value) {
      if (threadPointer !== undefined) threadPointer.value = value;
    },
    functionAt(address) {
      const slot = (address - firstFunction) / 4;
      const isInTable = Number.isInteger(slot) && slot >= 0 && slot < functions.length;
      return isInTable ? ((functions.get(slot) as (() => void) | null) ?? undefined) : undefined;
    },
    global,
  };
}

/** The slots of the register file as the globals keep them. */
function registersIn(
  globals: readonly RegisterGlobal[],
  globalNamed: (name: string) => WebAssembly.Global,
): RegisterFile {
  const files: (RegisterFile | undefined)[] = Array.from({ length: REGISTER_COUNT });
  const WORD = 32n;
  for (const { name, slot, highSlot } of globals) {
    const global = globalNamed(name);
    if (highSlot === undefined) {
      files[slot] = {
        get: () => global.value,
        set: (_, value) => {
          global.value = value;
        },
      };
      continue;
    }
    files[slot] = {
      get: () => Number(BigInt.asIntN(32, global.value)),
      set: (_, value) => {
        global.value = ((global.value >> WORD) << WORD) | BigInt(value >>> 0);
      },
    };
    files[highSlot] = {
      get: () => Number(global.value >> WORD),
      set: (_, value) => {
        global.value = (BigInt(value) << WORD) | BigInt.asUintN(32, global.value);
      },
    };
  }
  return {
    get: (register) => files[register]?.get(register) ?? 0,
    set: (register, value) => files[register]?.set(register, value),
  };
}

/** What the engine says (V8, and the texts of the core test suite) and which guest trap it is. */
const ENGINE_TRAPS: readonly (readonly [message: RegExp, kind: TrapKind])[] = [
  [/memory access out of bounds|out of bounds memory access/, "memory_fault"],
  [/table index is out of bounds|undefined element|null function|uninitialized element/, "unknown_target"],
  [/function signature mismatch|indirect call/, "unknown_target"],
];

/**
 * The guest trap that an error thrown by lifted code stands for; undefined for any other error. Where the engine stopped
 * the code, the address of the instruction is not known; that of a missing target is, for lifted code notes it.
 */
export function guestTrapOf(error: unknown, instance: LiftedInstance): GuestTrap | undefined {
  if (error instanceof GuestTrap) return error;
  if (error instanceof RangeError && /call stack/.test(error.message)) return new GuestTrap("stack_exhausted");
  if (!(error instanceof WebAssembly.RuntimeError)) return undefined;
  const kind = ENGINE_TRAPS.find(([message]) => message.test(error.message))?.[1];
  if (kind === undefined) return undefined;
  const target = kind === "unknown_target" ? instance.global("target")?.value : undefined;
  return new GuestTrap(kind, target === undefined ? undefined : target >>> 0);
}

/** A call of lifted code that was under way. */
export interface LiftedFrame {
  /** The module's number of the function. */
  readonly wasmFunction: number;
  /** As the module names it; undefined where it does not. */
  readonly name: string | undefined;
  /** Bytes of the module before the instruction. */
  readonly offset: number;
}

/** A frame of lifted code in a stack trace of V8: `at name (wasm://...:wasm-function[3]:0x1f)`. */
const WASM_FRAME = /^\s*at (?:(\S+) \()?wasm:\/\/\S*wasm-function\[(\d+)\]:0x([0-9a-f]+)/gm;

/** The calls under way when an error was thrown, the innermost first; as many as the engine's stack traces are long. */
export function framesOf(error: unknown): LiftedFrame[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [...stack.matchAll(WASM_FRAME)].map(([, name, index, offset]) => ({
    wasmFunction: Number(index),
    name,
    offset: Number.parseInt(offset!, 16),
  }));
}
