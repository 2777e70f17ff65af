/** A builder that knows the floating-point unit: which cell each register is in a function, and what of it the program sees. */

import { NOTHING_NOTED } from "../../float/operations.ts";
import { Builder } from "../../ir/builder.ts";
import { CONDITION, DOUBLE, HIGH_SINGLE, LOW_SINGLE } from "../../ir/cells.ts";
import type { IrHeader } from "../../ir/function.ts";
import { IR, NOTED } from "../../ir/opcodes.ts";
import { conditionIn, keepCondition } from "../../ir/passes/boundary.ts";
import { TOLD } from "../../machine.ts";
import { doublesNamed, type Instruction } from "../../mips/instruction.ts";
import type { FloatUse, MachineUse } from "../use.ts";

/** What a function does with the unit. */
export interface FloatViews {
  /** By register, or the first of a pair, whether two words of it are named anywhere: then it is one cell all through. */
  readonly doubles: number;
  /** It reads or writes FCSR: conditions are kept in it then, and not in cells of their own. */
  readonly hasControl: boolean;
}

export function floatViewsOf(
  nodes: readonly { readonly instructions: readonly Instruction[] }[],
  float: FloatUse | undefined,
): FloatViews {
  let doubles = 0;
  let hasControl = false;
  if (float === undefined) return { doubles, hasControl };
  for (const { instructions } of nodes) {
    for (const instruction of instructions) {
      for (const register of doublesNamed(instruction)) doubles |= 1 << globalOf(float, register);
      if (instruction.mnemonic === "cfc1" || instruction.mnemonic === "ctc1") hasControl = true;
    }
  }
  return { doubles, hasControl };
}

/** The register whose global a register lies in. */
const globalOf = ({ registerBits }: FloatUse, register: number): number =>
  registerBits === 64 ? register : register & ~1;

const NONE = -1;

/** The fields of a word that name registers, or hold a small number. */
export type Field = "rs" | "rt" | "rd" | "sa";

/**
 * What rows name: a field of the instruction, by its name, so that they say the same of a word that is known only as it runs. Others than
 * rows, who know the instruction, give numbers.
 */
export type Operand = Field | "immediate" | number;

/** What there is to do, by what a field holds. */
type Cases = Readonly<Partial<Record<number, () => void>>>;

/** Of a field, how far right the number of a condition stands in it. */
const CONDITION_SHIFT = 2;

export class LiftBuilder extends Builder {
  readonly use: MachineUse;
  /** Whether the host is told of every instruction and of every store, before it. */
  readonly isStepped: boolean;
  readonly #views: FloatViews;
  /** The block's last operation that is noted. */
  #noted = NONE;
  /** Whose fields rows name. */
  #instruction: Instruction | undefined;

  constructor(header: IrHeader, use: MachineUse, views: FloatViews, expected: number, isStepped = false) {
    super(header, expected);
    this.use = use;
    this.isStepped = isStepped;
    this.#views = views;
  }

  get float(): FloatUse {
    if (this.use.float === undefined) throw new Error("a floating-point instruction in a program without any");
    return this.use.float;
  }

  /** What follows is what an instruction does, its delay slot left out. */
  begin(address: number, instruction?: Instruction): void {
    this.at = address;
    this.#instruction = instruction;
    if (!this.isStepped) return;
    this.tell(TOLD.step, this.constant(address), 0);
    // What follows may ask for FCSR before another operation is done.
    this.#noted = NONE;
  }

  /** What a field of the instruction holds. */
  #in(operand: Operand): number {
    if (typeof operand === "number") return operand;
    if (this.#instruction === undefined) throw new Error(`no instruction to take ${operand} from`);
    return this.#instruction[operand];
  }

  /** A general register; register 0 is a constant. */
  override get(register: Operand): number {
    return super.get(this.#in(register));
  }

  /** Writes to register 0 have no effect. */
  override set(register: Operand, value: number): void {
    super.set(this.#in(register), value);
  }

  /** The low half of the word, extended by its sign. */
  immediate(): number {
    return this.constant(this.#in("immediate"));
  }

  /** The low half of the word, extended by zeros. */
  unsignedImmediate(): number {
    return this.constant(this.#in("immediate") & 0xffff);
  }

  /** The low half of the word as the high half of the value. */
  upperImmediate(): number {
    return this.constant(this.#in("immediate") << 16);
  }

  /** What a field holds, as a value. */
  field(name: Field): number {
    return this.constant(this.#in(name));
  }

  /** Of a value that was shifted right by what `sa` holds, the lowest bits, one more than `rd` says. */
  lowestBits(shifted: number): number {
    const count = this.#in("rd") + 1;
    if (this.#in("sa") + count >= 32) return shifted;
    return this.op(IR["i32.and"], shifted, this.constant(2 ** count - 1));
  }

  /** Ones from the bit that `sa` names to the one that `rd` names. */
  onesBetweenFields(): number {
    return this.constant(this.#bitField());
  }

  /** All other bits. */
  onesOutsideFields(): number {
    return this.constant(~this.#bitField());
  }

  #bitField(): number {
    const [lowest, highest] = [this.#in("sa"), this.#in("rd")];
    return (2 ** (highest - lowest + 1) - 1) << lowest;
  }

  /** Does what there is to do for the number in a field, by `otherwise` where `cases` has no row for it. */
  byField(name: Field, cases: Cases, otherwise: () => void): void {
    (cases[this.#in(name)] ?? otherwise)();
  }

  override load(op: number, address: number, offset: Operand): number {
    return super.load(op, address, this.#in(offset));
  }

  override loadInto(op: number, address: number, offset: Operand, into: number): number {
    return super.loadInto(op, address, this.#in(offset), into);
  }

  override store(op: number, address: number, offset: Operand, value: number): void {
    if (this.isStepped) this.fn.append(IR.tell, this.at, address, 0, this.#in(offset), TOLD.store);
    super.store(op, address, this.#in(offset), value);
  }

  override check(address: number, offset: Operand, bytes: number): void {
    super.check(address, this.#in(offset), bytes);
  }

  override startBlock(): void {
    super.startBlock();
    this.#noted = NONE;
  }

  /** A result that the host is asked for where it is none to keep. Of a block's operations the last one is noted. */
  settle(op: number, operation: number, result: number, patterns: readonly [number, number]): number {
    const isNoted = this.float.control === "observed";
    if (isNoted && this.#noted !== NONE) this.fn.d[this.#noted]! &= ~NOTED;
    const value = this.op(op, result, patterns[0], patterns[1], operation | (isNoted ? NOTED : 0));
    if (isNoted) this.#noted = value;
    return value;
  }

  /** FCSR as the program may see it: with the cause of the last operation. */
  takeUpNoted(): void {
    if (this.float.control !== "observed") return;
    const none = this.op(IR["i64.const"], 0);
    this.op(IR.host_float, none, none, none, NOTHING_NOTED);
    this.#noted = NONE;
  }

  double(operand: Operand): number {
    return this.getCell(DOUBLE + this.#in(operand));
  }

  setDouble(operand: Operand, value: number): void {
    this.setCell(DOUBLE + this.#in(operand), value);
  }

  /** The bits of a double. */
  long(operand: Operand): number {
    return this.op(IR["i64.reinterpret_f64"], this.double(operand));
  }

  setLong(operand: Operand, value: number): void {
    this.setDouble(operand, this.op(IR["f64.reinterpret_i64"], value));
  }

  single(operand: Operand): number {
    const register = this.#in(operand);
    const global = globalOf(this.float, register);
    const isHigh = global !== register;
    if (this.#isDouble(global)) {
      const half = this.op(isHigh ? IR["i64.high"] : IR["i64.low"], this.long(global));
      return this.op(IR["f32.reinterpret_i32"], half);
    }
    return this.getCell(isHigh ? HIGH_SINGLE + (global >> 1) : LOW_SINGLE + global);
  }

  /** The other half of the register's global stays as it is. */
  setSingle(operand: Operand, value: number): void {
    const register = this.#in(operand);
    const global = globalOf(this.float, register);
    const isHigh = global !== register;
    if (this.#isDouble(global)) {
      const word = this.op(IR["i32.reinterpret_f32"], value);
      const other = this.op(isHigh ? IR["i64.low"] : IR["i64.high"], this.long(global));
      this.setLong(global, this.op(IR["i64.join"], isHigh ? other : word, isHigh ? word : other));
    } else this.setCell(isHigh ? HIGH_SINGLE + (global >> 1) : LOW_SINGLE + global, value);
  }

  /** The bits of a single. */
  word(operand: Operand): number {
    return this.op(IR["i32.reinterpret_f32"], this.single(operand));
  }

  setWord(operand: Operand, value: number): void {
    this.setSingle(operand, this.op(IR["f32.reinterpret_i32"], value));
  }

  /** Of a pair either register may be named. */
  highWord(operand: Operand): number {
    if (this.float.registerBits === 32) return this.word(this.#in(operand) | 1);
    return this.op(IR["i64.high"], this.long(operand));
  }

  setHighWord(operand: Operand, value: number): void {
    if (this.float.registerBits === 32) this.setWord(this.#in(operand) | 1, value);
    else this.setLong(operand, this.op(IR["i64.join"], this.op(IR["i64.low"], this.long(operand)), value));
  }

  /** 1 where the condition holds that the field's upper three bits number, else 0. */
  condition(field: Operand): number {
    const number = this.#in(field) >> CONDITION_SHIFT;
    return this.#views.hasControl ? conditionIn(this.#code, number) : this.getCell(CONDITION + number);
  }

  /** @param value 1 or 0 */
  setCondition(field: Operand, value: number): void {
    const number = this.#in(field) >> CONDITION_SHIFT;
    if (this.#views.hasControl) keepCondition(this.#code, number, value);
    else this.setCell(CONDITION + number, value);
  }

  /** Traps unless each of the registers may hold a double. @returns whether they may */
  expectDoubles(registers: readonly Operand[]): boolean {
    return this.#expect(this.#mayHoldDoubles(registers));
  }

  /** The same where a condition is met, and else nothing. */
  expectDoublesIf(condition: number, registers: readonly Operand[]): boolean {
    const mayHold = this.#mayHoldDoubles(registers);
    if (!mayHold) this.trapIf(condition, "reserved_instruction");
    return mayHold;
  }

  #mayHoldDoubles(registers: readonly Operand[]): boolean {
    return this.float.registerBits === 64 || registers.every((register) => (this.#in(register) & 1) === 0);
  }

  /** What needs registers of 64 bits is a reserved instruction without them. */
  expectWideRegisters(): boolean {
    return this.#expect(this.float.registerBits === 64);
  }

  #expect(isThere: boolean): boolean {
    if (!isThere) this.trapIf(this.constant(1), "reserved_instruction");
    return isThere;
  }

  #isDouble(global: number): boolean {
    return ((this.#views.doubles >>> global) & 1) !== 0;
  }

  get #code() {
    return {
      op: (name: keyof typeof IR, a: number, b = 0) => this.op(IR[name], a, b),
      constant: (value: number) => this.constant(value),
      get: (cell: number) => this.getCell(cell),
      set: (cell: number, value: number) => this.setCell(cell, value),
    };
  }
}
