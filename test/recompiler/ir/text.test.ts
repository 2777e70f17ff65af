import { describe, expect, it } from "vitest";
import { parseFunction } from "../../../shared/recompiler/ir/parse.ts";
import { printFunction } from "../../../shared/recompiler/ir/print.ts";
import { verifyFunction } from "../../../shared/recompiler/ir/verify.ts";

/** Every shape of operation, and what calls read and write. */
const EVERYTHING = `function 0x00400000 main big reads($a0 $sp) writes(all)

block0:
  %0 = get $a0
  %1 = i32.const -4
  %2 = i64.const 0x8000000000000001
  %3 = f32.const 0x7fc00000
  %4 = f64.const 0x7ff8000000000000
  %5 = i32.select %0, %1, %0
  %6 = get $acc
  %7 = i64.add %6, %2
  set $acc, %7
  check %0-8 align 4 @0x00400004
  %8 = guest.load32 %0-8 at 0 mod 4
  %9 = guest.load_left %0+3, %8
  guest.store8 %9, %8 at 3 mod 4
  %10 = i32.load16_s %8+2 align 2
  i32.store %8+16, %10 align 4
  trap_if %10, integer_overflow @0x00400010
  tell step %0
  tell store %8-4
  branch %8, block1(%9, %7), block2

block1(%11: i32, %12: i64):
  set $v0, %11
  call 0x00400100 reads($a0) writes($v0 $v1), block3

block2:
  switch %1, block1(%0, %2), block3, block4

block3:
  call_indirect %0, block4

block4:
  syscall reads($v0 $a0) writes($v0 $a3), block5

block5:
  branch %0, block6, block7

block6:
  tail_call 0x00400200

block7:
  branch %0, block8, block9

block8:
  tail_call_indirect %0

block9:
  branch %0, block10, block11

block10:
  trap breakpoint @0x00400020

block11:
  branch %0, block12, block13

block12:
  trap_target %0

block13:
  return
`;

describe("the text of the IR", () => {
  it("reads back as it was written", () => {
    const fn = parseFunction(EVERYTHING);
    expect(verifyFunction(fn)).toEqual([]);
    expect(printFunction(fn)).toBe(EVERYTHING);
  });

  it.each([".pic.__divdi3", 'a "quoted" name', "operator()", "f; g", "x.constprop.0", "naïve"])(
    "keeps the name %j",
    (name) => {
      const text = `function 0x00400000 ${JSON.stringify(name)} little\n\nblock0:\n  return\n`;
      const fn = parseFunction(text);
      expect(fn.header.name).toBe(name);
      expect(printFunction(fn)).toBe(text);
    },
  );

  it("may use a value that is defined further down", () => {
    const lines = ["block0:", "%0 = i32.const 1", "jump block1(%0)", "block1(%1: i32):", "jump block2", "block2:"];
    const fn = parseFunction(["function 0x0 f little", ...lines, "%2 = i32.eqz %1", "jump block1(%2)"].join("\n"));
    expect(verifyFunction(fn)).toEqual([]);
    expect(printFunction(fn)).toContain("jump block1(%2)");
  });

  // biome-ignore format: a table, one row a mistake
  it.each([
    ["",                                                   "line 1: expected a function, found nothing"],
    ["function 0x0 f middle",                              'line 1: expected big or little, found "middle"'],
    ["function 0x0 f big\n  return",                       "line 2: expected a block before the first instruction"],
    ["function 0x0 f big\nblock1:",                        "line 2: expected block0, found block1"],
    ["function 0x0 f big\nblock0(%0: i8):",                'line 2: expected a type, found "i8"'],
    ["function 0x0 f big\nblock0:\n  leave",               'line 3: no operation is called "leave"'],
    ["function 0x0 f big\nblock0:\n  %0 = get $x9",        'line 3: expected a cell such as $a0, found "$x9"'],
    ["function 0x0 f big\nblock0:\n  %0 = i32.eqz %1",     "line 3: %1 is not defined"],
    ["function 0x0 f big\nblock0:\n  %0 = i32.const 1\n  %0 = i32.const 2", "line 4: %0 is defined twice"],
    ["function 0x0 f big\nblock0:\n  %0 = i32.const one",  'line 3: expected a number, found "one"'],
    ["function 0x0 f big\nblock0:\n  return %0",           'line 3: expected the end of the line, found "%0"'],
    ["function 0x0 f big\nblock0:\n  jump",                "line 3: expected a block, found the end of the line"],
    ["function 0x0 f big\nblock0:\n  %0 = get $a0\n  branch %0, block0", "line 4: expected 2 blocks to go to, found 1"],
    ["function 0x0 f big\nblock0:\n  trap now @0x0",       'line 3: expected a kind of trap, found "now"'],
    ["function 0x0 f big\nblock0:\n  return ?",            'line 3: cannot read "?"'],
  ])("%j is refused", (text, message) => {
    expect(() => parseFunction(text)).toThrow(expect.objectContaining({ code: "ir_syntax", message: `IR, ${message}` }));
  });
});

describe("the verifier", () => {
  const problems = (...lines: readonly string[]) =>
    verifyFunction(parseFunction(["function 0x0 f big", ...lines].join("\n")));

  it("passes what is sound", () => {
    expect(
      problems("block0:", "%0 = i32.const 1", "jump block1(%0)", "block1(%1: i32):", "set $v0, %1", "return"),
    ).toEqual([]);
  });

  // biome-ignore format: a table, one row a fault
  it.each<readonly [string, readonly string[], string]>([
    ["a function without blocks", [], "the function has no block"],
    ["a block without an end", ["block0:", "%0 = i32.const 1"], "block0, instruction 0 (i32.const): the block has no end"],
    ["an empty block", ["block0:", "return", "block1:"], "block1 is empty"],
    ["code behind the end", ["block0:", "return", "return"], "block0, instruction 0 (return): code behind the end"],
    ["an entry with parameters", ["block0(%0: i32):", "return"], "block0: the entry has parameters"],
    ["a way back to the entry", ["block0:", "jump block0"], "block0: goes to block0, the entry"],
    ["a way to nowhere", ["block0:", "jump block7"], "block0: goes to block7, which is not there"],
    ["too few arguments", ["block0:", "jump block1", "block1(%0: i32):", "return"], "block0: goes to block1 with 0 values, expected 1"],
    ["an argument of another type", ["block0:", "%0 = i64.const 0x1", "jump block1(%0)", "block1(%1: i32):", "return"], "block0, instruction 1 (jump): takes 0 of type i64, expected i32"],
    ["an operand of another type", ["block0:", "%0 = i64.const 0x1", "%1 = i32.eqz %0", "return"], "block0, instruction 1 (i32.eqz): takes 0 of type i64, expected i32"],
    ["a cell of another type", ["block0:", "%0 = i32.const 1", "set $acc, %0", "return"], "block0, instruction 1 (set): takes 0 of type i32, expected i64"],
    ["a value that is none", ["block0:", "%0 = set $a0, %1", "%1 = i32.eqz %0", "return"], "block0, instruction 1 (i32.eqz): takes 0, which makes no value"],
    ["a use before the definition", ["block0:", "%0 = i32.eqz %1", "%1 = i32.const 1", "return"], "block0, instruction 0 (i32.eqz): takes 1, which need not have been made"],
    ["a use on a way that does not pass the definition",
      ["block0:", "%0 = get $a0", "branch %0, block1, block2", "block1:", "%1 = i32.const 1", "jump block2", "block2:", "set $v0, %1", "return"],
      "block2, instruction 4 (set): takes 2, which need not have been made"],
  ])("finds %s", (_, lines, problem) => {
    expect(problems(...lines)).toContain(problem);
  });
});
