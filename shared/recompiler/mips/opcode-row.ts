/** What a row of the opcode tables says of an instruction. */

/**
 * What an instruction does to the flow of control. All but `none` and `trap` have a delay slot.
 *
 * - `branch`, `branch_likely`: conditional, to `target`; a likely branch runs its slot only when taken
 * - `branch_call`, `branch_call_likely`: the same, and `ra` is written whether or not the branch is taken
 * - `jump`, `call`: to `target`, always
 * - `jump_register`, `call_register`: to the value of `rs`, always
 * - `trap`: never continues
 */
export type ControlClass =
  | "none"
  | "branch"
  | "branch_likely"
  | "branch_call"
  | "branch_call_likely"
  | "jump"
  | "call"
  | "jump_register"
  | "call_register"
  | "trap";

/** A floating-point register that a field of the word names, and how much of it: `.s` one word, `.d` two. */
export type FloatOperand = `${"fs" | "ft" | "fd" | "fr"}.${"s" | "d"}`;

/** A register operand: a field of the word, a fixed register, or those of the o32 system call convention. */
export type RegisterOperand = "rs" | "rt" | "rd" | "ra" | "hi" | "lo" | "syscall" | "fcsr" | FloatOperand;

export type Row = readonly [
  mnemonic: string,
  match: number,
  mask: number,
  operands: string,
  control: ControlClass,
  reads: readonly RegisterOperand[],
  writes: readonly RegisterOperand[],
];
