/**
 * From the guest's memory to linear memory, which starts at the guest address `base` and holds words in the host's
 * order: a big-endian guest's byte `a` is at `a ^ 3` and its halfword at `a ^ 2`; words are where they are.
 *
 * Parts of words work on the aligned word around the address ("MIPS32 Architecture for Programmers, Volume II", `LWL`
 * and the others). The left forms work on the register's most significant bytes, the right forms on its least
 * significant ones; by how many bytes the word is shifted against the register depends on the address and, mirrored, on
 * the byte order.
 */

import type { IrFunction } from "../function.ts";
import { IR } from "../opcodes.ts";
import { KEEP, rewrite } from "./rewrite.ts";

/** Of an access: its width in bytes, and the operation on linear memory. */
interface Access {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly op: number;
}

const ACCESSES: (Access | undefined)[] = [];
ACCESSES[IR["guest.load8_s"]] = { bytes: 1, op: IR["i32.load8_s"] };
ACCESSES[IR["guest.load8_u"]] = { bytes: 1, op: IR["i32.load8_u"] };
ACCESSES[IR["guest.load16_s"]] = { bytes: 2, op: IR["i32.load16_s"] };
ACCESSES[IR["guest.load16_u"]] = { bytes: 2, op: IR["i32.load16_u"] };
ACCESSES[IR["guest.load32"]] = { bytes: 4, op: IR["i32.load"] };
ACCESSES[IR["guest.store8"]] = { bytes: 1, op: IR["i32.store8"] };
ACCESSES[IR["guest.store16"]] = { bytes: 2, op: IR["i32.store16"] };
ACCESSES[IR["guest.store32"]] = { bytes: 4, op: IR["i32.store"] };
ACCESSES[IR["guest.load_single"]] = { bytes: 4, op: IR["f32.load"] };
ACCESSES[IR["guest.store_single"]] = { bytes: 4, op: IR["f32.store"] };
ACCESSES[IR["guest.load_double"]] = { bytes: 8, op: IR["f64.load"] };
ACCESSES[IR["guest.store_double"]] = { bytes: 8, op: IR["f64.store"] };

/** What a big-endian guest's address is changed by, by the bytes of the access. */
const FLIP = { 1: 3, 2: 2, 4: 0, 8: 0 } as const;
/** As memory operations have it, the exponent. */
const ALIGNMENT = { 1: 0, 2: 1, 4: 2, 8: 3 } as const;

/** @param base guest address of linear memory's first byte */
export function lowerMemory(fn: IrFunction, base: number): IrFunction {
  return rewrite(fn, (out, index, a, b) => new Lowering(out, fn, index, base).lower(a, b));
}

class Lowering {
  readonly #out: IrFunction;
  readonly #base: number;
  readonly #isBig: boolean;
  readonly #op: number;
  readonly #at: number;
  readonly #offset: number;
  readonly #residue: number;

  constructor(out: IrFunction, fn: IrFunction, index: number, base: number) {
    this.#out = out;
    this.#base = base;
    this.#isBig = fn.header.endianness === "big";
    this.#op = fn.op[index]!;
    this.#at = fn.at[index]!;
    this.#offset = fn.c[index]!;
    this.#residue = fn.d[index]! - 1;
  }

  lower(a: number, b: number): number {
    const access = ACCESSES[this.#op];
    if (this.#isBig && this.#op === IR["guest.load_double"]) return this.#loadDouble(a);
    if (this.#isBig && this.#op === IR["guest.store_double"]) return this.#storeDouble(a, b);
    if (access !== undefined) return this.#access(a, b, access);
    switch (this.#op) {
      case IR["guest.load32_any"]:
        if (this.#isBig) return this.#loadTwoWords(a);
        return this.#memory(IR["i32.load"], a, 0, 0);
      case IR["guest.store32_any"]:
        return this.#memory(IR["i32.store"], a, b, 0);
      case IR["guest.load_left"]:
        return this.#loadPart(a, b, true);
      case IR["guest.load_right"]:
        return this.#loadPart(a, b, false);
      case IR["guest.store_left"]:
        return this.#storePart(a, b, true);
      case IR["guest.store_right"]:
        return this.#storePart(a, b, false);
      default:
        return KEEP;
    }
  }

  #access(a: number, b: number, { bytes, op }: Access): number {
    const flip = this.#isBig ? FLIP[bytes] : 0;
    const alignment = ALIGNMENT[bytes];
    if (this.#out.op[a] === IR["i32.const"]) {
      const address = ((this.#out.a[a]! + this.#offset) ^ flip) - this.#base;
      return this.#out.append(op, this.#at, this.#constant(address), b, 0, alignment);
    }
    if (flip === 0) return this.#memory(op, a, b, alignment);
    if (this.#residue >= 0) {
      return this.#memory(op, a, b, alignment, this.#offset + (this.#residue ^ flip) - this.#residue);
    }
    // (p + 4n) ^ flip is (p ^ flip) + 4n: whole words of the offset stay one.
    const words = this.#offset & ~3;
    const isFolded = this.#base === 0 && words >= 0;
    const sum = this.#add(a, isFolded ? this.#offset & 3 : this.#offset - this.#base);
    return this.#out.append(op, this.#at, this.#with("i32.xor", sum, flip), b, isFolded ? words : 0, alignment);
  }

  /** The high word comes first, and words are in the host's order: two halves that have changed places. */
  #loadDouble(a: number): number {
    const swapped = this.#access(a, 0, { bytes: 8, op: IR["i64.load"] });
    return this.#append("f64.reinterpret_i64", this.#swapHalves(swapped), 0);
  }

  #storeDouble(a: number, b: number): number {
    const swapped = this.#swapHalves(this.#append("i64.reinterpret_f64", b, 0));
    return this.#access(a, swapped, { bytes: 8, op: IR["i64.store"] });
  }

  #swapHalves(value: number): number {
    return this.#append("i64.rotl", value, this.#append("i64.const", 32, 0));
  }

  /** An access at a guest address plus an offset. WebAssembly's own offset is unsigned, and never wraps. */
  #memory(op: number, a: number, b: number, alignment: number, offset = this.#offset): number {
    const isFolded = this.#base === 0 && offset >= 0;
    const address = isFolded ? a : this.#add(a, offset - this.#base);
    return this.#out.append(op, this.#at, address, b, isFolded ? offset : 0, alignment);
  }

  /**
   * The words that hold the first and the last byte, which are one word when the address is aligned: shifted left by
   * the bits before the first byte, and right by what that leaves of 32. Counts are taken modulo 32.
   */
  #loadTwoWords(a: number): number {
    const address = this.#add(a, this.#offset - this.#base);
    const first = this.#word(address);
    const bits = this.#with("i32.shl", address, 3);
    const upper = this.#append("i32.shl", first, bits);
    const last = this.#word(this.#add(address, 3));
    const lower = this.#append("i32.shr_u", last, this.#append("i32.sub", this.#constant(0), bits));
    return this.#append("i32.or", upper, lower);
  }

  /** The word's bytes from the address on, shifted to the register's side; its other bytes are kept. */
  #loadPart(a: number, b: number, isLeft: boolean): number {
    const address = this.#add(a, this.#offset - this.#base);
    const shift = isLeft ? "i32.shl" : "i32.shr_u";
    const moved = this.#append(shift, this.#word(address), this.#shift(address, isLeft));
    return this.#append("i32.or", moved, this.#kept(b, address, shift, isLeft));
  }

  /** The opposite way: the word's bytes up to the address are the register's. */
  #storePart(a: number, b: number, isLeft: boolean): number {
    const address = this.#add(a, this.#offset - this.#base);
    const shift = isLeft ? "i32.shr_u" : "i32.shl";
    const aligned = this.#with("i32.and", address, -4);
    const moved = this.#append(shift, b, this.#shift(address, isLeft));
    const word = this.#out.append(IR["i32.load"], this.#at, aligned, 0, 0, 2);
    const merged = this.#append("i32.or", moved, this.#kept(word, address, shift, isLeft));
    return this.#out.append(IR["i32.store"], this.#at, aligned, merged, 0, 2);
  }

  /** The bits of a value that a shift of all of a word by the part's distance leaves out. */
  #kept(value: number, address: number, shift: "i32.shl" | "i32.shr_u", isLeft: boolean): number {
    const reached = this.#append(shift, this.#constant(-1), this.#shift(address, isLeft));
    return this.#append("i32.and", value, this.#with("i32.xor", reached, -1));
  }

  /** 8 times the bytes the address is past its word's start, or short of its end; shifts take it modulo 32. */
  #shift(address: number, isLeft: boolean): number {
    return this.#with("i32.shl", this.#isBig === isLeft ? address : this.#with("i32.xor", address, 3), 3);
  }

  #word(address: number): number {
    return this.#out.append(IR["i32.load"], this.#at, this.#with("i32.and", address, -4), 0, 0, 2);
  }

  #add(value: number, constant: number): number {
    return (constant | 0) === 0 ? value : this.#with("i32.add", value, constant);
  }

  #with(name: keyof typeof IR, value: number, constant: number): number {
    return this.#append(name, value, this.#constant(constant));
  }

  #append(name: keyof typeof IR, a: number, b: number): number {
    return this.#out.append(IR[name], this.#at, a, b);
  }

  #constant(value: number): number {
    return this.#out.append(IR["i32.const"], this.#at, value | 0);
  }
}
