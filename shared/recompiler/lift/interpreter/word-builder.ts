/**
 * A builder for which an instruction is a word that is known only as the code runs: what rows name by a field is found in the
 * interpreter's region, or is a value made of the word.
 */

import { CONTROL, FLOAT } from "../../ir/cells.ts";
import type { IrHeader } from "../../ir/function.ts";
import { AT_TARGET, IR, type IrName } from "../../ir/opcodes.ts";
import { type Field, LiftBuilder, type Operand } from "../rows/lift-builder.ts";
import type { MachineUse } from "../use.ts";
import { REGION } from "./region.ts";

/** Where the fields lie: the lowest bit of five. */
const SHIFTS: Readonly<Record<Field, number>> = { rs: 21, rt: 16, rd: 11, sa: 6 };

/** A block that may not be written yet: edges to it have a number below 0 until it is. */
export type Label = number;

const NONE = -1;

/** Instructions of the IR in an interpreter of all of the machine, about. */
const EXPECTED = 16_384;

type RegionType = "i32" | "i64" | "f32" | "f64";
const ALIGNMENT: Readonly<Record<RegionType, number>> = { i32: 2, i64: 3, f32: 2, f64: 3 };

/** A place in the region: a value plus a number of bytes. */
interface Place {
  readonly address: number;
  readonly offset: number;
}

export class WordBuilder extends LiftBuilder {
  /** Bytes of linear memory before the region. */
  readonly #region: number;
  /** By label. */
  readonly #blocks: number[] = [];
  #word = NONE;

  constructor(header: IrHeader, use: MachineUse, region: number) {
    super(header, use, { doubles: 0, hasControl: true }, EXPECTED);
    this.#region = region;
    this.at = AT_TARGET;
  }

  label(): Label {
    return -this.#blocks.push(NONE);
  }

  /** The block of a label begins. */
  place(label: Label): void {
    this.#blocks[-label - 1] = this.fn.blockCount;
    this.startBlock();
  }

  /** Every label has its place: edges go to blocks from here on. No edge hands anything over. */
  resolveLabels(): void {
    const { pool } = this.fn;
    for (let edge = 0; edge < pool.length; edge += 2) {
      if (pool[edge]! < 0) pool[edge] = this.#blocks[-pool[edge]! - 1]!;
    }
  }

  /** What follows is what the instruction does whose word is the value. */
  beginWord(word: number): void {
    this.begin(AT_TARGET);
    this.#word = word;
  }

  /** The bits of the word under a mask, shifted right, or left where `by` is below 0. */
  #bits(by: number, mask: number): number {
    const name = by < 0 ? "i32.shl" : "i32.shr_u";
    const moved = by === 0 ? this.#word : this.op(IR[name], this.#word, this.constant(Math.abs(by)));
    return this.op(IR["i32.and"], moved, this.constant(mask));
  }

  #sum(address: number, offset: Operand): number {
    return offset === 0 ? address : this.op(IR["i32.add"], address, this.#valueOf(offset));
  }

  #valueOf(operand: Operand): number {
    if (typeof operand === "number") return this.constant(operand);
    return operand === "immediate" ? this.immediate() : this.field(operand);
  }

  /** Of a bank, the register that an operand names, each `2 ** exponent` bytes. */
  #registerIn(bank: number, operand: Operand, exponent: number): Place {
    if (typeof operand === "number") return { address: this.constant(0), offset: bank + operand * 2 ** exponent };
    if (operand === "immediate") throw new Error("an immediate names no register");
    return { address: this.#bits(SHIFTS[operand] - exponent, 31 << exponent), offset: bank };
  }

  #load(type: RegionType, { address, offset }: Place): number {
    return this.op(IR[`${type}.load`], address, 0, this.#region + offset, ALIGNMENT[type]);
  }

  #store(type: RegionType, { address, offset }: Place, value: number): void {
    this.op(IR[`${type}.store`], address, value, this.#region + offset, ALIGNMENT[type]);
  }

  /** A word of the region. */
  getWord(offset: number): number {
    return this.#load("i32", { address: this.constant(0), offset });
  }

  putWord(offset: number, value: number): void {
    this.#store("i32", { address: this.constant(0), offset }, value);
  }

  override get(register: Operand): number {
    return this.#load("i32", this.#registerIn(REGION.general, register, 2));
  }

  override set(register: Operand, value: number): void {
    this.#store("i32", this.#registerIn(REGION.general, register, 2), value);
  }

  override getAccumulator(): number {
    return this.#load("i64", { address: this.constant(0), offset: REGION.accumulator });
  }

  override setAccumulator(value: number): void {
    this.#store("i64", { address: this.constant(0), offset: REGION.accumulator }, value);
  }

  override immediate(): number {
    return this.op(IR["i32.extend16_s"], this.#word);
  }

  override unsignedImmediate(): number {
    return this.#bits(0, 0xffff);
  }

  override upperImmediate(): number {
    return this.op(IR["i32.shl"], this.#word, this.constant(16));
  }

  override field(name: Field): number {
    return this.#bits(SHIFTS[name], 31);
  }

  /** The word index that a jump within 256 MiB has, in bytes. */
  jumpIndex(): number {
    return this.#bits(-2, 0x0ffffffc);
  }

  override lowestBits(shifted: number): number {
    return this.op(IR["i32.and"], shifted, this.#ones(this.field("rd")));
  }

  override onesBetweenFields(): number {
    const width = this.op(IR["i32.sub"], this.field("rd"), this.field("sa"));
    return this.op(IR["i32.shl"], this.#ones(width), this.field("sa"));
  }

  override onesOutsideFields(): number {
    return this.op(IR["i32.xor"], this.onesBetweenFields(), this.constant(-1));
  }

  /** The lowest bits set, one more than a value says. */
  #ones(widthLessOne: number): number {
    return this.op(IR["i32.shr_u"], this.constant(-1), this.op(IR["i32.sub"], this.constant(31), widthLessOne));
  }

  override byField(name: Field, cases: Readonly<Partial<Record<number, () => void>>>, otherwise: () => void): void {
    const known = Object.keys(cases).map(Number);
    const labels = new Map(known.map((number) => [number, this.label()]));
    const [other, behind] = [this.label(), this.label()];
    const targets = Array.from({ length: Math.max(...known) + 1 }, (_, number) => labels.get(number) ?? other);
    this.switch(this.field(name), [...targets, other]);
    for (const [number, label] of labels) {
      this.place(label);
      cases[number]?.();
      this.jump(behind);
    }
    this.place(other);
    otherwise();
    this.jump(behind);
    this.place(behind);
  }

  override load(op: number, address: number, offset: Operand): number {
    return super.load(op, this.#sum(address, offset), 0);
  }

  override loadInto(op: number, address: number, offset: Operand, into: number): number {
    return super.loadInto(op, this.#sum(address, offset), 0, into);
  }

  override store(op: number, address: number, offset: Operand, value: number): void {
    super.store(op, this.#sum(address, offset), 0, value);
  }

  override check(address: number, offset: Operand, bytes: number): void {
    super.check(this.#sum(address, offset), 0, bytes);
  }

  get #floatExponent(): number {
    return this.float.registerBits === 64 ? 3 : 2;
  }

  #float(operand: Operand): Place {
    return this.#registerIn(REGION.float, operand, this.#floatExponent);
  }

  /** Of a pair either register may be named. */
  #highHalf(operand: Operand): Place {
    const { address, offset } = this.#float(operand);
    if (this.float.registerBits === 64) return { address, offset: offset + 4 };
    return { address: this.op(IR["i32.or"], address, this.constant(4)), offset };
  }

  override double(operand: Operand): number {
    return this.#load("f64", this.#float(operand));
  }

  override setDouble(operand: Operand, value: number): void {
    this.#store("f64", this.#float(operand), value);
  }

  override long(operand: Operand): number {
    return this.#load("i64", this.#float(operand));
  }

  override setLong(operand: Operand, value: number): void {
    this.#store("i64", this.#float(operand), value);
  }

  override single(operand: Operand): number {
    return this.#load("f32", this.#float(operand));
  }

  override setSingle(operand: Operand, value: number): void {
    this.#store("f32", this.#float(operand), value);
  }

  override word(operand: Operand): number {
    return this.#load("i32", this.#float(operand));
  }

  override setWord(operand: Operand, value: number): void {
    this.#store("i32", this.#float(operand), value);
  }

  override highWord(operand: Operand): number {
    return this.#load("i32", this.#highHalf(operand));
  }

  override setHighWord(operand: Operand, value: number): void {
    this.#store("i32", this.#highHalf(operand), value);
  }

  override condition(field: Operand): number {
    const shifted = this.op(IR["i32.shr_u"], this.getCell(CONTROL), this.#conditionShift(field));
    return this.op(IR["i32.and"], shifted, this.constant(1));
  }

  override setCondition(field: Operand, value: number): void {
    const shift = this.#conditionShift(field);
    const bit = this.op(IR["i32.shl"], this.constant(1), shift);
    const others = this.op(IR["i32.and"], this.getCell(CONTROL), this.op(IR["i32.xor"], bit, this.constant(-1)));
    this.setCell(CONTROL, this.op(IR["i32.or"], others, this.op(IR["i32.shl"], value, shift)));
  }

  /** Condition 0 is bit 23 of FCSR, the others follow from bit 25 on. */
  #conditionShift(field: Operand): number {
    const number = this.op(IR["i32.shr_u"], this.#valueOf(field), this.constant(2));
    const isLater = this.op(IR["i32.ne"], number, this.constant(0));
    return this.op(IR["i32.add"], this.op(IR["i32.add"], number, isLater), this.constant(23));
  }

  override expectDoubles(registers: readonly Operand[]): boolean {
    if (this.float.registerBits === 32) this.trapIf(this.#isOdd(registers), "reserved_instruction");
    return true;
  }

  override expectDoublesIf(condition: number, registers: readonly Operand[]): boolean {
    if (this.float.registerBits === 32) {
      const isMet = this.op(IR["i32.ne"], condition, this.constant(0));
      this.trapIf(this.op(IR["i32.and"], isMet, this.#isOdd(registers)), "reserved_instruction");
    }
    return true;
  }

  /** 1 where one of the registers has an odd number. */
  #isOdd(registers: readonly Operand[]): number {
    const numbers = registers.map((register) => this.#valueOf(register));
    const any = numbers.reduce((one, other) => this.op(IR["i32.or"], one, other));
    return this.op(IR["i32.and"], any, this.constant(1));
  }

  /** All registers from their globals to the region. */
  takeRegisters(): void {
    for (let register = 1; register < 32; register++) this.set(register, this.getCell(register));
    this.setAccumulator(super.getAccumulator());
    for (const register of this.#floatGlobals()) this.setLong(register, this.getCell(FLOAT + register));
  }

  /** The other way. */
  giveRegisters(): void {
    for (let register = 1; register < 32; register++) this.setCell(register, this.get(register));
    super.setAccumulator(this.getAccumulator());
    for (const register of this.#floatGlobals()) this.setCell(FLOAT + register, this.long(register));
  }

  /** Those whose globals are there: of a pair the even one. */
  #floatGlobals(): number[] {
    if (this.use.float === undefined) return [];
    const step = this.float.registerBits === 64 ? 1 : 2;
    return Array.from({ length: 32 / step }, (_, index) => index * step);
  }

  /** An operation by its name, on values. */
  compute(name: IrName, a: number, b: number): number {
    return this.op(IR[name], a, b);
  }
}
