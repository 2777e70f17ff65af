/** Runs a program under the oracle and keeps states of its functions to test lifted code with. */

import { initialControl } from "../float/status.ts";
import { GuestTrap, hex, type TrapKind } from "../machine.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../program.ts";
import { FCSR } from "../register-file.ts";
import { type ExitReason, ExitSignal } from "../runtime/exit.ts";
import { loadImage } from "../runtime/memory.ts";
import { SIGNAL_RETURN } from "../runtime/signal-frame.ts";
import { type ActivationListener, type ActivationObserver, observeActivations } from "./activations.ts";
import type { Capture } from "./capture.ts";
import { type Code, codeOf } from "./code.ts";
import { type Machine, UNSEEN } from "./machine.ts";
import { type AccessKind, describeForbidden } from "./page-access.ts";
import { type Recorder, recordCalls } from "./recorder.ts";
import { run, type Stop } from "./run.ts";
import { type CallLimits, selectCalls } from "./select-calls.ts";
import { type Survey, surveyCalls } from "./survey.ts";
import type { SyscallJournal } from "./syscall-journal.ts";
import { type ProgramInput, startTracedProcess, type TracedProcess } from "./traced-process.ts";
import { WatchedMemory } from "./watched-memory.ts";
import { isMadeByProgram } from "./written-code.ts";

export interface TraceRun extends ProgramInput {
  /** The program is stopped after so many instructions; what was under way then is not captured. */
  readonly maxInstructions: number;
  /** 0 for none: then the program runs once, not twice. */
  readonly capturesPerFunction: number;
  /** Instructions of the longest call that is captured. Default 2 million. */
  readonly maxActivationInstructions?: number;
  /** Instructions of the longest call that is captured of a function that makes no shorter one. Default 20 million. */
  readonly maxLoneActivationInstructions?: number;
  /** Pages of 256 bytes that one captured call may touch and find changed since the start. Default 8192. */
  readonly maxPagesPerCapture?: number;
}

/** How the program ended. */
export type ProgramEnd =
  | { readonly kind: "exit"; readonly status: number; readonly reason: ExitReason }
  | { readonly kind: "trap"; readonly trap: TrapKind; readonly address: number; readonly message: string }
  | { readonly kind: "budget" }
  /** It came to an instruction that it had written itself: what it does from there, nobody here knows. */
  | { readonly kind: "written_code"; readonly address: number; readonly message: string }
  /** It did what Linux ends a program for with SIGSEGV, inside its memory: lifted code does not notice. */
  | {
      readonly kind: "forbidden_access";
      /** Of the instruction. */
      readonly address: number;
      readonly accessed: number;
      readonly access: AccessKind;
      readonly message: string;
    };

export interface Trace {
  readonly end: ProgramEnd;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly instructions: number;
  /** Addresses that `jr` and `jalr` went to, other than returns and jumps inside a function. Sorted. */
  readonly indirectTargets: readonly number[];
  /** Calls of each function, by its address, and who called it first: none, where nobody did. Sorted by address. */
  readonly calls: readonly { readonly function: number; readonly count: number; readonly caller?: number }[];
  /** How many calls were under way at once, at most. */
  readonly deepest: number;
  /** All system calls, in order. */
  readonly syscalls: SyscallJournal;
  /** System calls the program asked for that are not there. Sorted by number. */
  readonly unknownSyscalls: readonly { readonly number: number; readonly count: number }[];
  /** Sorted by function, then call. */
  readonly captures: readonly Capture[];
  /** Captures given up for `maxPagesPerCapture`. */
  readonly oversizedCaptures: number;
}

const DEFAULT_ACTIVATION_INSTRUCTIONS = 2_000_000;
const DEFAULT_LONE_ACTIVATION_INSTRUCTIONS = 20_000_000;
const DEFAULT_PAGES_PER_CAPTURE = 8192;

function programEnd(stop: Stop): ProgramEnd {
  switch (stop.kind) {
    case "exit":
      return { kind: "exit", status: stop.signal.status, reason: stop.signal.reason };
    case "trap":
      return { kind: "trap", trap: stop.trap.kind, address: stop.trap.address ?? 0, message: stop.trap.message };
    case "budget":
      return { kind: "budget" };
    case "written_code": {
      const { address } = stop;
      return {
        kind: "written_code",
        address,
        message: `the program runs code that it has written, at ${hex(address)}`,
      };
    }
    case "forbidden_access":
      return { ...stop, message: describeForbidden(stop.address, stop.accessed, stop.access) };
    default:
      throw new Error(`a whole program cannot stop with ${stop.kind}`);
  }
}

interface TracedRun {
  readonly process: TracedProcess;
  readonly machine: Machine;
  readonly observer: ActivationObserver;
  readonly stop: Stop;
}

/** A jump to where the file has no code, but the program has put some. */
function withWrittenCode(stop: Stop, image: ProgramImage, memory: WatchedMemory): Stop {
  if (stop.kind !== "trap" || stop.trap.kind !== "unknown_target") return stop;
  const { address } = stop.trap;
  return address !== undefined && isMadeByProgram(image, memory, address) ? { kind: "written_code", address } : stop;
}

/** A handler's return comes to where there is no code; from there the interrupted code goes on. */
function runWithHandlers(machine: Machine, process: TracedProcess): Stop {
  for (;;) {
    const stop = run(machine);
    if (stop.kind !== "trap" || stop.trap.kind !== "unknown_target" || stop.trap.address !== SIGNAL_RETURN) return stop;
    try {
      process.handlerReturned(machine);
    } catch (error) {
      if (error instanceof ExitSignal) return { kind: "exit", signal: error };
      if (error instanceof GuestTrap) return { kind: "trap", trap: error };
      throw error;
    }
  }
}

function runProgram(
  image: ProgramImage,
  layout: MemoryLayout,
  code: Code,
  input: TraceRun,
  listenTo: (process: TracedProcess) => ActivationListener,
): TracedRun {
  const process = startTracedProcess(image, layout, code, input);
  const listener = listenTo(process);
  const observer = observeActivations(code, listener);
  process.registers[FCSR] = initialControl(code.float.isNan2008);
  const machine: Machine = {
    registers: process.registers,
    memory: process.memory,
    observer,
    float: code.float,
    at: code.slotAt(image.entry),
    remaining: input.maxInstructions,
    threadPointer: 0,
  };
  const stop = withWrittenCode(runWithHandlers(machine, process), image, process.memory);
  if (stop.kind === "exit" || stop.kind === "trap") listener.processEnded(machine, observer.underWay, stop.kind);
  return { process, machine, observer, stop };
}

/** The second run: the program is deterministic, so the calls the survey chose come again. */
function capture(
  image: ProgramImage,
  layout: MemoryLayout,
  code: Code,
  input: TraceRun,
  survey: Survey,
): { readonly captures: readonly Capture[]; readonly oversized: number } {
  const limits: CallLimits = {
    capturesPerFunction: input.capturesPerFunction,
    maxActivationInstructions: input.maxActivationInstructions ?? DEFAULT_ACTIVATION_INSTRUCTIONS,
    maxLoneActivationInstructions: input.maxLoneActivationInstructions ?? DEFAULT_LONE_ACTIVATION_INSTRUCTIONS,
  };
  const chosen = survey.summaries.map((summaries) => new Set(selectCalls(summaries, limits)));
  const loaded = new WatchedMemory(loadImage(image, layout), layout.base, image.endianness);
  const recorders: Recorder[] = [];
  runProgram(image, layout, code, input, ({ memory, systemCall }) => {
    const recorder = recordCalls({
      memory,
      systemCall,
      addressOf: (position) => code.functions[position]!.address,
      isChosen: (position, call) => chosen[position]!.has(call),
      isAsLoaded: (page, bytes) => loaded.pageEquals(page, bytes),
      maxPages: input.maxPagesPerCapture ?? DEFAULT_PAGES_PER_CAPTURE,
    });
    recorders.push(recorder);
    return recorder;
  });
  const recorder = recorders[0]!;
  const captures = recorder.captures().sort((a, b) => a.address - b.address || a.call - b.call);
  return { captures, oversized: recorder.oversized };
}

/**
 * Runs the program twice: once to see which calls are worth keeping, once to keep them. Both runs, and every other run
 * of the same input on any machine, go the same way.
 *
 * @param functions all functions of the program; their entries are where calls begin
 */
export function traceProgram(
  image: ProgramImage,
  functions: readonly GuestFunction[],
  layout: MemoryLayout,
  input: TraceRun,
): Trace {
  const code = codeOf(image, functions, UNSEEN);
  const surveys: Survey[] = [];
  const { process, machine, observer, stop } = runProgram(image, layout, code, input, ({ systemCall }) => {
    const survey = surveyCalls(functions.length, (caller) => void systemCall(caller));
    surveys.push(survey);
    return survey;
  });
  const { captures, oversized } =
    input.capturesPerFunction === 0 ? { captures: [], oversized: 0 } : capture(image, layout, code, input, surveys[0]!);
  return {
    end: programEnd(stop),
    stdout: process.stdout(),
    stderr: process.stderr(),
    instructions: input.maxInstructions - machine.remaining,
    indirectTargets: [...observer.indirectTargets].sort((a, b) => a - b),
    calls: functions.map(({ address }, position) => {
      const caller = functions[observer.firstCallers[position]!]?.address;
      const count = observer.callCounts[position]!;
      return { function: address, count, ...(caller === undefined ? {} : { caller }) };
    }),
    deepest: observer.deepest,
    syscalls: process.journal(),
    unknownSyscalls: [...process.kernel.unknownCalls]
      .map(([number, count]) => ({ number, count }))
      .sort((a, b) => a.number - b.number),
    captures,
    oversizedCaptures: oversized,
  };
}
