import { A0, A1, A2, A3, RA, SP, V0, V1 } from "../machine.ts";
import { HI, LO } from "../register-file.ts";
import { type Mnemonic, OPCODE_OF, type RegisterOperand } from "./opcodes.ts";

/** One decoded instruction. Fields that the format does not have are still extracted from the same bits. */
export interface Instruction {
  readonly address: number;
  /** The instruction word as an unsigned number. */
  readonly word: number;
  readonly mnemonic: Mnemonic;
  readonly rs: number;
  readonly rt: number;
  readonly rd: number;
  readonly sa: number;
  /** Low half sign-extended. Logical immediates (`andi`, `ori`, `xori`) use `immediate & 0xffff`. */
  readonly immediate: number;
  /** Absolute destination of `j`, `jal` and of the branches; 0 for all others. */
  readonly target: number;
}

/** The number is in `v0`, arguments in `a0`..`a3` and on the stack; results in `v0`, `v1`, the error flag in `a3`. */
const SYSCALL_READS = [V0, A0, A1, A2, A3, SP] as const;
const SYSCALL_WRITES = [V0, V1, A3] as const;

function registersOf(
  instruction: Instruction,
  operands: readonly RegisterOperand[],
  syscall: readonly number[],
): number[] {
  return operands.flatMap((operand) => {
    if (operand === "rs") return instruction.rs;
    if (operand === "rt") return instruction.rt;
    if (operand === "rd") return instruction.rd;
    if (operand === "ra") return RA;
    if (operand === "hi") return HI;
    if (operand === "lo") return LO;
    return syscall;
  });
}

/** Register numbers (HI and LO included) the instruction reads, in operand order; may repeat and may name 0. */
export function registersRead(instruction: Instruction): number[] {
  return registersOf(instruction, OPCODE_OF[instruction.mnemonic].reads, SYSCALL_READS);
}

/** Register numbers (HI and LO included) the instruction writes; may name 0, whose writes have no effect. */
export function registersWritten(instruction: Instruction): number[] {
  return registersOf(instruction, OPCODE_OF[instruction.mnemonic].writes, SYSCALL_WRITES);
}

/** Whether the instruction writes the register (HI and LO included). */
export function writesRegister(instruction: Instruction, register: number): boolean {
  const { writes } = OPCODE_OF[instruction.mnemonic];
  for (const operand of writes) {
    if (operand === "rd" ? instruction.rd === register : operand === "rt" && instruction.rt === register) return true;
    if (operand === "ra" ? register === RA : operand === "hi" ? register === HI : operand === "lo" && register === LO) {
      return true;
    }
    if (operand === "syscall" && (SYSCALL_WRITES as readonly number[]).includes(register)) return true;
  }
  return false;
}

/** True of every instruction that is followed by a delay slot. */
export function hasDelaySlot(instruction: Instruction): boolean {
  const { control } = OPCODE_OF[instruction.mnemonic];
  return control !== "none" && control !== "trap";
}
