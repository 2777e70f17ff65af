import { describe, expect, it } from "vitest";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { assembleProgram, type ProgramSource, TEXT } from "./assemble.ts";
import { nameOf } from "./flow-of.ts";

/** `label size origin` of each function found; `traced` are labels that a recorded execution entered. */
function found(source: ProgramSource, traced: readonly string[] = []): string[] {
  const { image, labels } = assembleProgram(source);
  const extraEntries = traced.map((label) => ({ address: labels.get(label)!, origin: "trace" as const }));
  const functions = discoverFunctions(image, { extraEntries });
  expect(functions.map(({ index }) => index)).toEqual(functions.map((_, index) => index));
  return functions.map(({ address, size, origin }) => `${nameOf(labels, address)} ${size} ${origin}`);
}

const leaf = (name: string): string => `${name}:\njr ra\nnop\n`;

describe("functions of a stripped program", () => {
  it("are the entry point and what is called from it, directly and further on", () => {
    const text = `start:
        jal one
        nop
        jr ra
        nop
      one:
        bal two
        nop
        jr ra
        nop
      ${leaf("two")}`;
    expect(found({ text })).toEqual(["start 16 entry", "one 16 call", "two 8 call"]);
  });

  it("are named by their addresses", () => {
    const { image } = assembleProgram({ text: leaf("start") });
    expect(discoverFunctions(image)).toEqual([
      { index: 0, name: "func_00400000", address: TEXT, size: 8, origin: "entry" },
    ]);
  });

  it("do not include the padding between them", () => {
    const text = `${leaf("start")}nop\nnop\n${leaf("one")}nop\nnop\nnop\n${leaf("two")}`;
    expect(found({ text, data: ".word one\n.word two" })).toEqual(["start 8 entry", "one 8 pointer", "two 8 pointer"]);
  });

  it("are those whose address is in the data or put together by the code", () => {
    const text = `start:
        lui a0,%hi(callback)
        jr ra
        addiu a0,a0,%lo(callback)
      ${leaf("callback")}
      ${leaf("handler")}
      ${leaf("unused")}`;
    expect(found({ text, data: ".word handler" })).toEqual([
      "start 12 entry",
      "callback 8 pointer",
      "handler 8 pointer",
    ]);
  });

  it("are not the cases of a switch, though a table holds their addresses", () => {
    const text = `start:
        andi a0,a0,1
        sll a0,a0,2
        lui v0,%hi(table)
        addu v0,v0,a0
        lw v0,%lo(table)(v0)
        jr v0
        nop
      zero:
        jr ra
        nop
      one:
        jr ra
        nop`;
    expect(found({ text, rodata: "table:\n.word zero\n.word one" })).toEqual(["start 44 entry"]);
  });

  it("are not the cases of a switch in a function that only a pointer leads to", () => {
    const text = `${leaf("start")}
      handler:
        andi a0,a0,1
        sll a0,a0,2
        lui v0,%hi(table)
        addu v0,v0,a0
        lw v0,%lo(table)(v0)
        jr v0
        nop
      zero:
        jr ra
        nop
      one:
        jr ra
        nop`;
    const rodata = "table:\n.word zero\n.word one\n.word handler";
    expect(found({ text, rodata })).toEqual(["start 8 entry", "handler 44 pointer"]);
  });

  it("end at a call that never returns, where the next one begins", () => {
    const text = `start:
        jal fail
        nop
      handler:
        addiu sp,sp,-24
        jr ra
        addiu sp,sp,24
      fail:
        b fail
        nop`;
    expect(found({ text, data: ".word handler" })).toEqual(["start 8 entry", "handler 12 pointer", "fail 8 call"]);
  });

  it("end at a call of a function known never to return, whatever follows", () => {
    const text = `start:
        beqz a0,fine
        nop
        jal fail
        nop
      ${leaf("stray")}
      fine:
        jr ra
        nop
      fail:
        break
      `;
    expect(found({ text })).toEqual(["start 32 entry", "fail 4 call"]);
    const { image } = assembleProgram({ text });
    expect(discoverFunctions(image)).toHaveLength(2);
  });

  it("are those that others jump to behind their own prologue", () => {
    const text = `start:
        addiu sp,sp,-24
        jal one
        nop
        j two
        addiu sp,sp,24
      ${leaf("one")}
      two:
        addiu sp,sp,-24
        jr ra
        addiu sp,sp,24`;
    expect(found({ text })).toEqual(["start 20 entry", "one 8 call", "two 12 call"]);
  });

  it("go on behind floating-point code", () => {
    const text = `start:
        .word 0x46020032   # c.eq.d $f0,$f2
        .word 0x45010003   # bc1t yes
        nop
        jr ra
        nop
      yes:
        jal one
        nop
        jr ra
        nop
      ${leaf("one")}`;
    expect(found({ text })).toEqual(["start 36 entry", "one 8 call"]);
  });
});

describe("functions of a program with symbols", () => {
  it("take name and size from them", () => {
    const text = `${leaf("start")}${leaf("one")}`;
    const { image } = assembleProgram({ text, symbols: { start: 8, one: 8 } });
    expect(discoverFunctions(image).map(({ name, size }) => `${name} ${size}`)).toEqual(["start 8", "one 8"]);
  });

  it("find their own end where a symbol has no size", () => {
    const text = `${leaf("start")}nop\n${leaf("one")}`;
    expect(found({ text, symbols: { start: 0, one: 0 } })).toEqual(["start 8 symbol", "one 8 symbol"]);
  });

  it("end where their section does, whatever the symbol says", () => {
    expect(found({ text: leaf("start"), symbols: { start: 4096 } })).toEqual(["start 8 symbol"]);
  });

  it("carry one name an address: fewest underscores, then shortest, then first", () => {
    const name = (...names: string[]): string | undefined => {
      const { image } = assembleProgram({ text: leaf("start") });
      const symbols = names.map((alias) => ({ name: alias, address: TEXT, size: 8 }));
      const reversed = discoverFunctions({ ...image, symbols: [...symbols].reverse() });
      const [fn] = discoverFunctions({ ...image, symbols });
      expect(reversed).toEqual([fn]);
      return fn?.name;
    };
    expect(name("__memcpy", "memcpy", "_memcpy")).toBe("memcpy");
    expect(name("memory_copy", "memcpy")).toBe("memcpy");
    expect(name("b", "a")).toBe("a");
  });

  it("are joined by functions that the symbols do not name", () => {
    const text = `start:\njal local\nnop\njr ra\nnop\n${leaf("local")}`;
    expect(found({ text, symbols: { start: 16 } })).toEqual(["start 16 symbol", "local 8 call"]);
  });

  it("may be called in the middle, which makes a function that shares the rest", () => {
    const text = `start:\njal inner\nnop\njr ra\nnop\nwhole:\naddiu v0,v0,1\ninner:\naddiu v0,v0,2\njr ra\nnop`;
    expect(found({ text, symbols: { start: 16, whole: 16 } })).toEqual([
      "start 16 symbol",
      "whole 16 symbol",
      "inner 12 call",
    ]);
  });

  it("keep a symbol where another symbol's function goes through it", () => {
    const text = "start:\naddiu v0,v0,1\ninner:\naddiu v0,v0,2\njr ra\nnop";
    expect(found({ text, symbols: { start: 16, inner: 12 } })).toEqual(["start 16 symbol", "inner 12 symbol"]);
  });
});

describe("recorded entries", () => {
  const text = `start:
      addiu v0,v0,1
    middle:
      addiu v0,v0,2
      jr ra
      nop
    unknown:
      jal deeper
      nop
      jr ra
      nop
    ${leaf("deeper")}`;

  it("in code that was not found are functions, and lead to more", () => {
    expect(found({ text }, ["unknown"])).toEqual(["start 16 entry", "unknown 16 trace", "deeper 8 call"]);
  });

  it("in the middle of a function share the rest of it", () => {
    expect(found({ text }, ["middle", "middle"])).toEqual(["start 16 entry", "middle 12 trace"]);
  });

  it("at a known start or outside the code change nothing", () => {
    const { image } = assembleProgram({ text });
    const extraEntries = [TEXT, TEXT + 2, 0x10].map((address) => ({ address, origin: "trace" as const }));
    expect(discoverFunctions(image, { extraEntries })).toEqual(discoverFunctions(image));
  });
});
