import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { Obstacle, PlannedFunction, ProgramPlan, RegisterJumps } from "../contracts/program.ts";
import type { TracedRun } from "../contracts/validation.ts";
import { hex, type TrapKind } from "../recompiler/machine.ts";
import type { RegisterJumps as FoundJumps } from "../recompiler/mips/register-jumps.ts";
import type { RegisterJump } from "../recompiler/mips/terminator.ts";
import type { ProgramEnd, Trace } from "../recompiler/oracle/trace.ts";
import type { GuestFunction, JumpTable, LiftObstacle, MemoryLayout } from "../recompiler/program.ts";
import { digestOf, type RecordedRun } from "../recompiler/validation/replay-run.ts";

/** The recompiler's types as they cross a boundary, and back: wire JSON is snake_case, addresses are hexadecimal. */

export function toLayout(layout: ProgramPlan["layout"]): MemoryLayout {
  return {
    base: layout.base,
    initialBytes: layout.initial_bytes,
    maximumBytes: layout.maximum_bytes,
    stackBottom: layout.stack_bottom,
    stackTop: layout.stack_top,
    heapStart: layout.heap_start,
  };
}

export function fromLayout(layout: MemoryLayout): ProgramPlan["layout"] {
  return {
    base: layout.base,
    initial_bytes: layout.initialBytes,
    maximum_bytes: layout.maximumBytes,
    stack_bottom: layout.stackBottom,
    stack_top: layout.stackTop,
    heap_start: layout.heapStart,
  };
}

export function toFunction({ index, name, address, size, origin }: PlannedFunction): GuestFunction {
  return { index, name, address: Number(address), size, origin };
}

export function fromFunction(
  { index, name, address, size, origin }: GuestFunction,
  treatment: Pick<PlannedFunction, "treatment" | "returns">,
): PlannedFunction {
  return { index, name, address: hex(address), size, origin, ...treatment };
}

export function fromObstacle({ address, ...what }: LiftObstacle): Obstacle {
  return { ...what, address: hex(address) };
}

export function fromRegisterJumps(index: number, found: FoundJumps): RegisterJumps["functions"][number] {
  const jumps = [...found]
    .sort(([a], [b]) => a - b)
    .map(([jump, to]) => ({ jump: hex(jump), ...fromRegisterJump(to) }));
  return { index, jumps };
}

function fromRegisterJump(to: RegisterJump) {
  if ("target" in to) return { target: hex(to.target) };
  if ("returns" in to) return to;
  return { table: hex(to.table.address), entries: to.table.entries.map(hex) };
}

/** By function. */
export function toRegisterJumps({ functions }: RegisterJumps): ReadonlyMap<number, FoundJumps> {
  const leadsTo = (found: RegisterJumps["functions"][number]["jumps"][number]): RegisterJump => {
    if ("target" in found) return { target: Number(found.target) };
    if ("returns" in found) return { returns: true };
    const { jump, table, entries } = found;
    return { table: { jump: Number(jump), address: Number(table), entries: entries.map(Number) } };
  };
  return new Map(
    functions.map(({ index, jumps }) => [index, new Map(jumps.map((found) => [Number(found.jump), leadsTo(found)]))]),
  );
}

/** The jump tables that the config names. */
export function statedJumpTables({ jump_tables }: ConfigManifest): JumpTable[] {
  return jump_tables.map(({ jump, address, entries }) => ({
    jump: Number(jump),
    address: Number(address),
    entries: entries.map(Number),
  }));
}

/** A system call by which a program says that it has written code. */
const CODE_FLUSH = "cacheflush(";

/** @param input arguments, the program's own name first, and standard input */
export function fromTrace(
  trace: Trace,
  input: { readonly args: readonly string[]; readonly stdin: string },
  planned: readonly PlannedFunction[],
): TracedRun {
  const { end, instructions, deepest, stdout, stderr, syscalls, calls } = trace;
  const indexOf = new Map(planned.map(({ address, index }) => [Number(address), index]));
  return {
    args: [...input.args],
    stdin: input.stdin,
    end: fromProgramEnd(end),
    instructions,
    deepest,
    stdout: digestOf(stdout),
    stderr: digestOf(stderr),
    syscalls: { ...syscalls, first: [...syscalls.first] },
    functions: calls
      .filter(({ count }) => count > 0)
      .map(({ function: address, caller }) => ({
        index: indexOf.get(address)!,
        ...(caller === undefined ? {} : { caller: indexOf.get(caller)! }),
      })),
    code_flushes: syscalls.first.filter((call) => call.startsWith(CODE_FLUSH)),
  };
}

function fromProgramEnd(end: ProgramEnd): TracedRun["end"] {
  if (end.kind === "forbidden_access") return { ...end, address: hex(end.address), accessed: hex(end.accessed) };
  return "address" in end ? { ...end, address: hex(end.address) } : end;
}

export function toProgramEnd(end: TracedRun["end"]): ProgramEnd {
  switch (end.kind) {
    case "trap":
      return { ...end, trap: end.trap as TrapKind, address: Number(end.address) };
    case "forbidden_access":
      return { ...end, address: Number(end.address), accessed: Number(end.accessed) };
    case "written_code":
      return { ...end, address: Number(end.address) };
    default:
      return end;
  }
}

export function toRecordedRun(traced: TracedRun): RecordedRun {
  const { args, stdin, instructions, deepest, syscalls, stdout, stderr } = traced;
  return {
    input: { args, stdin: new TextEncoder().encode(stdin) },
    end: toProgramEnd(traced.end),
    instructions,
    deepest,
    syscalls,
    stdout,
    stderr,
  };
}
