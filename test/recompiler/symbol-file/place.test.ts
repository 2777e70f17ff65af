import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { placeSymbols } from "../../../shared/recompiler/symbol-file/place.ts";
import { buildProgram, call, EXIT, RETURN, returning } from "../../stages/program.ts";

/** Four functions: one is the entry, one is called, two nobody refers to. */
const program = buildProgram({
  functions: { start: [...call("called"), ...EXIT], called: returning(3), apart: [["nop"], ...RETURN], last: RETURN },
  named: [],
});
const image = loadElf(program.bytes);
const at = (name: string) => `0x${program.addressOf(name).toString(16)}`;
const place = (text: string) => placeSymbols(image, new TextEncoder().encode(text), "game.txt");
const found = (text: string) =>
  discoverFunctions(image, { stated: place(text).functions }).map(
    ({ name, size, origin }) => `${name} ${size} ${origin}`,
  );

describe("what a symbol file says of a stripped program", () => {
  it("is where functions start, what they are called, and how far they go", () => {
    expect(discoverFunctions(image).map(({ origin }) => origin)).toEqual(["entry", "call"]);
    const text = `begin = ${at("start")};\napart = ${at("apart")}; // type:func\nlast = ${at("last")}; // size:0x6\n`;
    expect(place(text).warnings).toEqual([]);
    expect(found(text)).toEqual([
      "begin 20 symbol_file",
      expect.stringMatching(/^func_[0-9a-f]{8} 8 call$/),
      "apart 12 symbol_file",
      "last 8 symbol_file",
    ]);
  });

  it("is left out where there is no such place, with a warning for each kind", () => {
    const start = program.addressOf("start");
    const text = [
      `begin = ${at("start")}; // size:0x2c`,
      "far = 0x10000000; // type:func",
      "farther = 0x10000010; // type:func",
      "data = 0x10000020;",
      `odd = ${start + 2};`,
      `last = ${at("last")}; // size:0x1000`,
      `again = ${at("last")};`,
    ].join("\n");
    const end = `0x${(image.codeRanges[0]!.end >>> 0).toString(16).padStart(8, "0")}`;
    expect(place(text).warnings).toEqual([
      "game.txt: line 2: far: expected an address in the program's code, found 0x10000000; left out (and 1 more)",
      expect.stringMatching(
        /^game\.txt: line 5: odd: expected an address that is a multiple of 4, found 0x\w{8}; left out$/,
      ),
      expect.stringMatching(
        /^game\.txt: line 7: again: expected each address once, found 0x\w{8} for last \(line 6\) too; the function is called last$/,
      ),
      expect.stringMatching(
        /^game\.txt: line 1: begin: expected an end by 0x\w{8}, where the next function starts, found 0x\w{8}; its size is not used \(and 1 more\)$/,
      ),
    ]);
    expect(found(text)).toContain("begin 20 symbol_file");
    expect(place(`last = ${at("last")}; // size:0x1000`).warnings[0]).toContain(
      `expected an end by ${end}, as the code does`,
    );
  });

  it("is refused where all of it is elsewhere", () => {
    expect(() => place("a = 0x80000400; // type:func\nb = 0x80000800;\n")).toThrow(
      /^game\.txt: symbol_addrs\.txt of splat: expected functions in the program's code \(0x\w+ to 0x\w+\), found 2 from 0x80000400 to 0x80000800, none of them in it; is it the symbol file of this program/,
    );
  });

  it("has aliases without a word where that is usual", () => {
    const start = program.addressOf("start").toString(16).padStart(8, "0");
    const map = `Linker script and memory map\n\n .text          0x${start}       0x20 a.o\n                0x${start}                __main\n                0x${start}                main\n`;
    expect(place(map)).toMatchObject({ functions: [{ name: "main" }], warnings: [] });
  });

  it("shows names that a terminal would obey", () => {
    const csv = `Name,Location\n"a\u001b[2J",${at("start")}\n`;
    expect(place(csv).functions[0]!.name).toBe("a\\u001b[2J");
  });
});
