import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { PlannedFunction, ProgramPlan, RegisterJumps } from "../contracts/program.ts";
import { hex } from "../recompiler/machine.ts";
import type { RegisterJumps as FoundJumps } from "../recompiler/mips/register-jumps.ts";
import type { RegisterJump } from "../recompiler/mips/terminator.ts";
import type { GuestFunction, JumpTable, MemoryLayout } from "../recompiler/program.ts";

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

export function fromRegisterJumps(index: number, found: FoundJumps): RegisterJumps["functions"][number] {
  const jumps = [...found]
    .sort(([a], [b]) => a - b)
    .map(([jump, to]) =>
      "target" in to
        ? { jump: hex(jump), target: hex(to.target) }
        : { jump: hex(jump), table: hex(to.table.address), entries: to.table.entries.map(hex) },
    );
  return { index, jumps };
}

/** By function. */
export function toRegisterJumps({ functions }: RegisterJumps): ReadonlyMap<number, FoundJumps> {
  const leadsTo = (found: RegisterJumps["functions"][number]["jumps"][number]): RegisterJump => {
    if ("target" in found) return { target: Number(found.target) };
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
