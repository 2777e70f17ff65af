/** A linked module as its host sees it: what it imports, what it exports, and how its failures read. */

import { RecompilerError } from "../errors.ts";
import { type FloatOutcome, NOTHING_NOTED, operate } from "../float/operations.ts";
import { GuestTrap, TRAP_CODES, type TrapKind } from "../machine.ts";
import {
  banksOf,
  FCSR,
  keptSlots,
  NOTED_GLOBALS,
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
  /** Of code that tells things: a number of `TOLD`, and the address. Other hosts refuse such code. */
  told?(what: number, address: number): void;
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
  /** Whether an interpreter runs its code, which says in `target` where it is. */
  readonly isInterpreted: boolean;
  /** A mutable global that is no register, by its export's name. */
  global(name: string): WebAssembly.Global | undefined;
}

/** What an interpreted module exports in the place of guest functions. */
export const INTERPRETER = "interpret";

const TRAP_KINDS: ReadonlyMap<number, TrapKind> = new Map(
  (Object.entries(TRAP_CODES) as [TrapKind, number][]).map(([kind, code]) => [code, kind]),
);

function raiseTrap(code: number, address: number): never {
  const kind = TRAP_KINDS.get(code);
  if (kind === undefined) throw contractError(`the trap codes 1 to ${TRAP_KINDS.size}`, `trap code ${code}`);
  throw new GuestTrap(kind, address >>> 0, kind === "return_elsewhere" ? RETURN_ELSEWHERE : undefined);
}

const RETURN_ELSEWHERE = "a function returned there that was called from elsewhere, as longjmp does";

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

/** FCSR of an instance, and the operation noted whose cause it has yet to take up. */
class ControlRegister {
  readonly #globalNamed: (name: string) => WebAssembly.Global | undefined;

  constructor(globalNamed: (name: string) => WebAssembly.Global | undefined) {
    this.#globalNamed = globalNamed;
  }

  get(): number {
    const [noted, a, b] = NOTED_GLOBALS.map(({ name }) => this.#globalNamed(name));
    if (noted !== undefined && noted.value !== NOTHING_NOTED) {
      const operation: number = noted.value;
      // What is noted raises no flag that is not set, and nothing that is enabled.
      this.set(this.#operate(operation, this.#control.value, [a?.value, b?.value, 0n]).control);
    }
    return this.#control.value;
  }

  set(value: number): void {
    const noted = this.#globalNamed(NOTED_GLOBALS[0].name);
    if (noted !== undefined) noted.value = NOTHING_NOTED;
    this.#control.value = value;
  }

  /** Of what was noted nothing is left when another operation has been done: that leaves its own cause. */
  readonly arithmetic: HostArithmetic = (operation, address, a, b, c) => {
    if (operation === NOTHING_NOTED) {
      this.get();
      return 0n;
    }
    const { result, control, isTrap } = this.#operate(operation, this.#control.value, [a, b, c]);
    this.set(control);
    if (isTrap) throw new GuestTrap("floating_point", address >>> 0);
    return result;
  };

  get #control(): WebAssembly.Global {
    const control = this.#globalNamed("fcsr");
    if (control === undefined) throw contractError("an exported global fcsr", "none");
    return control;
  }

  #operate(operation: number, control: number, [a, b, c]: readonly [bigint, bigint, bigint]): FloatOutcome {
    const operands = [BigInt.asUintN(64, a), BigInt.asUintN(64, b), BigInt.asUintN(64, c)] as const;
    const outcome = operate(operation, control, operands);
    if (outcome === undefined) throw contractError("an operation of the floating-point unit", `number ${operation}`);
    return outcome;
  }
}

/** Nothing is inherited: a module that asks for `constructor` is given nothing. */
function importsOf(host: LiftedHost, float: HostArithmetic): WebAssembly.Imports {
  const trap =
    host.told === undefined
      ? raiseTrap
      : (code: number, address: number) => (code < 0 ? host.told?.(code, address >>> 0) : raiseTrap(code, address));
  const env = Object.assign(Object.create(null), { syscall: () => host.systemCall(), trap, float });
  return Object.assign(Object.create(null), { env });
}

/** With what the engine refuses to make an instance; no code of the module has run by then. */
const REFUSALS = [WebAssembly.LinkError, WebAssembly.RuntimeError, TypeError, RangeError];

function makeInstance(module: WebAssembly.Module, host: LiftedHost, arithmetic: HostArithmetic): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(module, importsOf(host, arithmetic));
  } catch (cause) {
    if (!REFUSALS.some((kind) => cause instanceof kind)) throw cause;
    const found = cause instanceof Error ? cause.message : String(cause);
    const message = `recompiled module: expected one that can be made ready to run, found: ${found}; link it again`;
    throw new RecompilerError("module_contract", message, { cause });
  }
}

/** @throws RecompilerError `module_contract` when the module does not import and export what a linked module does */
export function instantiate(module: WebAssembly.Module, host: LiftedHost): LiftedInstance {
  const control = new ControlRegister((name) => global(name));
  const { exports } = makeInstance(module, host, control.arithmetic);
  const { memory, functions } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw contractError("an exported memory", "none");
  if (!(functions instanceof WebAssembly.Table)) throw contractError("an exported table functions", "none");
  const global = (name: string): WebAssembly.Global | undefined => {
    const found = exports[name];
    return found instanceof WebAssembly.Global ? found : undefined;
  };
  const globals = [...USUAL_GLOBALS, ...optionalGlobals(banksOf((name) => global(name) !== undefined))];
  const registers = registersIn(globals, control, (name) => {
    const found = global(name);
    if (found === undefined) throw contractError(`an exported global ${name}`, "none");
    return found;
  });
  const threadPointer = global("tls");
  const interpret = exports[INTERPRETER] as (() => void) | undefined;
  // An i32 global reads as a signed number; addresses are unsigned, and a program may lie in the upper half of memory.
  const firstFunction = (global("table_base")?.value ?? 0) >>> 0;
  return {
    memory,
    registers,
    kept: keptSlots(globals),
    setThreadPointer(value) {
      if (threadPointer !== undefined) threadPointer.value = value;
    },
    isInterpreted: interpret !== undefined,
    functionAt(address) {
      if (interpret !== undefined) {
        return () => {
          global("target")!.value = address;
          interpret();
        };
      }
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
  control: ControlRegister,
  globalNamed: (name: string) => WebAssembly.Global,
): RegisterFile {
  const files: (RegisterFile | undefined)[] = Array.from({ length: REGISTER_COUNT });
  const WORD = 32n;
  for (const { name, slot, highSlot } of globals) {
    const global = globalNamed(name);
    if (slot === FCSR) files[slot] = { get: () => control.get(), set: (_, value) => control.set(value) };
    else if (highSlot === undefined) {
      files[slot] = {
        get: () => global.value,
        set: (_, value) => {
          global.value = value;
        },
      };
    } else {
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
  const isNoted = kind === "unknown_target" || instance.isInterpreted;
  const target = isNoted ? instance.global("target")?.value : undefined;
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
