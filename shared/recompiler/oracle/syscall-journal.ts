/** The system calls of a whole program in the order it made them: what two runs of it are compared by. */

import { createHash } from "node:crypto";
import { A0, A3, hex, V0 } from "../machine.ts";
import type { RegisterFile } from "../runtime/kernel.ts";
import { SYSCALLS } from "../runtime/syscalls/table.ts";

/** All calls, and the first of them word for word. */
export interface SyscallJournal {
  readonly count: number;
  /** SHA-256 over all calls as {@link SyscallJournal.first} writes them, each with a newline. */
  readonly sha256: string;
  /** Such as `write(0x00000001, 0x00410040, 0x00000003) = 0x00000003`; a call that failed or never came back says so. */
  readonly first: readonly string[];
}

/** Calls that are kept word for word, so that the first one that differs can be named. */
const KEPT_CALLS = 256;

/** Registers that hold arguments; the rest lie on the stack. */
const REGISTER_ARGUMENTS = 4;

export interface SyscallJournalist {
  /** Writes down the call that the registers stand at, and what `carryOut` did to them. Answers and throws what that does. */
  note<Result>(registers: RegisterFile, carryOut: () => Result): Result;
  journal(): SyscallJournal;
}

/** Written by oracle and linked module alike, by the same hand. */
export function writeSyscalls(): SyscallJournalist {
  const hash = createHash("sha256");
  const first: string[] = [];
  let count = 0;
  const write = (line: string): void => {
    if (count < KEPT_CALLS) first.push(line);
    count++;
    hash.update(`${line}\n`);
  };
  return {
    note(registers, carryOut) {
      const number = registers.get(V0);
      const row = SYSCALLS.get(number);
      const length = Math.min(row?.argumentCount ?? REGISTER_ARGUMENTS, REGISTER_ARGUMENTS);
      const args = Array.from({ length }, (_, index) => hex(registers.get(A0 + index))).join(", ");
      const call = `${row?.name ?? `system call number ${number}`}(${args})`;
      let result = "does not return";
      try {
        const answer = carryOut();
        result = `${registers.get(A3) === 0 ? "" : "error "}${hex(registers.get(V0))}`;
        return answer;
      } finally {
        write(`${call} = ${result}`);
      }
    },
    journal: () => ({ count, sha256: hash.copy().digest("hex"), first }),
  };
}
