/** What passes between the parts of the recompiler: the loaded program, its functions, their control flow. */

import type { Endianness } from "./machine.ts";
import type { Instruction } from "./mips/instruction.ts";

/** One loadable piece of the program. `[address, address + bytes.length)` from the file, zeros up to `memorySize`. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Bytes in memory, >= `bytes.length`. */
  readonly memorySize: number;
  readonly isExecutable: boolean;
  readonly isWritable: boolean;
}

/** A function symbol of the file (`STT_FUNC`, defined). `size` is 0 where the file does not say. */
export interface FunctionSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

/** The state of the floating-point unit that a program is built for (MIPS32 Volume I: Status.FR, FCSR.NAN2008). */
export interface FloatMode {
  /** 32: a double lies in a pair of registers; 64: each register holds one. */
  readonly registerBits: 32 | 64;
  /** What tells a quiet NaN from a signalling one: as in IEEE 754-2008, or the other way round. */
  readonly isNan2008: boolean;
}

/** What MIPS I has, and programs that say nothing. */
export const USUAL_FLOAT_MODE: FloatMode = { registerBits: 32, isNan2008: false };

/** A program as loaded, whatever the container it came in. */
export interface ProgramImage {
  readonly endianness: Endianness;
  readonly entry: number;
  /** Sorted by address, not overlapping. */
  readonly segments: readonly Segment[];
  /** Sorted by address, then name; one address may carry several names. */
  readonly symbols: readonly FunctionSymbol[];
  /** Half-open ranges that hold instructions, from the executable sections (or segments, without sections). */
  readonly codeRanges: readonly { readonly start: number; readonly end: number }[];
  /** Initial value of `$gp` where the file names one (`_gp`), else undefined. */
  readonly gp?: number;
  /** What is wrong with the file and is not needed to run it: one sentence each. */
  readonly warnings?: readonly string[];
  /** Default: {@link USUAL_FLOAT_MODE}. */
  readonly float?: FloatMode;
}

/** A function found in the program: the half-open address range `[address, address + size)`, entered at `address`. */
export interface GuestFunction {
  /** Position in the sorted function table; also its WebAssembly function number behind the host imports. */
  readonly index: number;
  /** The symbol's name, or `func_<8 hex digits>`. */
  readonly name: string;
  readonly address: number;
  /** Bytes, a multiple of 4. */
  readonly size: number;
  /** How it was found. */
  readonly origin: "symbol" | "entry" | "call" | "pointer" | "trace" | "symbol_file" | "config";
}

/** Where control goes: a block of the same function, or another function (a tail call). Addresses. */
export type FlowTarget =
  | { readonly kind: "block"; readonly address: number }
  | { readonly kind: "function"; readonly address: number };

/** A recovered jump table: `entries[i]` is the target when the index is `i`. */
export interface JumpTable {
  /** Address of the `jr`. */
  readonly jump: number;
  /** Address of the first entry. */
  readonly address: number;
  readonly entries: readonly number[];
}

/** How a basic block ends. `delaySlot` executes with the instruction as the architecture says (see each kind). */
export type Terminator =
  /** No control instruction: the next leader follows. */
  | { readonly kind: "fallthrough"; readonly next: FlowTarget }
  /** `j`, `b`: slot, then target. */
  | {
      readonly kind: "jump";
      readonly instruction: Instruction;
      readonly delaySlot: Instruction;
      readonly target: FlowTarget;
    }
  /** Condition is read before the slot; a likely branch runs its slot only when taken. */
  | {
      readonly kind: "branch";
      readonly instruction: Instruction;
      readonly delaySlot: Instruction;
      readonly isLikely: boolean;
      readonly taken: FlowTarget;
      readonly notTaken: FlowTarget;
    }
  /** `jal`, `bal`: link register written, slot, call, then `next`. */
  | {
      readonly kind: "call";
      readonly instruction: Instruction;
      readonly delaySlot: Instruction;
      readonly target: number;
      readonly next: FlowTarget;
    }
  /** `bltzal`, `bgezal` and likely forms on a register: `ra` is written whether or not the call is made. */
  | {
      readonly kind: "conditional_call";
      readonly instruction: Instruction;
      readonly delaySlot: Instruction;
      readonly isLikely: boolean;
      readonly target: number;
      readonly next: FlowTarget;
    }
  /** `jalr`: target register read, link register (`instruction.rd`) written, slot, call, then `next`. */
  | {
      readonly kind: "call_indirect";
      readonly instruction: Instruction;
      readonly delaySlot: Instruction;
      readonly next: FlowTarget;
    }
  /** `jr` to where `ra` led on entry, as far as is known: through `ra` or another register. */
  | { readonly kind: "return"; readonly instruction: Instruction; readonly delaySlot: Instruction }
  /** `jr` through a recovered table: the register is read before the slot. */
  | {
      readonly kind: "switch";
      readonly instruction: Instruction;
      readonly delaySlot: Instruction;
      readonly table: JumpTable;
    }
  /** `jr` to an unknown place: a tail call through the function table. */
  | { readonly kind: "jump_indirect"; readonly instruction: Instruction; readonly delaySlot: Instruction }
  /** `break` and other words that never continue. */
  | { readonly kind: "trap"; readonly instruction: Instruction }
  /** What stands there cannot be followed: who comes to it traps. */
  | { readonly kind: "obstacle"; readonly obstacle: LiftObstacle };

/** A straight run of instructions with one way in (the start) and one terminator. Delay slots are in the terminator. */
export interface BasicBlock {
  readonly address: number;
  readonly instructions: readonly Instruction[];
  readonly terminator: Terminator;
}

export interface ControlFlowGraph {
  readonly function: GuestFunction;
  /** Sorted by address; the first is not necessarily the entry, which is at `function.address`. */
  readonly blocks: readonly BasicBlock[];
}

/** An instruction that cannot be lifted: lifted code traps there, as `unlifted`. */
export interface LiftObstacle {
  readonly address: number;
  /** The instruction word, as 8 hex digits. */
  readonly word: string;
  /** As an assembler writes it; the word itself where it is no instruction of any machine known here. */
  readonly instruction: string;
  readonly reason: string;
}

/**
 * Where the guest's memory lies in the module's linear memory: guest address `a` is byte `a - base` of it (then
 * `^ 3` for a byte and `^ 2` for a halfword of a big-endian guest: words are kept in the host's order). `base` is 0
 * for ordinary user programs, so that null-page offsets fold away, and the image's own start for programs linked high.
 */
export interface MemoryLayout {
  readonly base: number;
  /** Bytes of linear memory at start, a multiple of 64 KiB. */
  readonly initialBytes: number;
  /** Bytes the memory may grow to, a multiple of 64 KiB. */
  readonly maximumBytes: number;
  /** Guest addresses: the stack is `[stackBottom, stackTop)`, the heap starts at `heapStart` and grows upwards. */
  readonly stackBottom: number;
  readonly stackTop: number;
  readonly heapStart: number;
}
