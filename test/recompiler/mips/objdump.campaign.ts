import { describe, expect, it } from "vitest";
import { disassembleWord } from "../../../shared/recompiler/mips/disassemble.ts";
import { OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import { randomFrom } from "../../../shared/recompiler/validation/random.ts";
import { lacksCrossCompilers } from "./cross-compile.ts";
import { objdump } from "./objdump.ts";

const ADDRESS = 0x0040_0000;
const WORDS_PER_ROW = 40;
const ANY_WORDS = 20_000;

/** objdump has no symbol to name a target by, and marks it as a number. */
const asHere = (line: string): string => line.replace(/^((?:b(?!reak)|j)\w*\t.*?)0x(?=[0-9a-f]+$)/, "$1");

/** The manual asks for `rd` in `rt` of `clz` and `clo`, too; what else stands there objdump prints as a choice. */
const withBoth = (word: number): number =>
  /^cl[oz]\t/.test(disassembleWord(word, 0)) ? ((word & ~0x001f_0000) | (((word >>> 11) & 31) << 16)) >>> 0 : word;

/** Whole extensions without a row: paired singles, MIPS-3D, vectors; what else it calls `c1` it does not know either. */
const LEFT_OUT = /\.p[swlu]\b|^c1\t|^cabs\.|^bc1any|^bn?z\.|^(recip|rsqrt)[12]\./;
const COP1 = 0x11;
const COP1X = 0x13;

describe.skipIf(lacksCrossCompilers())("the disassembler and objdump", () => {
  const random = randomFrom("objdump");
  const ofRows = OPCODES.flatMap(({ match, mask }) =>
    Array.from({ length: WORDS_PER_ROW }, () => (match | (random.word() & ~mask)) >>> 0),
  );
  const any = Array.from({ length: ANY_WORDS }, () => random.word() >>> 0);
  const ofTheUnit = any.map((word) => ((word & 0x03ff_ffff) | ((word % 2 === 0 ? COP1 : COP1X) << 26)) >>> 0);
  const words = [...ofRows, ...any, ...ofTheUnit].map(withBoth);
  const lines = objdump(words, ADDRESS).map(asHere);
  const compared = words.map((word, index) => ({
    found: disassembleWord(word, ADDRESS + index * 4),
    expected: lines[index]!,
  }));

  it("print the same for every instruction with any operands", () => {
    expect(lines.length).toBe(words.length);
    const known = compared.filter(({ found }) => !found.startsWith(".word"));
    expect(known.length).toBeGreaterThan(OPCODES.length * WORDS_PER_ROW);
    expect(known.filter(({ found, expected }) => found !== expected)).toEqual([]);
  });

  it("know the same floating-point instructions, but for extensions", () => {
    const missing = compared.slice(ofRows.length + any.length).filter(({ found, expected }) => {
      return found.startsWith(".word") && !expected.startsWith(".word") && !LEFT_OUT.test(expected);
    });
    expect(missing).toEqual([]);
  });
});
