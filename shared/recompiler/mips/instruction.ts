import type { Mnemonic } from "./opcodes.ts";

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
