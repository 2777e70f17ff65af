/** Answers the system calls of one input, to the reference and to the lifted code alike. */

import { RecompilerError } from "../errors.ts";
import { A0, A3, V0 } from "../machine.ts";
import { ExitSignal } from "../runtime/exit.ts";
import type { RegisterFile } from "../runtime/kernel.ts";
import type { GuestMemory } from "../runtime/memory.ts";
import { SYSCALLS } from "../runtime/syscalls/table.ts";
import { randomFrom } from "./random.ts";
import type { SyscallAnswers } from "./vector.ts";

/** What the reference asked of the kernel: the lifted code must ask the same. */
export interface AskedSyscall {
  readonly number: number;
  readonly args: readonly number[];
  /** What the kernel read of memory, where that is known. */
  readonly contents: readonly { readonly address: number; readonly bytes: Uint8Array }[];
}

/** What a call does to the machine that made it, beside its registers. */
export interface SyscallEffect {
  readonly threadPointer: number | undefined;
}

const EXIT_CALLS: ReadonlySet<string> = new Set(["exit", "exit_group"]);
const REGISTER_ARGUMENTS = 4;
/** Error numbers that made-up answers fail with: EINTR, EBADF, ENOMEM, EINVAL, ENOSYS. */
const INVENTED_ERRORS = [4, 9, 12, 22, 89] as const;

export function argumentsOf(registers: RegisterFile): number[] {
  const count = SYSCALLS.get(registers.get(V0))?.argumentCount ?? REGISTER_ARGUMENTS;
  return Array.from({ length: Math.min(count, REGISTER_ARGUMENTS) }, (_, index) => registers.get(A0 + index));
}

/** The call the machine stands at, as its `index`th. */
export function askedSyscall(
  answers: SyscallAnswers,
  index: number,
  registers: RegisterFile,
  memory: GuestMemory,
): AskedSyscall {
  const reads = answers.kind === "recorded" ? (answers.records[index]?.reads ?? []) : [];
  return {
    number: registers.get(V0),
    args: argumentsOf(registers),
    contents: reads.map(({ address, length }) => ({ address, bytes: memory.readBytes(address, length) })),
  };
}

/**
 * Answers the `index`th call.
 *
 * @throws ExitSignal where the call ends the process
 * @throws RecompilerError `captures_foreign` when the recording has no such call
 */
export function answerSyscall(
  answers: SyscallAnswers,
  index: number,
  registers: RegisterFile,
  memory: GuestMemory,
): SyscallEffect {
  if (answers.kind === "invented") return invent(answers.seed, index, registers);
  const record = answers.records[index];
  if (record === undefined || record.number !== registers.get(V0)) {
    throw new RecompilerError(
      "captures_foreign",
      `captures: expected system call ${record?.number ?? "none"} as number ${index}, found ${registers.get(V0)}; ` +
        "the captures are of another program: trace this one",
    );
  }
  if (record.endsProcess) throw new ExitSignal(registers.get(A0));
  memory.growTo(record.memoryBytes);
  for (const { address, bytes } of record.writes) memory.writeBytes(address, bytes);
  registers.set(V0, record.result);
  registers.set(A3, record.errorFlag);
  return { threadPointer: record.threadPointer };
}

/** An answer that follows from the seed and the position alone: an error, nothing, a little, or all that was asked. */
function invent(seed: string, index: number, registers: RegisterFile): SyscallEffect {
  const row = SYSCALLS.get(registers.get(V0));
  if (row !== undefined && EXIT_CALLS.has(row.name)) throw new ExitSignal(registers.get(A0));
  const random = randomFrom(`${seed}:system call ${index}`);
  const fails = random.oneIn(4);
  const successes = [0, 1, random.below(256), registers.get(A0 + 2)] as const;
  registers.set(V0, fails ? random.pick(INVENTED_ERRORS) : random.pick(successes));
  registers.set(A3, fails ? 1 : 0);
  return { threadPointer: undefined };
}
