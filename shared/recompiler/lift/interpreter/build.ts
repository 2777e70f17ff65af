/**
 * The second tier: one function that runs guest code from memory, word by word, whatever code that is. What an instruction means
 * it has from the rows that lifted code is made of.
 *
 * It begins at the address in `target`, with registers in their globals, and returns where control comes to the `ra` it began with
 * and `sp` is as it was. A loop takes one instruction at a time: the word at `pc`, a tree of switches, a block an instruction. `pc`
 * and what follows it are two words, which is all there is to delay slots.
 */

import { EVERYTHING, LINK, TARGET } from "../../ir/cells.ts";
import type { IrFunction } from "../../ir/function.ts";
import { IR } from "../../ir/opcodes.ts";
import { type Endianness, RA, SP } from "../../machine.ts";
import { type ConditionalMnemonic, isFloatMnemonic, type Mnemonic, OPCODES, type Opcode } from "../../mips/opcodes.ts";
import { CONDITIONS } from "../rows/conditions.ts";
import { semanticsOf } from "../rows/table.ts";
import type { MachineUse } from "../use.ts";
import { CONTROL_ROWS, type DecodeNode, decodeTree, patternsOf } from "./decoder.ts";
import { REGION } from "./region.ts";
import { type Label, WordBuilder } from "./word-builder.ts";

export interface InterpreterRequest {
  readonly endianness: Endianness;
  readonly use: MachineUse;
  /** Guest address of linear memory's first byte. */
  readonly base: number;
  /** Guest address of the interpreter's region. */
  readonly region: number;
  /** Guest address, a multiple of 4, below which no code is. */
  readonly firstCode: number;
}

/** As the rows have it, before any pass. */
export function buildInterpreter(request: InterpreterRequest): IrFunction {
  return new InterpreterWriter(request).write();
}

class InterpreterWriter {
  readonly #b: WordBuilder;
  readonly #use: MachineUse;
  readonly #firstCode: number;
  /** Where an instruction has been done. */
  readonly #next: Label;
  readonly #reserved: Label;
  /** Values that the fetch has made: addresses of this instruction and of the next one, and its word. */
  #pc = 0;
  #after = 0;
  #word = 0;

  constructor({ endianness, use, base, region, firstCode }: InterpreterRequest) {
    const header = { name: "interpret", address: 0, endianness, interface: EVERYTHING };
    this.#b = new WordBuilder(header, use, region - base);
    this.#use = use;
    this.#firstCode = firstCode;
    this.#next = this.#b.label();
    this.#reserved = this.#b.label();
  }

  write(): IrFunction {
    const b = this.#b;
    b.startBlock();
    b.takeRegisters();
    const entered = { ra: b.getCell(RA), sp: b.getCell(SP) };
    this.#goTo(b.getCell(TARGET));
    this.#writeFetch(entered);
    b.place(this.#reserved);
    b.trapIf(b.constant(1), "reserved_instruction");
    b.jump(this.#next);
    b.resolveLabels();
    return b.fn;
  }

  /** Goes on at an address, and behind it. */
  #goTo(address: number): void {
    const b = this.#b;
    b.putWord(REGION.pc, address);
    b.putWord(REGION.after, this.#plus(address, 4));
    b.jump(this.#next);
  }

  #plus(value: number, bytes: number): number {
    return this.#b.compute("i32.add", value, this.#b.constant(bytes));
  }

  #writeFetch(entered: { readonly ra: number; readonly sp: number }): void {
    const b = this.#b;
    const [isBack, leave, find, astray, fetch, decode] = Array.from({ length: 6 }, () => b.label()) as [
      Label, Label, Label, Label, Label, Label,
    ]; // biome-ignore format: one row
    b.place(this.#next);
    const pc = b.getWord(REGION.pc);
    this.#pc = pc;
    b.setCell(TARGET, pc);
    b.branch(b.compute("i32.eq", pc, entered.ra), isBack, find);

    b.place(isBack);
    b.branch(b.compute("i32.eq", b.get(SP), entered.sp), leave, find);

    b.place(leave);
    b.giveRegisters();
    b.return();

    // Misaligned addresses come out beyond all others.
    b.place(find);
    const index = b.compute("i32.rotr", this.#plus(pc, -this.#firstCode), b.constant(2));
    const count = b.constant((2 ** 32 - this.#firstCode) / 4);
    b.branch(b.compute("i32.ge_u", index, count), astray, fetch);

    b.place(astray);
    b.check(pc, 0, 4);
    b.trapIf(b.constant(1), "memory_fault");
    b.jump(this.#next);

    b.place(fetch);
    const after = b.getWord(REGION.after);
    this.#after = after;
    b.putWord(REGION.pc, after);
    b.putWord(REGION.after, this.#plus(after, 4));
    b.putWord(REGION.general, b.constant(0));
    this.#word = b.load(IR["guest.load32"], pc, 0);
    b.jump(decode);
    const rows = OPCODES.filter(({ mnemonic }) => this.#use.float !== undefined || !isFloatMnemonic(mnemonic));
    this.#writeNode(decodeTree(rows), decode);
  }

  /** What decides which instruction it is, then what the instruction does. */
  #writeNode(node: DecodeNode, label: Label): void {
    const b = this.#b;
    b.place(label);
    if (node.kind === "reserved") throw new Error("a word that is no instruction has no block of its own");
    if (node.kind === "switch") {
      const { shift, width } = node.field;
      const moved = shift === 0 ? this.#word : b.compute("i32.shr_u", this.#word, b.constant(shift));
      const ways = node.cases.map((way) => [way, way.kind === "reserved" ? this.#reserved : b.label()] as const);
      const targets = ways.map(([, to]) => to);
      b.switch(b.compute("i32.and", moved, b.constant(2 ** width - 1)), [...targets, this.#reserved]);
      for (const [way, to] of ways) if (way.kind !== "reserved") this.#writeNode(way, to);
      return;
    }
    const { row, mask, match } = node;
    if (mask !== 0) {
      const known = b.label();
      const isIt = b.compute("i32.eq", b.compute("i32.and", this.#word, b.constant(mask)), b.constant(match));
      b.branch(isIt, known, this.#reserved);
      b.place(known);
    }
    b.beginWord(this.#word);
    this.#writeRow(row);
  }

  #writeRow(row: Opcode): void {
    const b = this.#b;
    const { mnemonic, control } = row;
    if (mnemonic === "syscall") {
      this.#writeSyscall();
      return;
    }
    if (control === "trap") b.trapIf(b.constant(1), "breakpoint");
    else if (control !== "none") this.#writeControl(row);
    else {
      this.#writeRefusal(mnemonic);
      const semantics = semanticsOf(mnemonic);
      if (semantics === undefined) throw new Error(`no translation for ${mnemonic}`);
      semantics(b);
    }
    b.jump(this.#next);
  }

  /** Bit fields that lie outside of a word, which lifted code does not have either. */
  #writeRefusal(mnemonic: Mnemonic): void {
    const b = this.#b;
    if (mnemonic === "ext") {
      const last = b.compute("i32.add", b.field("sa"), b.field("rd"));
      b.trapIf(b.compute("i32.gt_u", last, b.constant(31)), "reserved_instruction");
    } else if (mnemonic === "ins") {
      b.trapIf(b.compute("i32.lt_u", b.field("rd"), b.field("sa")), "reserved_instruction");
    }
  }

  /** The kernel, and handlers of signals that it calls, find registers in their globals. It returns with `eret`, which breaks a link. */
  #writeSyscall(): void {
    const b = this.#b;
    const back = b.label();
    b.giveRegisters();
    if (this.#use.hasLink) b.setCell(LINK, b.constant(0));
    b.syscall(back);
    b.place(back);
    b.takeRegisters();
    this.#goTo(this.#after);
  }

  /**
   * Conditions, targets and the link register are taken care of before the delay slot, which is the next instruction. One that
   * has a delay slot itself makes the pair a reserved instruction.
   */
  #writeControl(row: Opcode): void {
    const b = this.#b;
    const slot = this.#plus(this.#pc, 4);
    b.trapIf(this.#isControl(b.load(IR["guest.load32"], slot, 0)), "reserved_instruction");
    const condition = (CONDITIONS as Partial<Record<Mnemonic, (typeof CONDITIONS)[ConditionalMnemonic]>>)[
      row.mnemonic
    ]?.(b);
    const target = this.#targetOf(row, slot);
    const behind = this.#plus(this.#pc, 8);
    if (row.writes.includes("ra")) b.set(RA, behind);
    else if (row.writes.includes("rd")) b.set("rd", behind);
    if (condition === undefined) {
      b.putWord(REGION.after, target);
      return;
    }
    const isTaken = (taken: number, notTaken: number): number => b.op(IR["i32.select"], taken, notTaken, condition);
    if (row.control === "branch" || row.control === "branch_call") {
      b.putWord(REGION.after, isTaken(target, behind));
      return;
    }
    // A likely branch that is not taken leaves its delay slot out.
    b.putWord(REGION.pc, isTaken(slot, behind));
    b.putWord(REGION.after, isTaken(target, this.#plus(this.#pc, 12)));
  }

  /** A value that is not 0 where a word is an instruction with a delay slot. */
  #isControl(word: number): number {
    const b = this.#b;
    return patternsOf(
      CONTROL_ROWS.filter(({ mnemonic }) => this.#use.float !== undefined || !isFloatMnemonic(mnemonic)),
    )
      .map(({ mask, match }) => b.compute("i32.eq", b.compute("i32.and", word, b.constant(mask)), b.constant(match)))
      .reduce((one, other) => b.compute("i32.or", one, other));
  }

  #targetOf({ control }: Opcode, slot: number): number {
    const b = this.#b;
    if (control === "jump_register" || control === "call_register") return b.get("rs");
    if (control === "jump" || control === "call") {
      return b.compute("i32.or", b.compute("i32.and", slot, b.constant(0xf0000000)), b.jumpIndex());
    }
    return b.compute("i32.add", slot, b.compute("i32.shl", b.immediate(), b.constant(2)));
  }
}
