import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode } from "../../../shared/recompiler/mips/decode.ts";
import {
  hasDelaySlot,
  registersRead,
  registersWritten,
  writesRegister,
} from "../../../shared/recompiler/mips/instruction.ts";
import { isFloatMnemonic, type Mnemonic, OPCODE_OF, OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import { REGISTER_COUNT, REGISTER_NAMES } from "../../../shared/recompiler/register-file.ts";
import { assembleOne } from "./assemble.ts";

const named = (registers: readonly number[]): string => registers.map((register) => REGISTER_NAMES[register]).join(" ");
const MNEMONICS: ReadonlySet<string> = new Set(OPCODES.map(({ mnemonic }) => mnemonic));
const instructionOf = (line: string) => decode(assembleOne(line, 0x1000), 0x1000)!;

describe("the opcode table", () => {
  it("names each mnemonic once", () => {
    expect(new Set(OPCODES.map(({ mnemonic }) => mnemonic)).size).toBe(OPCODES.length);
    for (const opcode of OPCODES) expect(OPCODE_OF[opcode.mnemonic]).toBe(opcode);
  });

  it("fixes no bit outside its mask", () => {
    const stray = OPCODES.filter(({ match, mask }) => (match & ~mask) !== 0);
    expect(stray).toEqual([]);
  });

  it("has no two rows that one word could match", () => {
    const overlapping = OPCODES.flatMap((a, index) =>
      OPCODES.slice(index + 1)
        .filter((b) => ((a.match ^ b.match) & a.mask & b.mask) === 0)
        .map((b) => `${a.mnemonic} ${b.mnemonic}`),
    );
    expect(overlapping).toEqual([]);
  });

  it("has every integer instruction of MIPS32 release 2 that a user program may run", () => {
    const listed = `add addi addiu addu and andi beq beql bgez bgezal bgezall bgezl bgtz bgtzl blez blezl bltz bltzal
      bltzall bltzl bne bnel break clo clz div divu ext ins j jal jalr jr lb lbu lh lhu ll lui lw lwl lwr madd maddu
      mfhi mflo movn movz msub msubu mthi mtlo mul mult multu nor or ori pref rdhwr rotr rotrv sb sc seb seh sh sll
      sllv slt slti sltiu sltu sra srav srl srlv sub subu sw swl swr sync synci syscall teq teqi tge tgei tgeiu tgeu
      tlt tlti tltiu tltu tne tnei wsbh xor xori`;
    expect(listed.split(/\s+/).filter((each) => !MNEMONICS.has(each))).toEqual([]);
  });

  it("has every instruction of the floating-point unit, paired singles left out", () => {
    const formats = "abs add div mov movf movn movt movz mul neg recip rsqrt sqrt sub madd msub nmadd nmsub";
    const toInteger = ["ceil", "cvt", "floor", "round", "trunc"].flatMap((name) => [`${name}.l`, `${name}.w`]);
    const conditions = "f un eq ueq olt ult ole ule sf ngle seq ngl lt nge le ngt"
      .split(" ")
      .map((each) => `c.${each}`);
    const ofBoth = [...formats.split(" "), ...toInteger, ...conditions].flatMap((name) => [`${name}.s`, `${name}.d`]);
    const others = `bc1f bc1fl bc1t bc1tl cfc1 ctc1 cvt.d.l cvt.d.s cvt.d.w cvt.s.d cvt.s.l cvt.s.w ldc1 ldxc1 luxc1 lwc1
      lwxc1 mfc1 mfhc1 movf movt mtc1 mthc1 prefx sdc1 sdxc1 suxc1 swc1 swxc1`;
    const listed = [...ofBoth, ...others.split(/\s+/)];
    expect(listed.filter((each) => !MNEMONICS.has(each) || !isFloatMnemonic(each as Mnemonic))).toEqual([]);
  });
});

describe("registers of an instruction", () => {
  it.each([
    ["addu v0,a0,a1", "a0 a1", "v0"],
    ["sll t0,t1,4", "t1", "t0"],
    ["lw v0,8(sp)", "sp", "v0"],
    ["lwl v0,8(sp)", "sp v0", "v0"],
    ["sw ra,8(sp)", "sp ra", ""],
    ["sc at,0(a0)", "a0 at", "at"],
    ["movn v0,v1,a0", "v1 a0 v0", "v0"],
    ["ins v0,v1,3,5", "v1 v0", "v0"],
    ["ext v0,v1,3,5", "v1", "v0"],
    ["mult a0,a1", "a0 a1", "hi lo"],
    ["madd a0,a1", "a0 a1 hi lo", "hi lo"],
    ["mul v0,a0,a1", "a0 a1", "v0"],
    ["mflo v0", "lo", "v0"],
    ["mthi v0", "v0", "hi"],
    ["jal 1000", "", "ra"],
    ["jalr t9", "t9", "ra"],
    ["jalr t0,t9", "t9", "t0"],
    ["jr t9", "t9", ""],
    ["bltzal a0,1000", "a0", "ra"],
    ["beq a0,a1,1000", "a0 a1", ""],
    ["rdhwr v1,$29", "", "v1"],
    ["syscall", "v0 a0 a1 a2 a3 sp", "v0 v1 a3"],
    ["lui v0,16", "", "v0"],
    ["break 7", "", ""],
    ["movf v0,v1,$fcc0", "v1 v0 fcsr", "v0"],
    ["bc1t 1000", "fcsr", ""],
    ["c.eq.s $f2,$f4", "f2 f4 fcsr", "fcsr"],
    ["add.s $f3,$f1,$f2", "f1 f2 fcsr", "f3 fcsr"],
    ["mov.d $f2,$f4", "f4 f5 f4.high", "f2 f3 f2.high"],
    ["cvt.d.w $f2,$f5", "f5 fcsr", "f2 f3 f2.high fcsr"],
    ["madd.s $f2,$f4,$f6,$f8", "f4 f6 f8 fcsr", "f2 fcsr"],
    ["mtc1 a0,$f3", "a0", "f3"],
    ["lwxc1 $f2,t0(v0)", "v0 t0", "f2"],
    ["sdc1 $f22,8(sp)", "sp f22 f23 f22.high", ""],
  ])("%s", (line, read, written) => {
    const instruction = instructionOf(line);
    expect(named(registersRead(instruction))).toBe(read);
    expect(named(registersWritten(instruction))).toBe(written);
  });

  it("are the same whether asked for one or for all", () => {
    const row = fc.constantFrom(...OPCODES);
    fc.assert(
      fc.property(row, fc.nat(0xffffffff), fc.nat(REGISTER_COUNT - 1), ({ match, mask }, free, register) => {
        const instruction = decode((match | (free & ~mask)) >>> 0, 0)!;
        expect(writesRegister(instruction, register)).toBe(registersWritten(instruction).includes(register));
      }),
    );
  });
});

describe("delay slots", () => {
  it("follow every branch and jump, and nothing else", () => {
    const withSlot = OPCODES.filter(({ match }) => hasDelaySlot(decode(match, 0)!)).map(({ mnemonic }) => mnemonic);
    expect(withSlot.sort().join(" ")).toBe(
      "bc1f bc1fl bc1t bc1tl beq beql bgez bgezal bgezall bgezl bgtz bgtzl blez blezl bltz bltzal bltzall bltzl bne bnel j jal jalr jr",
    );
  });
});
