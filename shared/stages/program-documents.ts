import type { PlannedFunction, ProgramPlan } from "../contracts/program.ts";
import { hex } from "../recompiler/machine.ts";
import type { GuestFunction, MemoryLayout } from "../recompiler/program.ts";

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
