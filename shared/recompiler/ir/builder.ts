/**
 * Writes a function in the IR, block after block. Inside a block a cell is read once and written once, at its end: what
 * is between passes from instruction to instruction as a value.
 */

import type { TrapKind } from "../machine.ts";
import { TRAP_CODES } from "../machine.ts";
import { ACCUMULATOR, BANK, EVERYTHING, type Interface, UNBANKED } from "./cells.ts";
import { IrFunction, type IrHeader } from "./function.ts";
import { IR } from "./opcodes.ts";

const UNKNOWN = -1;

export class Builder {
  readonly fn: IrFunction;
  /** Guest address of the instruction that is being written. */
  at = 0;
  /** By cell, its value at this point of the block. */
  readonly #values = new Int32Array(UNBANKED).fill(UNKNOWN);
  /** By bank, as a mask. */
  readonly #written = new Int32Array(UNBANKED / BANK);

  /** @param expected instructions of the IR that there will be, about */
  constructor(header: IrHeader, expected?: number) {
    this.fn = new IrFunction(header, expected);
  }

  startBlock(): void {
    this.fn.startBlock();
    this.#values.fill(UNKNOWN);
    this.#written.fill(0);
  }

  op(op: number, a: number, b = 0, c = 0, d = 0): number {
    return this.fn.append(op, this.at, a, b, c, d);
  }

  constant(value: number): number {
    return this.fn.append(IR["i32.const"], this.at, value | 0);
  }

  /** A general register; register 0 is a constant. */
  get(register: number): number {
    return register === 0 ? this.constant(0) : this.getCell(register);
  }

  /** Writes to register 0 have no effect. */
  set(register: number, value: number): void {
    if (register !== 0) this.setCell(register, value);
  }

  /** HI and LO together. */
  getAccumulator(): number {
    return this.getCell(ACCUMULATOR);
  }

  setAccumulator(value: number): void {
    this.setCell(ACCUMULATOR, value);
  }

  load(op: number, address: number, offset: number): number {
    return this.fn.append(op, this.at, address, 0, offset);
  }

  /** A load of a part of a word into a value. */
  loadInto(op: number, address: number, offset: number, into: number): number {
    return this.fn.append(op, this.at, address, into, offset);
  }

  store(op: number, address: number, offset: number, value: number): void {
    this.fn.append(op, this.at, address, value, offset);
  }

  /** Traps as `address_error` unless the address is a multiple of `bytes`. */
  check(address: number, offset: number, bytes: number): void {
    this.fn.append(IR.check, this.at, address, 0, offset, bytes);
  }

  trapIf(condition: number, kind: TrapKind): void {
    this.fn.append(IR.trap_if, this.at, condition, 0, TRAP_CODES[kind]);
  }

  /** All cells are where code outside finds them, and whatever it does to them holds from here on. */
  tell(told: number, address: number, offset: number): void {
    this.#flush();
    this.#values.fill(UNKNOWN);
    this.#written.fill(0);
    this.fn.append(IR.tell, this.at, address, 0, offset, told);
  }

  jump(to: number): void {
    this.#end(IR.jump, 0, 0, 0, [to]);
  }

  branch(condition: number, taken: number, notTaken: number): void {
    this.#end(IR.branch, condition, 0, 0, [taken, notTaken]);
  }

  /** @param targets by index; the last is for every other index */
  switch(index: number, targets: readonly number[]): void {
    this.#end(IR.switch, index, 0, targets.length, targets);
  }

  call(address: number, to: number, effects: Interface = EVERYTHING): void {
    this.#end(IR.call, 0, address, this.fn.interfaceNumber(effects), [to]);
  }

  callIndirect(address: number, to: number): void {
    this.#end(IR.call_indirect, address, 0, this.fn.interfaceNumber(EVERYTHING), [to]);
  }

  syscall(to: number): void {
    this.#end(IR.syscall, 0, 0, this.fn.interfaceNumber(EVERYTHING), [to]);
  }

  tailCall(address: number): void {
    this.#end(IR.tail_call, 0, address, this.fn.interfaceNumber(EVERYTHING), []);
  }

  tailCallIndirect(address: number): void {
    this.#end(IR.tail_call_indirect, address, 0, this.fn.interfaceNumber(EVERYTHING), []);
  }

  return(): void {
    this.#end(IR.return, 0, 0, 0, []);
  }

  /** Returns to the address in a value, which has to be what `ra` was on entry. */
  returnTo(target: number, entered: number): void {
    this.#flush();
    this.fn.append(IR.return_to, this.at, target, entered);
  }

  /** Ends the block in a trap that names an address. */
  trap(kind: TrapKind, address: number): void {
    this.#flush();
    this.fn.append(IR.trap, this.at, 0, address, TRAP_CODES[kind]);
  }

  /** Ends the block in a trap because of a jump to the address in a value. */
  trapTarget(target: number): void {
    this.#flush();
    this.fn.append(IR.trap_target, this.at, target);
  }

  #end(op: number, a: number, b: number, d: number, targets: readonly number[]): void {
    this.#flush();
    const { pool } = this.fn;
    this.fn.append(op, this.at, a, b, pool.length, d);
    for (const target of targets) pool.push(target, 0);
  }

  /** Any cell. Those without a bank are read where they are. */
  getCell(cell: number): number {
    if (cell >= UNBANKED) return this.fn.append(IR.get, this.at, cell);
    let value = this.#values[cell]!;
    if (value === UNKNOWN) {
      value = this.fn.append(IR.get, this.at, cell);
      this.#values[cell] = value;
    }
    return value;
  }

  setCell(cell: number, value: number): void {
    if (cell >= UNBANKED) {
      this.fn.append(IR.set, this.at, cell, value);
      return;
    }
    this.#values[cell] = value;
    this.#written[cell >> 5]! |= 1 << cell;
  }

  #flush(): void {
    for (let bank = 0; bank < this.#written.length; bank++) {
      for (let rest = this.#written[bank]!; rest !== 0; rest &= rest - 1) {
        const cell = bank * BANK + 31 - Math.clz32(rest & -rest);
        this.fn.append(IR.set, this.at, cell, this.#values[cell]!);
      }
    }
  }
}
