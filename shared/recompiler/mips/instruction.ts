import { A0, A1, A2, A3, RA, SP, V0, V1 } from "../machine.ts";
import { F0, F0_HIGH, FCSR, HI, LO } from "../register-file.ts";
import type { FloatOperand, RegisterOperand } from "./opcode-row.ts";
import { type Mnemonic, OPCODE_OF, OPCODES } from "./opcodes.ts";

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
  registerBits?: 32 | 64,
): number[] {
  return operands.flatMap((operand) => {
    if (operand === "rs") return instruction.rs;
    if (operand === "rt") return instruction.rt;
    if (operand === "rd") return instruction.rd;
    if (operand === "ra") return RA;
    if (operand === "hi") return HI;
    if (operand === "lo") return LO;
    if (operand === "fcsr") return FCSR;
    if (operand === "syscall") return syscall;
    return floatSlots(instruction, operand, registerBits);
  });
}

/** The fields of the word that floating-point operands are in. */
export const FLOAT_FIELDS = { fs: "rd", ft: "rt", fd: "sa", fr: "rs" } as const;

/**
 * The slots of a floating-point operand, the low word first. Two words lie in a pair of registers where these have one word, else
 * in the two slots of one register; which it is, is the program's to say: where it has not, all of them are named.
 */
function floatSlots(instruction: Instruction, operand: FloatOperand, registerBits: 32 | 64 | undefined): number[] {
  const [field, width] = operand.split(".") as [keyof typeof FLOAT_FIELDS, "s" | "d"];
  const number = instruction[FLOAT_FIELDS[field]];
  if (width === "s") return [F0 + number];
  const pair = registerBits === 64 ? [] : [F0 + (number | 1)];
  return [F0 + number, ...pair, ...(registerBits === 32 ? [] : [F0_HIGH + number])];
}

type FloatField = (typeof FLOAT_FIELDS)[keyof typeof FLOAT_FIELDS];

/** The fields that name two words, of the mnemonics that have some: few have, and every instruction is asked. */
const DOUBLE_FIELDS: ReadonlyMap<Mnemonic, readonly FloatField[]> = new Map(
  OPCODES.flatMap(({ mnemonic, reads, writes }): [Mnemonic, FloatField[]][] => {
    const fields = [...reads, ...writes].flatMap((operand) => {
      const [field, width] = operand.split(".");
      return width === "d" ? FLOAT_FIELDS[field as keyof typeof FLOAT_FIELDS] : [];
    });
    return fields.length > 0 ? [[mnemonic, fields]] : [];
  }),
);

/** Floating-point registers, by number, that the instruction reads or writes two words of. May repeat. */
export function doublesNamed(instruction: Instruction): readonly number[] {
  return DOUBLE_FIELDS.get(instruction.mnemonic)?.map((field) => instruction[field]) ?? NONE;
}

const NONE: readonly number[] = [];

/**
 * Slots of the register file that the instruction reads, in operand order; may repeat and may name 0.
 * @param registerBits of a floating-point register, where it is known
 */
export function registersRead(instruction: Instruction, registerBits?: 32 | 64): number[] {
  return registersOf(instruction, OPCODE_OF[instruction.mnemonic].reads, SYSCALL_READS, registerBits);
}

/** Slots of the register file that the instruction writes; may name 0, whose writes have no effect. */
export function registersWritten(instruction: Instruction, registerBits?: 32 | 64): number[] {
  return registersOf(instruction, OPCODE_OF[instruction.mnemonic].writes, SYSCALL_WRITES, registerBits);
}

/** Whether the instruction writes the register, by its slot. */
export function writesRegister(instruction: Instruction, register: number): boolean {
  const { writes } = OPCODE_OF[instruction.mnemonic];
  if (register >= F0) return registersWritten(instruction).includes(register);
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
