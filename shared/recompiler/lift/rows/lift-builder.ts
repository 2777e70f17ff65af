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

export class LiftBuilder extends Builder {
  readonly use: MachineUse;
  /** Whether the host is told of every instruction and of every store, before it. */
  readonly isStepped: boolean;
  readonly #views: FloatViews;
  /** The block's last operation that is noted. */
  #noted = NONE;

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
  begin(address: number): void {
    this.at = address;
    if (!this.isStepped) return;
    this.tell(TOLD.step, this.constant(address), 0);
    // What follows may ask for FCSR before another operation is done.
    this.#noted = NONE;
  }

  override store(op: number, address: number, offset: number, value: number): void {
    if (this.isStepped) this.fn.append(IR.tell, this.at, address, 0, offset, TOLD.store);
    super.store(op, address, offset, value);
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

  double(register: number): number {
    return this.getCell(DOUBLE + register);
  }

  setDouble(register: number, value: number): void {
    this.setCell(DOUBLE + register, value);
  }

  /** The bits of a double. */
  long(register: number): number {
    return this.op(IR["i64.reinterpret_f64"], this.double(register));
  }

  setLong(register: number, value: number): void {
    this.setDouble(register, this.op(IR["f64.reinterpret_i64"], value));
  }

  single(register: number): number {
    const global = globalOf(this.float, register);
    const isHigh = global !== register;
    if (this.#isDouble(global)) {
      const half = this.op(isHigh ? IR["i64.high"] : IR["i64.low"], this.long(global));
      return this.op(IR["f32.reinterpret_i32"], half);
    }
    return this.getCell(isHigh ? HIGH_SINGLE + (global >> 1) : LOW_SINGLE + global);
  }

  /** The other half of the register's global stays as it is. */
  setSingle(register: number, value: number): void {
    const global = globalOf(this.float, register);
    const isHigh = global !== register;
    if (this.#isDouble(global)) {
      const word = this.op(IR["i32.reinterpret_f32"], value);
      const other = this.op(isHigh ? IR["i64.low"] : IR["i64.high"], this.long(global));
      this.setLong(global, this.op(IR["i64.join"], isHigh ? other : word, isHigh ? word : other));
    } else this.setCell(isHigh ? HIGH_SINGLE + (global >> 1) : LOW_SINGLE + global, value);
  }

  /** The bits of a single. */
  word(register: number): number {
    return this.op(IR["i32.reinterpret_f32"], this.single(register));
  }

  setWord(register: number, value: number): void {
    this.setSingle(register, this.op(IR["f32.reinterpret_i32"], value));
  }

  /** Of a pair either register may be named. */
  highWord(register: number): number {
    if (this.float.registerBits === 32) return this.word(register | 1);
    return this.op(IR["i64.high"], this.long(register));
  }

  setHighWord(register: number, value: number): void {
    if (this.float.registerBits === 32) this.setWord(register | 1, value);
    else this.setLong(register, this.op(IR["i64.join"], this.op(IR["i64.low"], this.long(register)), value));
  }

  /** 1 where the condition holds, else 0. */
  condition(number: number): number {
    return this.#views.hasControl ? conditionIn(this.#code, number) : this.getCell(CONDITION + number);
  }

  /** @param value 1 or 0 */
  setCondition(number: number, value: number): void {
    if (this.#views.hasControl) keepCondition(this.#code, number, value);
    else this.setCell(CONDITION + number, value);
  }

  /** Traps unless the registers, joined bit by bit, may each hold a double. @returns whether they may */
  expectDoubles(registers: number): boolean {
    return this.#expect(this.float.registerBits === 64 || (registers & 1) === 0);
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
