/** Finds the first thing in which reference and lifted code differ, and says it. */

import { hex, type TrapKind } from "../machine.ts";
import type { Stop } from "../oracle/run.ts";
import type { ProgramEnd } from "../oracle/trace.ts";
import { PAGE_BYTES } from "../oracle/watched-memory.ts";
import { REGISTER_NAMES } from "../register-file.ts";
import type { GuestMemory } from "../runtime/memory.ts";
import { SYSCALLS } from "../runtime/syscalls/table.ts";
import type { CandidateEnd } from "./candidate-run.ts";
import type { Difference } from "./function-test.ts";
import type { AskedSyscall } from "./syscall-player.ts";

/** Bits of a register that count, by its slot; of most, all of them. */
export type RegisterMasks = ReadonlyMap<number, number>;

export function registerDifference(
  expected: Int32Array,
  found: Int32Array,
  masks: RegisterMasks,
): Difference | undefined {
  // A slot that the module does not keep is as it was given on both sides.
  for (const [register, name] of REGISTER_NAMES.entries()) {
    const mask = masks.get(register) ?? -1;
    const [wanted, got] = [expected[register]! & mask, found[register]! & mask];
    if (wanted !== got) return { what: `register ${name}`, expected: hex(wanted), found: hex(got) };
  }
  return undefined;
}

export function wordDifference(expected: GuestMemory, found: GuestMemory, index: number): Difference {
  const address = (expected.base + index * 4) >>> 0;
  return { what: `memory ${hex(address)}`, expected: hex(expected.words[index]!), found: hex(found.words[index]!) };
}

/** Compares pages; the difference named is at the lowest address. */
export function pageDifference(
  pages: Iterable<number>,
  expected: GuestMemory,
  found: GuestMemory,
): Difference | undefined {
  const wordsPerPage = PAGE_BYTES / 4;
  for (const page of [...pages].sort((a, b) => a - b)) {
    const end = (page + 1) * wordsPerPage;
    for (let index = page * wordsPerPage; index < end; index++) {
      if (expected.words[index] !== found.words[index]) return wordDifference(expected, found, index);
    }
  }
  return undefined;
}

function areEqual(a: GuestMemory, b: GuestMemory, start: number, end: number): boolean {
  return Buffer.compare(a.bytes.subarray(start, end), b.bytes.subarray(start, end)) === 0;
}

/** Compares whole memories, which takes one pass when they are equal; else halves the range until a word is left. */
export function memoryDifference(expected: GuestMemory, found: GuestMemory): Difference | undefined {
  let start = 0;
  let end = Math.min(expected.size, found.size);
  if (areEqual(expected, found, start, end)) return undefined;
  while (end - start > 4) {
    const middle = start + (((end - start) >>> 3) << 2);
    if (areEqual(expected, found, start, middle)) start = middle;
    else end = middle;
  }
  return wordDifference(expected, found, start / 4);
}

function nameOf(number: number): string {
  return SYSCALLS.get(number)?.name ?? `system call number ${number}`;
}

function textOf({ number, args }: AskedSyscall): string {
  return `${nameOf(number)}(${args.map(hex).join(", ")})`;
}

/** Compares the `index`th system call; `expected` is undefined where the reference made no more. */
export function syscallDifference(
  index: number,
  expected: AskedSyscall | undefined,
  found: AskedSyscall,
): Difference | undefined {
  const what = `system call ${index}`;
  if (expected === undefined) return { what, expected: "no system call", found: textOf(found) };
  const [wanted, asked] = [textOf(expected), textOf(found)];
  if (wanted !== asked) return { what, expected: wanted, found: asked };
  for (const [position, { address, bytes }] of expected.contents.entries()) {
    const others = found.contents[position]!.bytes;
    const at = bytes.findIndex((byte, offset) => byte !== others[offset]);
    if (at < 0) continue;
    const byteText = (byte: number | undefined): string => `0x${(byte ?? 0).toString(16).padStart(2, "0")}`;
    return { what: `${what}, memory ${hex(address + at)}`, expected: byteText(bytes[at]), found: byteText(others[at]) };
  }
  return undefined;
}

/** System calls are compared one by one as the lifted code makes them; this finds the first that it did not make. */
export function missingSyscall(expected: readonly AskedSyscall[], made: number): Difference | undefined {
  const missing = expected[made];
  if (missing === undefined) return undefined;
  return { what: `system call ${made}`, expected: textOf(missing), found: "no system call" };
}

export function stopText(stop: Stop): string {
  switch (stop.kind) {
    case "trap":
      return `${stop.trap.kind}${stop.trap.address === undefined ? "" : ` at ${hex(stop.trap.address)}`}`;
    case "left":
      return `a jump to ${hex(stop.target)}, past its caller`;
    case "returned":
      return "a return to its caller";
    default:
      return `${stop.kind}`;
  }
}

export function endText(end: CandidateEnd): string {
  switch (end.kind) {
    case "trap":
      return `${end.trap}${end.address === undefined ? "" : ` at ${hex(end.address)}`}`;
    case "returned":
      return "a return to its caller";
    case "endless":
      return "no end: it ran many times as long";
    case "broken":
      return `an engine error: ${end.message}`;
    default:
      return `${end.kind}`;
  }
}

export function controlDifference(expected: Stop, found: CandidateEnd): Difference {
  if (found.kind === "other_syscall") return found.difference;
  return { what: "control", expected: stopText(expected), found: endText(found) };
}

/** The same trap, so far as a verdict asks. */
export function isSameTrap(
  expected: { readonly kind: TrapKind; readonly address: number | undefined },
  found: TrapKind,
): boolean {
  // A misaligned target starts no function either.
  const isJump = expected.kind === "unknown_target" && ((expected.address ?? 0) & 3) !== 0;
  return expected.kind === found || (isJump && found === "address_error");
}

/** How a whole program ended, in one line. */
export function describeEnd(
  end: ProgramEnd | { readonly kind: "endless" } | { readonly kind: "broken"; readonly message: string },
): string {
  switch (end.kind) {
    case "exit":
      return `exit ${end.status}${end.reason === "exit" ? "" : ` (${end.reason})`}`;
    case "trap":
    case "written_code":
    case "forbidden_access":
      return end.message;
    case "budget":
      return "instruction budget used up";
    case "endless":
      return "no end: it ran many times as long";
    default:
      return `an engine error: ${end.message}`;
  }
}
