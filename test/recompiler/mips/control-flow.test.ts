import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import type { GuestFunction, ProgramImage } from "../../../shared/recompiler/program.ts";
import { assembleProgram, TEXT } from "./assemble.ts";
import { flowOf, obstaclesOf } from "./flow-of.ts";

/** The blocks of a program that is one function, or whose further functions have symbols. */
const lines = (text: string, symbols: Record<string, number> = {}) =>
  flowOf({ text: `start:\n${text}`, symbols }).lines;

describe("blocks", () => {
  it("end at branches and start at their targets", () => {
    expect(
      lines(`
          li v0,0
        loop:
          addu v0,v0,a0
          bnez a0,loop
          addiu a0,a0,-1
        end:
          jr ra
          nop`),
    ).toEqual([
      "start: li v0,0; fallthrough loop",
      "loop: addu v0,v0,a0; branch loop else end [addiu a0,a0,-1]",
      "end: return [nop]",
    ]);
  });

  it("mark likely branches, whose slot runs only when taken", () => {
    expect(
      lines(`
          beqzl a0,end
          li v0,1
        more:
          li v0,2
        end:
          jr ra
          nop`),
    ).toEqual(["start: branch likely end else more [li v0,1]", "more: li v0,2; fallthrough end", "end: return [nop]"]);
  });

  it.each(["b end", "beq a0,a0,end", "bgez zero,end", "blez zero,end", "beql zero,zero,end", "j end"])(
    "treat `%s` as a jump, behind which nothing is reached",
    (jump) => {
      expect(
        lines(`
            ${jump}
            nop
            .word 0xffffffff
          end:
            jr ra
            nop`),
      ).toEqual(["start: jump end [nop]", "end: return [nop]"]);
    },
  );

  it("may start at a delay slot, which then stands in two of them", () => {
    expect(
      lines(`
          bnez a0,slot
          nop
        next:
          b end
        slot:
          addiu v0,v0,1
        after:
          addiu v0,v0,2
        end:
          jr ra
          nop`),
    ).toEqual([
      "start: branch slot else next [nop]",
      "next: jump end [addiu v0,v0,1]",
      "slot: addiu v0,v0,1; addiu v0,v0,2; fallthrough end",
      "end: return [nop]",
    ]);
  });

  it("end at a trap for good, and go on behind a conditional one and a system call", () => {
    expect(
      lines(`
          teq a1,zero,7
          syscall
          break 7
          .word 0xffffffff`),
    ).toEqual(["start: teq a1,zero,0x7; syscall; trap break 0x7"]);
  });

  it("take a loop to the function's own start for a block", () => {
    expect(lines("bnez a0,start\nnop\nend:\njr ra\nnop")).toEqual([
      "start: branch start else end [nop]",
      "end: return [nop]",
    ]);
  });
});

describe("calls", () => {
  it("go on behind their slots", () => {
    expect(
      lines(
        `
          jal callee
          move a0,zero
        one:
          bal callee
          nop
        two:
          jalr t9
          nop
        three:
          bltzal a0,callee
          nop
        four:
          bgezall a0,callee
          nop
        five:
          jr ra
          nop
        callee:
          jr ra
          nop`,
        { callee: 8 },
      ),
    ).toEqual([
      "start: call callee then one [move a0,zero]",
      "one: call callee then two [nop]",
      "two: call_indirect then three [nop]",
      "three: conditional_call callee then four [nop]",
      "four: conditional_call likely callee then five [nop]",
      "five: return [nop]",
    ]);
  });

  it("are none when code asks for its own address by a link to the next instruction", () => {
    const { lines: found, functions } = flowOf({
      text: `
        start:
          move t0,ra
          bal here
          nop
        here:
          addiu v0,ra,16
          jr t0
          nop`,
      symbols: { start: 24 },
    });
    expect(found).toEqual(["start: move t0,ra; jump here [nop]", "here: addiu v0,ra,16; return [nop]"]);
    expect(functions).toHaveLength(1);
  });

  it("that end a function fall into the next one, over the padding", () => {
    expect(
      lines(
        `
          jal next
          nop
          nop
          nop
        next:
          jr ra
          nop`,
        { start: 8, next: 8 },
      ),
    ).toEqual(["start: call next then @next [nop]"]);
  });

  it("that end the code name what follows, though it starts nothing", () => {
    const { lines: found, functions } = flowOf({ text: "start:\njal start\nnop", symbols: { start: 8 } });
    expect(found).toEqual([`start: call start then @0x00400008 [nop]`]);
    expect(functions).toHaveLength(1);
  });
});

describe("leaving a function", () => {
  const other = "other:\njr ra\nnop";
  it.each([
    ["a jump", "j other\nnop", "start: jump @other [nop]"],
    ["a branch", "beqz a0,other\nnop\nend:\njr ra\nnop", "start: branch @other else end [nop]"],
    ["a fall off its end", "addiu a0,a0,1", "start: addiu a0,a0,1; fallthrough @other"],
    ["a fall off its end over padding", "addiu a0,a0,1\nnop\nnop", "start: addiu a0,a0,1; fallthrough @other"],
  ])("by %s is a tail call", (_what, text, expected) => {
    expect(lines(`${text}\n${other}`, { other: 8 })[0]).toBe(expected);
  });

  it("by a jump through a register is a tail call to an unknown place", () => {
    expect(lines("lw t9,0(a0)\njr t9\nnop")).toEqual(["start: lw t9,0(a0); jump_indirect [nop]"]);
    expect(lines("lw t9,0(a0)\njalr zero,t9\nnop")).toEqual(["start: lw t9,0(a0); jump_indirect [nop]"]);
  });

  it("by a jump through t9 is none back to the start, though callers often keep the callee's address there", () => {
    expect(lines("jr t9\nnop")).toEqual(["start: jump_indirect [nop]"]);
  });

  it("by a jump through a register whose value is plain goes there", () => {
    const text = "lui t9,%hi(other)\naddiu t9,t9,%lo(other)\njr t9\nnop";
    expect(lines(`${text}\n${other}`, { other: 8 })).toEqual(["start: lui t9,0x40; addiu t9,t9,16; jump @other [nop]"]);
  });

  it("for code of no function makes one of it, which takes the tail it shares along", () => {
    const source = {
      text: `
        start:
          beqz a0,cold
          nop
        tail:
          jr ra
          nop
        other:
          jr ra
          nop
        cold:
          b tail
          li v0,1`,
      symbols: { start: 16, other: 8 },
    };
    expect(flowOf(source).lines).toEqual(["start: branch @cold else tail [nop]", "tail: return [nop]"]);
    expect(flowOf(source, { at: "cold" }).lines).toEqual(["tail: return [nop]", "cold: jump tail [li v0,1]"]);
  });
});

describe("an obstacle", () => {
  it.each([
    [
      "a word that is no instruction",
      "addiu a0,a0,1\n.word 0x46c20000",
      {
        address: TEXT + 4,
        word: "46c20000",
        instruction: "add.ps $f0,$f0,$f2",
        reason: "floating point: paired single",
      },
    ],
    [
      "a delay slot that is no instruction",
      "jr ra\n.word 0x46c20000",
      {
        address: TEXT + 4,
        word: "46c20000",
        instruction: "add.ps $f0,$f0,$f2",
        reason: "floating point: paired single",
      },
    ],
    [
      "a branch in a delay slot",
      "jr ra\nb start",
      {
        address: TEXT,
        word: "03e00008",
        instruction: "jr ra",
        reason: "the branch in its delay slot, b 400000, is unpredictable",
      },
    ],
    [
      "a jump out of the code",
      "j 500000\nnop",
      {
        address: TEXT,
        word: "08140000",
        instruction: "j 500000",
        reason: "leads to 0x00500000, which is outside the program's code",
      },
    ],
    [
      "the end of the code",
      "addiu a0,a0,1",
      {
        address: TEXT,
        word: "24840001",
        instruction: "addiu a0,a0,1",
        reason: "leads to 0x00400004, which is outside the program's code",
      },
    ],
  ])("is %s", (_what, text, expected) => {
    expect(flowOf({ text: `start:\n${text}` }).obstacle).toEqual(expected);
  });

  it("is no word that is never reached", () => {
    expect(flowOf({ text: "start:\njr ra\nnop\n.word 0xffffffff" }).obstacle).toBeUndefined();
  });

  it("is the one with the lowest address", () => {
    const text = "start:\nbnez a0,far\nnop\n.word 0x46c20000\nfar:\n.word 0x46c20001";
    expect(flowOf({ text }).obstacle!.address).toBe(TEXT + 8);
  });
});

/** Words that are mostly instructions, so that flow gets somewhere. */
const plausibleWord = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...OPCODES), fc.nat(0xffffffff))
      .map(([{ match, mask }, free]) => (match | (free & ~mask & 0xfc1ff81f)) >>> 0),
  },
  { weight: 1, arbitrary: fc.constantFrom(0x03e00008, 0x00400008, 0x0000000d, 0) },
  { weight: 1, arbitrary: fc.nat(0xffffffff) },
);

function imageOf(words: readonly number[]): ProgramImage {
  const text = words.map((word) => `.word 0x${word.toString(16)}`).join("\n");
  return assembleProgram({ text }).image;
}

describe("whatever the code", () => {
  it("the blocks are sorted, hang together and hold each an instruction or a terminator", () => {
    fc.assert(
      fc.property(fc.array(plausibleWord, { minLength: 1, maxLength: 60 }), (words) => {
        const image = imageOf(words);
        const functions = discoverFunctions(image);
        for (const fn of functions) {
          const { blocks } = buildControlFlow(image, fn, functions);
          for (const { reason } of obstaclesOf(blocks)) expect(reason).not.toBe("");
          const addresses = blocks.map(({ address }) => address);
          expect(addresses).toEqual([...new Set(addresses)].sort((a, b) => a - b));
          expect(addresses).toContain(fn.address);
          for (const { address, instructions, terminator } of blocks) {
            instructions.forEach((instruction, index) => {
              expect(instruction.address).toBe(address + index * 4);
            });
            for (const target of "next" in terminator ? [terminator.next] : []) {
              if (target.kind === "block") expect(addresses).toContain(target.address);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("the same functions and graphs come out again", () => {
    fc.assert(
      fc.property(fc.array(plausibleWord, { minLength: 1, maxLength: 40 }), (words) => {
        const graphs = (image: ProgramImage): unknown => {
          const functions: GuestFunction[] = discoverFunctions(image);
          return functions.map((fn) => buildControlFlow(image, fn, functions));
        };
        expect(graphs(imageOf(words))).toEqual(graphs(imageOf(words)));
      }),
      { numRuns: 100 },
    );
  });
});
