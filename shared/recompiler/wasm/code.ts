/** Writes the instructions of one function body. Knows how deep the open blocks are nested; shortens a few pairs. */

import { ByteWriter } from "./bytes.ts";
import { EMPTY_BLOCK, OP } from "./opcodes.ts";

/** Comparisons and their opposites. */
const OPPOSITE = new Map<number, number>(
  (
    [
      [OP.i32Eq, OP.i32Ne],
      [OP.i32LtS, OP.i32GeS],
      [OP.i32LtU, OP.i32GeU],
      [OP.i32GtS, OP.i32LeS],
      [OP.i32GtU, OP.i32LeU],
      // Of floating-point comparisons no other has an opposite: all are false of a NaN.
      [OP.f32Eq, OP.f32Ne],
      [OP.f64Eq, OP.f64Ne],
    ] as const
  ).flatMap(([a, b]) => [
    [a, b],
    [b, a],
  ]),
);

export class CodeWriter {
  readonly #out = new ByteWriter();
  /** Number of blocks, loops and ifs that are open. */
  depth = 0;
  /** Where the last instruction starts, if it is a `local.set` or a plain comparison that ends right here. */
  #lastSet = -1;
  #lastPlain = -1;

  get length(): number {
    return this.#out.length;
  }

  finish(): Uint8Array {
    return this.#out.finish();
  }

  /** All that another writer has written. Its branches to its own depth leave the innermost block open here. */
  append(other: CodeWriter): void {
    this.#out.bytes(other.finish());
  }

  /** An instruction without immediates. */
  op(opcode: number): void {
    if (opcode > 0xff) {
      this.#out.byte(opcode >> 8);
      this.#out.byte(opcode & 0xff);
      return;
    }
    this.#lastPlain = this.#out.length;
    this.#out.byte(opcode);
  }

  constant(value: number): void {
    this.#out.byte(OP.i32Const);
    this.#out.signed(value);
  }

  /** An `i64` constant in the range of a signed 32-bit number. */
  constant64(value: number): void {
    this.#out.byte(OP.i64Const);
    this.#out.signed(value);
  }

  /** Any `i64` constant. */
  constantWide(low: number, high: number): void {
    this.#out.byte(OP.i64Const);
    this.#out.signedWide((BigInt(high) << 32n) | BigInt(low >>> 0));
  }

  /** A floating-point constant by its bits. */
  pattern(opcode: number, words: readonly number[]): void {
    this.#out.byte(opcode);
    for (const word of words) for (let shift = 0; shift < 32; shift += 8) this.#out.byte((word >>> shift) & 0xff);
  }

  localGet(local: number): void {
    const set = this.#lastSet;
    if (set >= 0 && set + 2 === this.#out.length && this.#out.at(set + 1) === local) {
      this.#out.replace(set, OP.localTee);
      this.#lastSet = -1;
      return;
    }
    this.#indexed(OP.localGet, local);
  }

  localSet(local: number): void {
    const start = this.#out.length;
    this.#indexed(OP.localSet, local);
    this.#lastSet = start;
  }

  localTee(local: number): void {
    this.#indexed(OP.localTee, local);
  }

  globalGet(global: number): void {
    this.#indexed(OP.globalGet, global);
  }

  globalSet(global: number): void {
    this.#indexed(OP.globalSet, global);
  }

  /** A load or store. `alignment` is the exponent of the power of two that the address is a multiple of. */
  memory(opcode: number, alignment: number, offset: number): void {
    this.#out.byte(opcode);
    this.#out.unsigned(alignment);
    this.#out.unsigned(offset);
  }

  call(index: number): void {
    this.#indexed(OP.call, index);
  }

  returnCall(index: number): void {
    this.#indexed(OP.returnCall, index);
  }

  /** Through table 0. */
  callIndirect(type: number, isTailCall: boolean): void {
    this.#indexed(isTailCall ? OP.returnCallIndirect : OP.callIndirect, type);
    this.#out.byte(0);
  }

  /** Opens a block, which may leave a value of the type. */
  block(resultType: number = EMPTY_BLOCK): void {
    this.#open(OP.block, resultType);
  }

  loop(): void {
    this.#open(OP.loop);
  }

  if(): void {
    this.#open(OP.if);
  }

  else(): void {
    this.#out.byte(OP.else);
  }

  end(): void {
    this.depth -= 1;
    this.#out.byte(OP.end);
  }

  br(depth: number): void {
    this.#indexed(OP.br, depth);
  }

  brIf(depth: number): void {
    this.#indexed(OP.brIf, depth);
  }

  brTable(depths: readonly number[], fallback: number): void {
    this.#indexed(OP.brTable, depths.length);
    for (const depth of depths) this.#out.unsigned(depth);
    this.#out.unsigned(fallback);
  }

  /** Turns the truth value on top of the stack into its opposite. */
  not(): void {
    const last = this.#lastPlain;
    if (last >= 0 && last + 1 === this.#out.length) {
      const opposite = OPPOSITE.get(this.#out.at(last));
      if (opposite !== undefined) {
        this.#out.replace(last, opposite);
        return;
      }
    }
    this.op(OP.i32Eqz);
  }

  #open(opcode: number, resultType: number = EMPTY_BLOCK): void {
    this.depth += 1;
    this.#out.byte(opcode);
    this.#out.byte(resultType);
  }

  #indexed(opcode: number, index: number): void {
    this.#out.byte(opcode);
    this.#out.unsigned(index);
  }
}
