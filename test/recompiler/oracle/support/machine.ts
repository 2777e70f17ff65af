/** Runs a few instructions on the oracle with registers and memory in sight. */

import { type Endianness, RA, type TrapKind } from "../../../../shared/recompiler/machine.ts";
import { codeOf } from "../../../../shared/recompiler/oracle/code.ts";
import type { Machine, Observer } from "../../../../shared/recompiler/oracle/machine.ts";
import { Halt, run } from "../../../../shared/recompiler/oracle/run.ts";
import { WatchedMemory } from "../../../../shared/recompiler/oracle/watched-memory.ts";
import type { FloatMode } from "../../../../shared/recompiler/program.ts";
import { REGISTER_COUNT, REGISTER_NAMES } from "../../../../shared/recompiler/register-file.ts";
import { loadImage } from "../../../../shared/recompiler/runtime/memory.ts";
import type { Line } from "../../lift/support/assemble.ts";
import { CODE, MEMORY, program } from "../../lift/support/guest.ts";

export type { Line } from "../../lift/support/assemble.ts";
export { CODE, MEMORY } from "../../lift/support/guest.ts";

export type RegisterName = (typeof REGISTER_NAMES)[number];
export type Registers = Partial<Record<RegisterName, number>>;

/** Where the code returns to. */
const RETURN = 0xffff_fff0;

export interface Execution {
  /** `returned`, `budget`, or the kind of trap. */
  readonly end: "returned" | "budget" | TrapKind;
  /** Where it trapped. */
  readonly trapAddress: number | undefined;
  readonly instructions: number;
  readonly memory: WatchedMemory;
  /** A register, unsigned. */
  get(name: RegisterName): number;
}

export interface ExecutionOptions {
  readonly endianness?: Endianness;
  readonly registers?: Registers;
  /** Words at `MEMORY`. */
  readonly words?: readonly number[];
  readonly threadPointer?: number;
  /** Default: that of the program, which says nothing. */
  readonly float?: FloatMode;
  readonly maxInstructions?: number;
  /** More functions, by name. */
  readonly others?: Readonly<Record<string, readonly Line[]>>;
}

/** Runs the lines, with `jr ra` behind them, from the first to the return. */
export function execute(lines: readonly Line[], options: ExecutionOptions = {}): Execution {
  const { endianness = "big", maxInstructions = 1000 } = options;
  const sources = { main: [...lines, ["jr", "ra"], ["nop"]] as const, ...options.others };
  const { image, layout: whole, functions } = program(sources, { endianness });
  // Nothing below the code is looked at, and memory for it has a process that runs many tests collect its garbage again and again.
  const layout = { ...whole, base: CODE, initialBytes: whole.stackTop - CODE };
  const memory = new WatchedMemory(loadImage(image, layout), layout.base, endianness);
  for (const [index, word] of (options.words ?? []).entries()) memory.storeWord(MEMORY + index * 4, word);
  const code = codeOf(image, functions);
  const registers = new Int32Array(REGISTER_COUNT);
  registers[RA] = RETURN;
  for (const [name, value] of Object.entries(options.registers ?? {})) {
    registers[REGISTER_NAMES.indexOf(name as RegisterName)] = value;
  }
  const observer: Observer = {
    attend() {},
    called() {},
    calledIndirectly: (_machine, _call, target) => code.slotAt(target),
    jumped(_machine, _jump, target) {
      if (target === RETURN) throw new Halt({ kind: "returned" });
      return code.slotAt(target);
    },
    systemCall() {},
  };
  const machine: Machine = {
    registers,
    memory,
    observer,
    float: options.float ?? code.float,
    at: code.slotAt(image.entry),
    remaining: maxInstructions,
    threadPointer: options.threadPointer ?? 0,
  };
  const stop = run(machine);
  if (stop.kind !== "trap" && stop.kind !== "returned" && stop.kind !== "budget") {
    throw new Error(`stopped with ${stop.kind}`);
  }
  return {
    end: stop.kind === "trap" ? stop.trap.kind : stop.kind,
    trapAddress: stop.kind === "trap" ? stop.trap.address : undefined,
    instructions: maxInstructions - machine.remaining,
    memory,
    get: (name) => registers[REGISTER_NAMES.indexOf(name)]! >>> 0,
  };
}
