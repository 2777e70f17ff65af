import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Expected } from "./processes.ts";

/** What a program is asked to do: arguments, and the output that is right. */
export interface Task {
  readonly args: readonly string[];
  readonly output: Expected;
}

export interface Workload {
  /** The example that does it. */
  readonly example: string;
  /** The work to be timed. */
  readonly whole: Task;
  /** As good as nothing to do: what is left is the cost of starting. */
  readonly nothing: Task;
}

const DIGEST_BYTES = 64 << 20;

function digestTask(path: string, bytes: Uint8Array): Task {
  writeFileSync(path, bytes);
  return { args: [path], output: `${createHash("sha256").update(bytes).digest("hex")}  ${path}\n` };
}

/** The digest of 64 MiB. @param scratch folder for the input files */
export function digestWorkload(scratch: string): Workload {
  const bytes = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 131 + (i >>> 8) * 17) & 0xff;
  return {
    example: "sha256",
    whole: digestTask(join(scratch, "64-mebibytes"), bytes),
    nothing: digestTask(join(scratch, "no-bytes"), new Uint8Array()),
  };
}

const COLLATZ_LIMIT = 30_000;

/** Cell 0 counts the steps, cell 1 the start numbers. */
const COLLATZ_PROGRAM = `
  : steps begin dup 1 > while 0 @ 1 + 0 ! dup 1 & if 3 * 1 + else 2 / then repeat drop ;
  0 0 ! 1 1 ! begin 1 @ steps 1 @ 1 + dup 1 ! ${COLLATZ_LIMIT} > until 0 @ p`;

function collatzSteps(limit: number): number {
  let steps = 0;
  for (let start = 1; start <= limit; start++) {
    for (let n = start; n > 1; n = n % 2 === 0 ? n / 2 : 3 * n + 1) steps++;
  }
  return steps;
}

/** An interpreter at work: a loop of bytecode through a jump table and function pointers, 64-bit division in it. */
export function calculatorWorkload(): Workload {
  return {
    example: "dispatch",
    whole: { args: [COLLATZ_PROGRAM], output: `${collatzSteps(COLLATZ_LIMIT)}\n` },
    nothing: { args: ["0"], output: "0\n" },
  };
}

/** Floating point: a picture of 320 by 240, four rays a point. It is the same in either byte order, and under qemu. */
export const PICTURE_WORKLOAD: Workload = {
  example: "rays",
  whole: {
    args: ["320", "240", "2"],
    output: { sha256: "ec4f664fe1426f419f1f7b3c7f46b504e52a772e31b86596ce2bc08cb8bfb643" },
  },
  nothing: {
    args: ["1", "1", "1"],
    output: { sha256: "ed6a8f0ee05f2b2f68d93b2082ac5d98dda6cedc5de4348740dd46386eb62b7c" },
  },
};
