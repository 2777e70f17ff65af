import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../../../shared/recompiler/mips/decode.ts";
import { OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";

const word = fc.nat(0xffffffff);
const matching = fc
  .tuple(fc.constantFrom(...OPCODES), word)
  .map(([opcode, free]) => ({ opcode, word: (opcode.match | (free & ~opcode.mask)) >>> 0 }));

describe("decode", () => {
  it("finds the one row of the table that a word matches, or none", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          word,
          matching.map((made) => made.word),
        ),
        (candidate) => {
          const rows = OPCODES.filter(({ match, mask }) => (candidate & mask) >>> 0 === match);
          expect(rows.length).toBeLessThanOrEqual(1);
          expect(decode(candidate, 0)?.mnemonic).toBe(rows[0]?.mnemonic);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("refuses a word with a reserved bit set, or takes it for another instruction", () => {
    fc.assert(
      fc.property(matching, fc.nat(31), ({ opcode, word: valid }, bit) => {
        fc.pre(((opcode.mask >>> bit) & 1) === 1);
        expect(decode((valid ^ (1 << bit)) >>> 0, 0)?.mnemonic).not.toBe(opcode.mnemonic);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps every bit: the fields put together again are the word", () => {
    fc.assert(
      fc.property(matching, ({ opcode, word: valid }) => {
        const { rs, rt, rd, sa, immediate } = decode(valid, 0)!;
        const registers = (opcode.match & 0xfc00003f) | (rs << 21) | (rt << 16) | (rd << 11) | (sa << 6);
        const lowHalf = (opcode.match & 0xfc000000) | (rs << 21) | (rt << 16) | (immediate & 0xffff);
        const hasLowSix = (opcode.mask & 0x3f) !== 0;
        expect((hasLowSix ? registers : lowHalf) >>> 0).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[what: string, word: number, address: number, target: number]>([
    ["a forward branch", 0x10000003, 0x00400000, 0x00400010],
    ["a backward branch", 0x1440fffe, 0x00400010, 0x0040000c],
    ["a likely branch with a link", 0x0412ffff, 0x00400010, 0x00400010],
    ["a branch past the end of the address space", 0x10000001, 0xfffffff8, 0x00000000],
    ["a jump", 0x08100000, 0x00400000, 0x00400000],
    ["a jump from the last word of a region goes to the next one", 0x08000001, 0x0ffffffc, 0x10000004],
    ["a call in the upper half of the address space", 0x0c000040, 0x80001000, 0x80000100],
    ["a jump through a register has none", 0x03e00008, 0x00400000, 0],
    ["a load has none", 0x8c420010, 0x00400000, 0],
  ])("computes the target of %s", (_what, candidate, address, target) => {
    expect(decode(candidate, address)!.target).toBe(target);
  });

  it.each<[what: string, word: number]>([
    ["add with a shift amount", 0x00851060],
    ["sll with rs", 0x00a41080],
    ["mult with rd", 0x00851018],
    ["mfhi with rs", 0x00801010],
    ["lui with rs", 0x3c820001],
    ["blez with rt", 0x18830001],
    ["jr with rd", 0x03e00808],
    ["jr with a reserved hint", 0x03e00048],
    ["jalr with rt", 0x0321f809],
    ["seb with rs", 0x7c241420],
    ["rdhwr with rs", 0x7c63e83b],
    ["rotr with another bit of rs", 0x00641042],
    ["a reserved function of SPECIAL", 0x00000005],
    ["a reserved REGIMM", 0x04050000],
    ["arithmetic of paired singles", 0x46c20000],
    ["a comparison of MIPS-3D", 0x4602007c],
    ["a branch of MIPS-3D", 0x45210003],
    ["a comparison with a reserved bit set", 0x460200f0],
    ["a square root with a second operand", 0x46020004],
    ["movf with a shift amount", 0x00801041],
    ["a vector operation of MIPS-3D", 0x4c00001e],
    ["mfc0", 0x40026000],
    ["a cache operation", 0xbc400000],
    ["a 64-bit addition", 0x0085102d],
    ["a 64-bit load", 0xdc820000],
  ])("does not know %s", (_what, candidate) => {
    expect(decode(candidate, 0)).toBeUndefined();
  });

  it.each<[what: string, word: number, mnemonic: string]>([
    ["jr.hb", 0x03e00408, "jr"],
    ["jalr.hb", 0x0320fc09, "jalr"],
    ["a system call with a code", 0x000003cc, "syscall"],
    ["rotr", 0x00221042, "rotr"],
    ["srl", 0x00021042, "srl"],
    ["rotrv", 0x00821046, "rotrv"],
    ["lwl", 0x88820003, "lwl"],
    ["synci", 0x045f0000, "synci"],
    ["nop", 0x00000000, "sll"],
    ["a sum of singles", 0x46020000, "add.s"],
    ["a comparison of doubles", 0x462200f2 & ~0xc0, "c.eq.d"],
    ["a floating-point load", 0xc4400000, "lwc1"],
    ["an indexed one", 0x4c410000, "lwxc1"],
    ["a branch on a floating-point condition", 0x45010003, "bc1t"],
    ["movf", 0x00801001, "movf"],
    ["movt of a double", 0x46210011, "movt.d"],
    ["a product and a sum", 0x4c411021, "madd.d"],
    ["a conversion from a long", 0x46a20021 & ~0x1f0000, "cvt.d.l"],
  ])("knows %s", (_what, candidate, mnemonic) => {
    expect(decode(candidate, 0)?.mnemonic).toBe(mnemonic);
  });

  it("reads the fields as the manual draws them", () => {
    expect(decode(0xafbf001c, 0x00400010)).toEqual({
      address: 0x00400010,
      word: 0xafbf001c,
      mnemonic: "sw",
      rs: 29,
      rt: 31,
      rd: 0,
      sa: 0,
      immediate: 28,
      target: 0,
    });
    expect(decode(0x27bdffe0, 0)).toMatchObject({ mnemonic: "addiu", immediate: -32 });
    expect(decode(0x3442ffff, 0)).toMatchObject({ mnemonic: "ori", immediate: -1 });
  });
});
