/** A traced run once more, from the program's entry to its end, on the linked module: what it did must come again. */

import { createHash } from "node:crypto";
import type { Endianness } from "../machine.ts";
import { type SyscallJournal, writeSyscalls } from "../oracle/syscall-journal.ts";
import type { ProgramEnd } from "../oracle/trace.ts";
import { type ProgramInput, tracedWorld } from "../oracle/traced-process.ts";
import type { MemoryLayout } from "../program.ts";
import { ExitSignal } from "../runtime/exit.ts";
import { runHandlers } from "../runtime/handlers.ts";
import { createKernel } from "../runtime/kernel.ts";
import { guestTrapOf, instantiate } from "../runtime/lifted-module.ts";
import { GuestMemory } from "../runtime/memory.ts";
import { startProcess } from "../runtime/process.ts";
import { fuelFor, isBeyondFuel, type MeteredModule } from "./candidate.ts";
import { describeEnd, isSameTrap } from "./differences.ts";
import type { Difference } from "./function-test.ts";
import { FUEL_EXPORT } from "./meter.ts";

/** What a stream took, by hash. */
export interface OutputDigest {
  readonly bytes: number;
  /** SHA-256, lowercase hexadecimal. */
  readonly sha256: string;
}

export function digestOf(output: Uint8Array): OutputDigest {
  return { bytes: output.length, sha256: createHash("sha256").update(output).digest("hex") };
}

/** What the oracle's run of a program left to compare with. */
export interface RecordedRun {
  readonly input: ProgramInput;
  readonly end: ProgramEnd;
  readonly instructions: number;
  /** How many calls were under way at once, at most. */
  readonly deepest: number;
  readonly syscalls: SyscallJournal;
  readonly stdout: OutputDigest;
  readonly stderr: OutputDigest;
}

export interface ReplayTarget {
  readonly module: MeteredModule;
  readonly layout: MemoryLayout;
  readonly endianness: Endianness;
  readonly entry: number;
}

/**
 * - `unlifted`: control came to a function that is not there, at `address` where that is known
 * - `deep_calls`: calls nest deeper than every host's stack is sure to bear
 * - `too_long`: longer than fuel can be given for
 * - `forbidden_access`: the oracle ended the program for an access that lifted code does not check; up to there they agree
 */
export type RunComparison =
  | { readonly kind: "agrees" }
  | { readonly kind: "differs"; readonly difference: Difference }
  | { readonly kind: "unlifted"; readonly address: number | undefined }
  | { readonly kind: "not_compared"; readonly reason: "deep_calls" | "too_long" | "forbidden_access" };

/** Every host bears this many frames of lifted code: whether more are borne differs from host to host, and a verdict must not. */
const MOST_NESTED_CALLS = 1000;

/** The oracle was stopped here, and the lifted code has come as far. */
const AS_FAR = Symbol("as far as the oracle");

/** What the linked module's run came to. */
type ReplayEnd = ProgramEnd | { readonly kind: "endless" } | { readonly kind: "broken"; readonly message: string };

interface Replayed {
  readonly end: ReplayEnd;
  readonly syscalls: SyscallJournal;
  readonly stdout: OutputDigest;
  readonly stderr: OutputDigest;
}

function replay({ module, layout, endianness, entry }: ReplayTarget, recorded: RecordedRun): Replayed {
  const { input } = recorded;
  let answer = (): void => {};
  const instance = instantiate(module, { systemCall: () => answer() });
  const memory = new GuestMemory(instance.memory, layout.base, endianness);
  const world = tracedWorld(input);
  const kernel = createKernel({ memory, layout, world, programName: input.args[0] ?? "" });
  const journalist = writeSyscalls();
  // A run that the oracle stopped is followed as far as it went.
  let left = isStopped(recorded.end) ? recorded.syscalls.count : Number.POSITIVE_INFINITY;
  answer = () => {
    if (left-- <= 0) throw AS_FAR;
    memory.refresh();
    const handler = journalist.note(instance.registers, () => kernel.systemCall(instance.registers));
    instance.setThreadPointer(kernel.threadPointer);
    runHandlers(handler, instance, memory, kernel);
  };
  const random = new Uint8Array(16);
  world.randomness.fill(random);
  const registers = startProcess(memory, { layout, entry, args: input.args, env: input.env ?? [], random });
  for (const [register, value] of registers.entries()) if (value !== 0) instance.registers.set(register, value);
  const fuel = instance.global(FUEL_EXPORT)!;
  fuel.value = fuelFor(recorded.instructions);

  const endOf = (error: unknown): ReplayEnd => {
    if (error === AS_FAR) return { kind: "budget" };
    if (error instanceof ExitSignal) return { kind: "exit", status: error.status, reason: error.reason };
    if (error instanceof WebAssembly.RuntimeError && fuel.value === 0) return { kind: "endless" };
    const trap = guestTrapOf(error, instance);
    if (trap !== undefined) return { kind: "trap", trap: trap.kind, address: trap.address ?? 0, message: trap.message };
    if (error instanceof WebAssembly.RuntimeError) return { kind: "broken", message: error.message };
    throw error;
  };
  const enter = instance.functionAt(entry);
  let end: ReplayEnd =
    enter === undefined
      ? { kind: "trap", trap: "unlifted", address: entry, message: "the first function was not lifted" }
      : { kind: "trap", trap: "unknown_target", address: 0, message: "the first function returned" };
  try {
    enter?.();
  } catch (error) {
    end = endOf(error);
  }
  const { files } = world;
  return { end, syscalls: journalist.journal(), stdout: digestOf(files.stdout()), stderr: digestOf(files.stderr()) };
}

/** For want of instructions, or for what lifted code does not notice: how it goes on there is not compared. */
const isStopped = ({ kind }: ProgramEnd): boolean => kind === "budget" || kind === "forbidden_access";

function isSameEnd(expected: ProgramEnd, found: ReplayEnd): boolean {
  // Code that goes on computing where the oracle was stopped has not gone elsewhere.
  if (expected.kind === "budget") return found.kind === "budget" || found.kind === "endless";
  if (expected.kind === "trap" && found.kind === "trap") {
    return isSameTrap({ kind: expected.trap, address: expected.address }, found.trap);
  }
  if (expected.kind === "exit" && found.kind === "exit") {
    return expected.status === found.status && expected.reason === found.reason;
  }
  return false;
}

function endDifference(expected: ProgramEnd, found: ReplayEnd): Difference | undefined {
  if (expected.kind === "forbidden_access" || isSameEnd(expected, found)) return undefined;
  return { what: "end of the program", expected: describeEnd(expected), found: describeEnd(found) };
}

function syscallDifference(expected: SyscallJournal, found: SyscallJournal): Difference | undefined {
  const index = expected.first.findIndex((call, position) => call !== (found.first[position] ?? call));
  if (index >= 0) {
    return { what: `system call ${index}`, expected: expected.first[index]!, found: found.first[index]! };
  }
  return undefined;
}

function restOfSyscalls(expected: SyscallJournal, found: SyscallJournal): Difference | undefined {
  if (expected.count === found.count && expected.sha256 === found.sha256) return undefined;
  const text = ({ count, sha256 }: SyscallJournal): string => `${count} of SHA-256 ${sha256}`;
  return { what: "system calls", expected: text(expected), found: text(found) };
}

function outputDifference(what: string, expected: OutputDigest, found: OutputDigest): Difference | undefined {
  if (expected.bytes === found.bytes && expected.sha256 === found.sha256) return undefined;
  const text = ({ bytes, sha256 }: OutputDigest): string => `${bytes} bytes of SHA-256 ${sha256}`;
  return { what, expected: text(expected), found: text(found) };
}

/**
 * Runs the program on the linked module as the oracle ran it, in the same world. Its end, what it wrote, and its system
 * calls with their arguments and results must be the same.
 */
export function replayRun(target: ReplayTarget, recorded: RecordedRun): RunComparison {
  const { end, instructions, deepest } = recorded;
  if (end.kind === "written_code") {
    const found = "what its file has there";
    return { kind: "differs", difference: { what: "code", expected: end.message, found } };
  }
  if (deepest > MOST_NESTED_CALLS) return { kind: "not_compared", reason: "deep_calls" };
  if (isBeyondFuel(instructions)) return { kind: "not_compared", reason: "too_long" };
  const found = replay(target, recorded);
  if (found.end.kind === "trap" && found.end.trap === "unlifted") {
    return { kind: "unlifted", address: found.end.address === 0 ? undefined : found.end.address };
  }
  const difference =
    syscallDifference(recorded.syscalls, found.syscalls) ??
    endDifference(end, found.end) ??
    restOfSyscalls(recorded.syscalls, found.syscalls) ??
    outputDifference("standard output", recorded.stdout, found.stdout) ??
    outputDifference("standard error", recorded.stderr, found.stderr);
  if (difference !== undefined) return { kind: "differs", difference };
  return end.kind === "forbidden_access" ? { kind: "not_compared", reason: end.kind } : { kind: "agrees" };
}
