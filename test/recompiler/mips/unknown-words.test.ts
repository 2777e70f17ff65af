import fc from "fast-check";
import { expect, it } from "vitest";
import { decode } from "../../../shared/recompiler/mips/decode.ts";
import { describeUnknownWord } from "../../../shared/recompiler/mips/unknown-words.ts";

// Assembled by GNU as for the processor that has them.
it.each([
  [0x40086000, "mfc0 t0,$12", "privileged: coprocessor 0"],
  [0x40886001, "mtc0 t0,$12,1", "privileged: coprocessor 0"],
  [0x42000018, "eret", "privileged: coprocessor 0"],
  [0x42000002, "tlbwi", "privileged: coprocessor 0"],
  [0x41606020, "ei", "privileged: coprocessor 0"],
  [0x41606000, "di", "privileged: coprocessor 0"],
  [0xbc810010, "cache 0x1,16(a0)", "privileged: coprocessor 0"],
  [0x7000003f, "sdbbp", "privileged: a debugger's breakpoint"],
  [0x48080800, "mfc2 t0,$1", "coprocessor 2"],
  [0x48c80800, "ctc2 t0,$1", "coprocessor 2"],
  [0x4a000001, "cop2 0x2000001", "coprocessor 2"],
  [0xc8820008, "lwc2 $2,8(a0)", "coprocessor 2"],
  [0xf882fff8, "sdc2 $2,-8(a0)", "coprocessor 2"],
  [0x46c41080, "add.ps $f2,$f2,$f4", "floating point: paired single"],
  [0x46a0103f, "cop1 0x2a0103f", "floating point: an operation that this machine does not have"],
  [0xdc820008, "ld v0,8(a0)", "64-bit"],
  [0xfc820008, "sd v0,8(a0)", "64-bit"],
  [0x6482fffc, "daddiu v0,a0,-4", "64-bit"],
  [0x0085102d, "daddu v0,a0,a1", "64-bit"],
  [0x000410fc, "dsll32 v0,a0,0x3", "64-bit"],
  [0x00a41014, "dsllv v0,a0,a1", "64-bit"],
  [0x0085001d, "dmultu a0,a1", "64-bit"],
  [0x74100000, "jalx 0x400000", "a call into MIPS16 or microMIPS code"],
  [0x7c851250, "special3 0x851250", "an extension (DSP, MT, Release 6 or 64-bit)"],
  [0xffffffff, "sd ra,-1(ra)", "64-bit"],
  [0x00000005, "0x00000005", "reserved: no instruction"],
  [0xd8000000, "ldc2 $0,0(zero)", "coprocessor 2"],
] as const)("%i is called %s", (word, text, kind) => {
  expect(decode(word, 0)).toBeUndefined();
  expect(describeUnknownWord(word)).toEqual({ text, kind });
});

it("whatever the word, it has a name and a kind, and is no .word", () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (word) => {
      const { text, kind } = describeUnknownWord(word);
      expect(text).toMatch(/^(?!\.word)[a-z0-9]\S*( \S+)?$/);
      expect(kind).not.toBe("");
    }),
  );
});
