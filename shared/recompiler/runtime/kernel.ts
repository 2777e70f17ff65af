/** The Linux kernel as a small program meets it: takes a system call from the registers, answers in the registers. */

import { A0, A3, GuestTrap, SP, V0, V1 } from "../machine.ts";
import type { MemoryLayout } from "../program.ts";
import { AddressSpace } from "./address-space.ts";
import { Descriptors } from "./descriptors.ts";
import { withDevices } from "./devices.ts";
import { ERRNO, type ErrnoName, SyscallError } from "./errno.ts";
import { ExitSignal } from "./exit.ts";
import type { GuestMemory } from "./memory.ts";
import type { World } from "./ports.ts";
import type { RegisterFile } from "./registers.ts";
import { enterHandler, leaveHandler, SIGNAL_RETURN, type SignalFrame } from "./signal-frame.ts";
import { bitOf, SIG_DFL, SignalState } from "./signal-state.ts";
import type { ProcessState, SystemCall } from "./syscalls/call.ts";
import { SYSCALLS } from "./syscalls/table.ts";

export type { RegisterFile } from "./registers.ts";

export interface KernelOptions {
  readonly memory: GuestMemory;
  readonly layout: MemoryLayout;
  readonly world: World;
  readonly programName?: string;
}

export interface Kernel {
  /**
   * Carries out the call that `v0` names with the arguments in `a0`..`a3` and on the stack, and leaves the result in
   * `v0` and the error flag in `a3`. No other register changes, unless a signal has come that the program handles.
   *
   * @returns the handler that is to be called, with the registers as they are then; undefined for none
   * @throws ExitSignal when the call, or a signal, ends the process
   */
  systemCall(registers: RegisterFile): number | undefined;
  /**
   * What follows when control has come to {@link SIGNAL_RETURN}: the registers are as they were before the handler.
   *
   * @returns the next handler, as `systemCall` does
   * @throws GuestTrap where control came there in another way than by a handler's return, or is to go on elsewhere
   */
  handlerReturned(registers: RegisterFile): number | undefined;
  /** What `rdhwr $29` reads. */
  readonly threadPointer: number;
  /** How often the program asked for a system call that is not there, by number. */
  readonly unknownCalls: ReadonlyMap<number, number>;
  /** Where the program has first said that it has written code; undefined where it has not. */
  readonly writtenCode: number | undefined;
}

/** Different calls that are counted: a program may ask for any number. */
const MOST_UNKNOWN = 256;

/** Arguments behind the fourth lie on the stack, above the room for the first four (o32 calling convention). */
const REGISTER_ARGUMENTS = 4;

function readArgument(registers: RegisterFile, memory: GuestMemory, index: number): number {
  if (index < REGISTER_ARGUMENTS) return registers.get(A0 + index);
  return memory.loadWord(registers.get(SP) + index * 4);
}

function systemCallOf(process: ProcessState, registers: RegisterFile): SystemCall {
  const { memory } = process;
  const argument = (index: number): number => readArgument(registers, memory, index);
  return {
    process,
    memory,
    argument,
    address: (index) => argument(index) >>> 0,
    pair(index) {
      const isBig = memory.endianness === "big";
      const high = argument(isBig ? index : index + 1);
      const low = argument(isBig ? index + 1 : index) >>> 0;
      return (BigInt(high) << 32n) | BigInt(low);
    },
    stackPointer: registers.get(SP) >>> 0,
    setSecondResult: (value) => registers.set(V1, value),
  };
}

function errnoOf(error: unknown): ErrnoName {
  if (error instanceof SyscallError) return error.errno;
  if (error instanceof GuestTrap) return "EFAULT";
  throw error;
}

/** As a thread is called at first: the end of the program's path, 15 bytes of it. */
function nameOf(programName: string): Uint8Array {
  const name = new Uint8Array(16);
  name.set(new TextEncoder().encode(programName.slice(programName.lastIndexOf("/") + 1)).subarray(0, 15));
  return name;
}

/** Calls that are made again when a handler has run that says so (SA_RESTART); all others answer EINTR (signal(7)). */
const RESTARTED: ReadonlySet<string> = new Set(["read", "readv", "write", "writev", "futex", "futex_time64"]);

const SA_RESTART = 0x1000_0000;
const SA_NODEFER = 0x4000_0000;
const SA_RESETHAND = 0x8000_0000;

/** A call that a signal came into: its number, and what `a3` was. */
interface Interrupted {
  readonly number: number;
  readonly argument: number;
}

export function createKernel(options: KernelOptions): Kernel {
  const { memory, layout } = options;
  const { files, randomness } = options.world;
  const world: World = { ...options.world, files: withDevices(files, randomness) };
  const process: ProcessState = {
    memory,
    layout,
    world,
    descriptors: new Descriptors(world.files),
    addressSpace: new AddressSpace(memory, layout),
    programName: options.programName ?? "program",
    threadPointer: 0,
    writtenCode: undefined,
    fileModeMask: 0o022,
    signals: new SignalState(),
    folder: world.files.startFolder,
    threadName: nameOf(options.programName ?? "program"),
    pipes: 0,
  };
  const unknownCalls = new Map<number, number>();

  const perform = (number: number, registers: RegisterFile): number => {
    const row = SYSCALLS.get(number);
    if (row === undefined) {
      const count = unknownCalls.get(number);
      if (count !== undefined || unknownCalls.size < MOST_UNKNOWN) unknownCalls.set(number, (count ?? 0) + 1);
      throw new SyscallError("ENOSYS");
    }
    return row.implementation(systemCallOf(process, registers));
  };

  const frames: SignalFrame[] = [];
  const { signals } = process;

  /** Calls the handler of the next signal, if there is one, or ends the program. */
  const deliver = (registers: RegisterFile, interrupted?: Interrupted): number | undefined => {
    signals.checkTimer(world.clock);
    const blocked = signals.blockedAfter ?? signals.blocked;
    for (let sent = signals.next(); sent !== undefined; sent = signals.next()) {
      if (signals.isIgnored(sent.signal)) continue;
      const action = signals.action(sent.signal);
      if (action.handler === SIG_DFL) throw ExitSignal.ofSignal(sent.signal);
      const restarts = interrupted !== undefined && (action.flags & SA_RESTART) !== 0;
      if (restarts) {
        registers.set(V0, interrupted.number);
        registers.set(A3, interrupted.argument);
      }
      frames.push(enterHandler(memory, registers, signals, sent, action, { blocked, restarts }));
      const own = (action.flags & SA_NODEFER) === 0 ? bitOf(sent.signal) : 0n;
      signals.blocked = signals.blocked | action.mask | own;
      signals.blockedAfter = undefined;
      if ((action.flags & SA_RESETHAND) !== 0) signals.setAction(sent.signal, { ...action, handler: SIG_DFL });
      return action.handler;
    }
    if (signals.blockedAfter !== undefined) signals.blocked = signals.blockedAfter;
    signals.blockedAfter = undefined;
    return undefined;
  };

  const systemCall = (registers: RegisterFile): number | undefined => {
    const [number, argument] = [registers.get(V0), registers.get(A3)];
    let interrupted: Interrupted | undefined;
    try {
      registers.set(V0, perform(number, registers) | 0);
      registers.set(A3, 0);
    } catch (error) {
      const errno = errnoOf(error);
      registers.set(V0, ERRNO[errno]);
      registers.set(A3, 1);
      if (errno === "EINTR" && RESTARTED.has(SYSCALLS.get(number)?.name ?? "")) interrupted = { number, argument };
    }
    return deliver(registers, interrupted);
  };

  return {
    systemCall,
    handlerReturned(registers) {
      const frame = frames.pop();
      if (frame === undefined || frame.address !== (registers.get(SP) | 0)) {
        throw new GuestTrap("unknown_target", SIGNAL_RETURN, "a signal handler has not returned but jumped");
      }
      const blocked = leaveHandler(memory, registers, frame);
      if (blocked === undefined) {
        throw new GuestTrap("unknown_target", SIGNAL_RETURN, "a signal handler has set where the program goes on");
      }
      signals.blocked = blocked;
      return frame.restarts ? systemCall(registers) : deliver(registers);
    },
    get threadPointer() {
      return process.threadPointer;
    },
    unknownCalls,
    get writtenCode() {
      return process.writtenCode;
    },
  };
}
