/** ELF files made wrong: one kind of change each, chosen by a seed. */

import type { Random } from "./random.ts";

export interface ElfMutation {
  readonly name: string;
  /** Changes the bytes in place, or gives others. */
  apply(bytes: Uint8Array, random: Random): Uint8Array;
}

/** What sizes, offsets and counts are set to. */
const TELLING = [
  0, 1, 2, 3, 4, 7, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x3840_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc,
  0xffff_ffff,
];

function fieldsOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = bytes[5] === 1;
  const has = (at: number, size: number) => at >= 0 && at + size <= bytes.length;
  return {
    half: (at: number) => (has(at, 2) ? view.getUint16(at, isLittle) : 0),
    word: (at: number) => (has(at, 4) ? view.getUint32(at, isLittle) : 0),
    setHalf: (at: number, value: number) => void (has(at, 2) && view.setUint16(at, value & 0xffff, isLittle)),
    setWord: (at: number, value: number) => void (has(at, 4) && view.setUint32(at, value >>> 0, isLittle)),
  };
}

/** A telling value, or one near what was there. */
function wrong(before: number, random: Random): number {
  if (random.isTrue(0.6)) return random.pick(TELLING);
  return random.isTrue() ? before + random.between(-8, 8) : random.below(2 ** 32);
}

/** Sets words of a table of the file. */
function spoilTable(
  bytes: Uint8Array,
  random: Random,
  table: { at: number; entry: number; count: number },
): Uint8Array {
  const { word, setWord } = fieldsOf(bytes);
  for (let left = random.between(1, 4); left > 0; left--) {
    const at = table.at + random.below(Math.max(1, table.count)) * table.entry + random.below(table.entry / 4) * 4;
    setWord(at, wrong(word(at), random));
  }
  return bytes;
}

const HEADER_HALVES = [16, 18, 40, 42, 44, 46, 48, 50];
const HEADER_WORDS = [20, 24, 28, 32, 36];
const SHT_SYMTAB = 2;

function programHeaders(bytes: Uint8Array) {
  const { half, word } = fieldsOf(bytes);
  return { at: word(28), entry: 32, count: half(44) };
}

function sectionHeaders(bytes: Uint8Array) {
  const { half, word } = fieldsOf(bytes);
  return { at: word(32), entry: 40, count: half(48) };
}

/** Where the first executable segment lies in the file. */
function codeOf(bytes: Uint8Array): { at: number; size: number } {
  const { word } = fieldsOf(bytes);
  const { at, count } = programHeaders(bytes);
  for (let index = 0; index < count; index++) {
    const header = at + index * 32;
    if (word(header) === 1 && (word(header + 24) & 1) !== 0) return { at: word(header + 4), size: word(header + 16) };
  }
  return { at: 0, size: bytes.length };
}

/** Instruction words that start something: branches, jumps, calls, traps, loads and stores, and what is none. */
const OPENINGS = [
  0x0800_0000, 0x0c00_0000, 0x1000_0000, 0x1400_0000, 0x0411_0000, 0x5000_0000, 0x8c00_0000, 0xac00_0000, 0x0000_0008,
  0x0000_0009, 0x0000_000c, 0x0000_000d, 0x0000_0034, 0x7c00_0000, 0xffff_ffff,
];

export const ELF_MUTATIONS: readonly ElfMutation[] = [
  {
    name: "file header",
    apply(bytes, random) {
      const { half, word, setHalf, setWord } = fieldsOf(bytes);
      for (let left = random.between(1, 3); left > 0; left--) {
        if (random.isTrue(0.4)) {
          const at = random.pick(HEADER_HALVES);
          setHalf(at, wrong(half(at), random));
        } else {
          const at = random.pick(HEADER_WORDS);
          setWord(at, wrong(word(at), random));
        }
      }
      return bytes;
    },
  },
  { name: "program headers", apply: (bytes, random) => spoilTable(bytes, random, programHeaders(bytes)) },
  { name: "section headers", apply: (bytes, random) => spoilTable(bytes, random, sectionHeaders(bytes)) },
  {
    name: "symbols",
    apply(bytes, random) {
      const { word } = fieldsOf(bytes);
      const sections = sectionHeaders(bytes);
      for (let index = 0; index < sections.count; index++) {
        const header = sections.at + index * sections.entry;
        if (word(header + 4) !== SHT_SYMTAB) continue;
        return spoilTable(bytes, random, { at: word(header + 16), entry: 16, count: word(header + 20) / 16 });
      }
      return bytes;
    },
  },
  {
    name: "instructions",
    apply(bytes, random) {
      const { setWord } = fieldsOf(bytes);
      const { at, size } = codeOf(bytes);
      for (let left = random.between(1, 40); left > 0; left--) {
        const opening = random.isTrue(0.6)
          ? random.pick(OPENINGS) | random.below(0x1_0000) | (random.below(1024) << 16)
          : random.below(2 ** 32);
        setWord(at + random.below(size / 4) * 4, opening);
      }
      return bytes;
    },
  },
  {
    name: "instructions near the entry",
    apply(bytes, random) {
      const { word, setWord } = fieldsOf(bytes);
      const { at, size } = codeOf(bytes);
      const entry = word(24);
      const start = programHeaders(bytes);
      // Files of the examples have their code in the first segment that is loaded.
      const offset = Math.max(0, Math.min(size - 256, entry - (word(start.at + 8) || entry)));
      for (let left = random.between(1, 12); left > 0; left--) {
        setWord(
          at + offset + random.below(64) * 4,
          random.isTrue(0.5) ? random.pick(OPENINGS) | random.below(0x1_0000) : random.below(2 ** 32),
        );
      }
      return bytes;
    },
  },
  {
    name: "any bytes",
    apply(bytes, random) {
      for (let left = random.between(1, 30); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    },
  },
  { name: "cut short", apply: (bytes, random) => bytes.subarray(0, random.below(bytes.length)) },
];
