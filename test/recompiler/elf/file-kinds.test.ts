import { describe, expect, it } from "vitest";
import { isElfFile, kindOf } from "../../../shared/recompiler/elf/file-kinds.ts";
import { buildElf, SMALL_PROGRAM } from "./build-elf.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

/** A file of a disc's first sectors. */
function disc(): Uint8Array {
  const bytes = new Uint8Array(0x9000);
  bytes.set(ascii("CD001"), 0x8001);
  return bytes;
}

describe("what a file is", () => {
  it.each<[Uint8Array, RegExp | undefined]>([
    [new Uint8Array([0x80, 0x37, 0x12, 0x40, 0]), /^a Nintendo 64 cartridge image; /],
    [new Uint8Array([0x37, 0x80, 0x40, 0x12, 0]), /^a Nintendo 64 cartridge image, byte-swapped; /],
    [new Uint8Array([0x40, 0x12, 0x37, 0x80, 0]), /^a Nintendo 64 cartridge image, little-endian; /],
    [ascii("PS-X EXE\0\0"), /^a PlayStation executable/],
    [disc(), /^a compact disc image/],
    [ascii("MZ\x90\0"), /^a Windows or DOS program$/],
    [new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), /^a WebAssembly module$/],
    [ascii("PK\x03\x04\0"), /^a ZIP archive; unpack it first$/],
    [new Uint8Array([0x1f, 0x8b, 8]), /^a gzip file; unpack it first$/],
    [ascii("#!/bin/sh\n"), /^a script$/],
    [ascii('{\n\t"goal": 1\r\n}'), /^a text file$/],
    [new Uint8Array(0), /^an empty file$/],
    [ascii("text, and then a zero\0"), undefined],
    [ascii("CD001 is text here"), /^a text file$/],
  ])("%#", (bytes, what) => {
    expect(isElfFile(bytes)).toBe(false);
    if (what === undefined) expect(kindOf(bytes)).toBeUndefined();
    else expect(kindOf(bytes)).toMatch(what);
  });

  it("an ELF file is told by its first four bytes", () => {
    const { bytes } = buildElf(SMALL_PROGRAM);
    expect(isElfFile(bytes)).toBe(true);
    expect(isElfFile(bytes.subarray(0, 4))).toBe(true);
    expect(isElfFile(bytes.subarray(0, 3))).toBe(false);
  });
});
