/** Runs a recompiled program to its end, in this thread. */

import { RecompilerError } from "../errors.ts";
import { type Endianness, hex, RA, type TrapKind } from "../machine.ts";
import type { MemoryLayout } from "../program.ts";
import { emptyRegisters } from "../register-file.ts";
import { bodyExtents } from "../wasm/bodies.ts";
import { type ExitReason, ExitSignal } from "./exit.ts";
import { runHandlers } from "./handlers.ts";
import { type HostedModule, type HostFile, withHostFunctions } from "./host-functions.ts";
import type { Interpreter } from "./interpreted-module.ts";
import { createKernel } from "./kernel.ts";
import { compileModule, framesOf, guestTrapOf, instantiate, type LiftedInstance } from "./lifted-module.ts";
import { GuestMemory } from "./memory.ts";
import { withMemoryLimit } from "./memory-limit.ts";
import { expectLinkedModule } from "./module-contract.ts";
import type { World } from "./ports.ts";
import { startProcess } from "./process.ts";
import { signalOf, type WordAt } from "./signals.ts";

/** The program, and how it is started. */
export interface ProgramStart {
  readonly layout: MemoryLayout;
  readonly endianness: Endianness;
  /** Guest address of the function to begin with. */
  readonly entry: number;
  /** The arguments, the program's own name first. */
  readonly args: readonly string[];
  /** `NAME=value` strings. */
  readonly env: readonly string[];
  /** Bytes that its memory may grow to, image and stack included. Default: what it was linked for. */
  readonly mostMemoryBytes?: number;
}

/** What the program asked for that it did not get. */
interface Asked {
  readonly unknownSyscalls: readonly UnknownSyscall[];
  /** Where it first said that it has written code, if it did and what runs is the code of its file. */
  readonly writtenCode?: number;
}

/** How the program ended. Plain values, so that it can be sent from one thread to another. */
export type RunOutcome = Asked &
  (
    | { readonly kind: "exit"; readonly status: number; readonly reason: ExitReason }
    | {
        readonly kind: "trap";
        readonly trap: TrapKind;
        /** Guest address of the instruction, where known. */
        readonly address: number | undefined;
        /** What ends a program on Linux that does so; undefined where its code is there and cannot run here. */
        readonly signal: number | undefined;
        readonly message: string;
        readonly scene: TrapScene;
      }
  );

/** Where a program trapped. */
export interface TrapScene {
  /** Calls under way, the innermost first; of a tail call nothing is left. Not more than the engine tells of. */
  readonly frames: readonly TrapFrame[];
  /** The register file as the globals have it: of what the innermost function has changed since its last call, older values. */
  readonly registers: Int32Array;
}

export interface TrapFrame {
  /** Position in the program's function table. */
  readonly index: number;
  /** As the module names it. */
  readonly name: string | undefined;
  /** Bytes of the function's body before the instruction. */
  readonly at: number;
}

/** System calls the program asked for that are not there; they answered ENOSYS. */
export interface UnknownSyscall {
  readonly number: number;
  readonly count: number;
}

/**
 * @param file functions and hooks that the host gives
 * @param interpreter runs the code that is in the program's memory, and none of what was lifted
 * @throws RecompilerError `module_malformed`, `module_contract`, `memory_limit`, `entry_missing`, `arguments_too_long`, `host_file`;
 *   whatever else is no guest's doing
 */
export function runModule(
  moduleBytes: Uint8Array,
  start: ProgramStart,
  world: World,
  file?: HostFile,
  interpreter?: Interpreter,
): RunOutcome {
  expectLinkedModule(moduleBytes, start.layout);
  let answer = (): void => {};
  const { mostMemoryBytes } = start;
  const interpreted = interpreter?.interpretedModule(moduleBytes, start.layout, start.endianness);
  const { module, layout } = interpreted ?? { module: moduleBytes, layout: start.layout };
  const limited = mostMemoryBytes === undefined ? module : withMemoryLimit(module, mostMemoryBytes);
  const hosted = file === undefined ? undefined : withHostFunctions(limited, file);
  const bytes = hosted?.module ?? limited;
  const compiled = compileModule(bytes);
  let told = (_what: number, _address: number): void => {};
  const instance = instantiate(compiled, {
    systemCall: () => answer(),
    ...(hosted && { told: (what: number, address: number) => told(what, address) }),
  });
  const enter = instance.functionAt(start.entry);
  if (enter === undefined) {
    throw new RecompilerError(
      "entry_missing",
      `recompiled module: expected a function at the entry ${hex(start.entry)}, found none; link it again`,
    );
  }
  const memory = new GuestMemory(instance.memory, layout.base, start.endianness);
  if (hosted !== undefined) told = hosted.answer(instance, memory);
  const kernel = createKernel({ memory, layout, world, programName: start.args[0] ?? "" });
  answer = () => {
    memory.refresh();
    const handler = kernel.systemCall(instance.registers);
    instance.setThreadPointer(kernel.threadPointer);
    runHandlers(handler, instance, memory, kernel);
  };
  const random = new Uint8Array(16);
  world.randomness.fill(random);
  const registers = startProcess(memory, { ...start, layout, random });
  for (const [register, value] of registers.entries()) if (value !== 0) instance.registers.set(register, value);

  const sceneOf = (error: unknown): TrapScene => {
    if (interpreter === undefined || interpreted === undefined) {
      return {
        frames: trapFrames(error, { bytes, imported: importsOf(compiled), hosted }),
        registers: registersOf(instance),
      };
    }
    memory.refresh();
    interpreter.takeUpRegisters(interpreted, memory, instance.registers);
    return { frames: [], registers: registersOf(instance) };
  };
  const ending = runToEnd(enter, instance, memory, sceneOf) ?? returned(instance, memory);
  const unknownSyscalls = [...kernel.unknownCalls]
    .map(([number, count]) => ({ number, count }))
    .sort((a, b) => a.number - b.number);
  const { writtenCode } = kernel;
  const isPassedOver = writtenCode !== undefined && interpreted === undefined;
  return { ...ending, unknownSyscalls, ...(isPassedOver && { writtenCode }) };
}

type Ending = DistributiveOmit<RunOutcome, keyof Asked>;
type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

/** The first function has nobody to return to: its return address is no code. */
function returned(instance: LiftedInstance, memory: GuestMemory): Ending {
  const address = instance.registers.get(RA) >>> 0;
  const signal = signalOf({ kind: "unknown_target", address }, readerOf(memory));
  const message = "the program's first function returned";
  return {
    kind: "trap",
    trap: "unknown_target",
    address,
    signal,
    message,
    scene: { frames: [], registers: registersOf(instance) },
  };
}

/** Reads words of the program, as long as they lie in its memory. */
function readerOf(memory: GuestMemory): WordAt {
  memory.refresh();
  return (address) => {
    const isInside = address >= memory.base && address + 4 <= memory.base + memory.size;
    return isInside && (address & 3) === 0 ? memory.loadWord(address) : undefined;
  };
}

/** Undefined when the function returns, as none does that a program begins with. */
function runToEnd(
  enter: () => void,
  instance: LiftedInstance,
  memory: GuestMemory,
  sceneOf: (error: unknown) => TrapScene,
): Ending | undefined {
  try {
    enter();
    return undefined;
  } catch (error) {
    if (error instanceof ExitSignal) return { kind: "exit", status: error.status, reason: error.reason };
    const trap = guestTrapOf(error, instance);
    if (trap === undefined) throw error;
    const { kind, address, message } = trap;
    const signal = signalOf(trap, readerOf(memory));
    return { kind: "trap", trap: kind, address, signal, message, scene: sceneOf(error) };
  }
}

/** What is looked at only when the program has trapped. */
interface CompiledModule {
  /** As it was compiled. */
  readonly bytes: Uint8Array;
  /** Functions that the host gives. */
  readonly imported: number;
  readonly hosted: HostedModule | undefined;
}

function importsOf(module: WebAssembly.Module): number {
  return WebAssembly.Module.imports(module).filter(({ kind }) => kind === "function").length;
}

function trapFrames(error: unknown, module: CompiledModule): TrapFrame[] {
  const bodies = bodyExtents(module.bytes);
  return framesOf(error).flatMap(({ wasmFunction, name, offset }) => {
    // Behind the functions that the host gives.
    const index = wasmFunction - module.imported;
    const body = bodies[index];
    if (body === undefined || module.hosted?.isHook(index)) return [];
    const original = module.hosted?.originals.get(index);
    // Of what the host stands for there is no instruction to tell.
    const at = module.hosted?.isReplaced(index) ? 0 : offset - body.start;
    return [{ index: original ?? index, name, at }];
  });
}

function registersOf({ registers }: LiftedInstance): Int32Array {
  const file = emptyRegisters();
  for (const register of file.keys()) file[register] = registers.get(register);
  return file;
}
