import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../../../shared/recompiler/mips/decode.ts";
import { disassemble, disassembleWord } from "../../../shared/recompiler/mips/disassemble.ts";
import { OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import { assembleOne } from "./assemble.ts";

const ADDRESS = 0x00400100;

describe("disassemble", () => {
  // Spellings as GNU objdump 2.40 prints the words.
  it.each<[text: string, word: number]>([
    ["nop", 0x00000000],
    ["ehb", 0x000000c0],
    ["sll\tv0,v0,0x2", 0x00021080],
    ["ror\tv0,v0,0x1", 0x00221042],
    ["sllv\tv0,v0,a0", 0x00821004],
    ["addu\tv0,a0,a1", 0x00851021],
    ["move\ts8,sp", 0x03a0f021],
    ["move\tv0,a0", 0x00801025],
    ["negu\tv0,v0", 0x00021023],
    ["li\tv0,5", 0x24020005],
    ["li\tv0,0xffff", 0x3402ffff],
    ["addiu\tsp,sp,-32", 0x27bdffe0],
    ["andi\tv0,v0,0xf", 0x3042000f],
    ["lui\tgp,0x42", 0x3c1c0042],
    ["lw\tv0,-32744(gp)", 0x8f828018],
    ["pref\t0x4,32(v0)", 0xcc440020],
    ["mult\ta0,a1", 0x00850018],
    ["div\tzero,a0,a1", 0x0085001a],
    ["mul\tv0,a0,a1", 0x70851002],
    ["clz\tv0,a0", 0x70821020],
    ["seb\tv0,v0", 0x7c021420],
    ["ext\tv0,a0,0x4,0x10", 0x7c827900],
    ["ins\tv0,a0,0x4,0x5", 0x7c824104],
    ["rdhwr\tv1,$29", 0x7c03e83b],
    ["syscall", 0x0000000c],
    ["break\t0x7", 0x0007000d],
    ["sync", 0x0000000f],
    ["teq\ta1,zero,0x7", 0x00a001f4],
    ["b\t40010c", 0x10000002],
    ["beqz\tv0,40010c", 0x10400002],
    ["bne\tv1,v0,4000fc", 0x1462fffe],
    ["bal\t40010c", 0x04110002],
    ["bltzal\ta0,40010c", 0x04900002],
    ["jal\t400100", 0x0c100040],
    ["jr\tra", 0x03e00008],
    ["jr.hb\tra", 0x03e00408],
    ["jalr\tt9", 0x0320f809],
    ["jalr\tt0,t9", 0x03204009],
    ["sdc1\t$f22,48(sp)", 0xf7b60030],
    ["add.s\t$f0,$f1,$f2", 0x46020800],
    ["c.olt.d\t$f2,$f4", 0x46241034],
    ["c.olt.d\t$fcc3,$f2,$f4", 0x46241334],
    ["bc1f\t40010c", 0x45000002],
    ["bc1tl\t$fcc7,40010c", 0x451f0002],
    ["movt\tv0,a0,$fcc0", 0x00811001],
    ["madd.d\t$f2,$f4,$f6,$f8", 0x4c8830a1],
    ["ldxc1\t$f2,t0(v0)", 0x4c480081],
    ["cfc1\tv0,c1_fcsr", 0x4442f800],
    ["sync_rmb", 0x000004cf],
  ])("%j", (text, word) => {
    expect(disassembleWord(word, ADDRESS)).toBe(text);
  });

  it("prints a word that is no instruction as a word", () => {
    expect(disassembleWord(0x46c20000, 0)).toBe(".word\t0x46c20000");
    expect(disassembleWord(0x00000005, 0)).toBe(".word\t0x00000005");
  });

  it("prints what assembles to the same instruction again", () => {
    fc.assert(
      fc.property(fc.constantFrom(...OPCODES), fc.nat(0xffffffff), ({ match, mask }, free) => {
        const instruction = decode((match | (free & ~mask)) >>> 0, ADDRESS)!;
        const text = disassemble(instruction);
        const again = decode(assembleOne(text.replace("\t", " "), ADDRESS), ADDRESS)!;
        expect(disassemble(again)).toBe(text);
      }),
      { numRuns: 3000 },
    );
  });
});
