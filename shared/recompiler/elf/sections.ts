/** Section headers, where the file has them: which addresses hold code, and where the symbol tables are. */

import { hex } from "../machine.ts";
import type { Segment } from "../program.ts";
import type { ElfHeader } from "./header.ts";
import { type ElfFile, fieldError, type Layout, readStructure, requireInFile, type Structure } from "./reader.ts";

const SECTION_HEADER_SIZE = 40;
const SECTION_HEADER_LAYOUT = {
  sh_type: [4, 4],
  sh_flags: [8, 4],
  sh_addr: [12, 4],
  sh_offset: [16, 4],
  sh_size: [20, 4],
  sh_link: [24, 4],
  sh_entsize: [36, 4],
} as const satisfies Layout<string>;

export type SectionHeader = Structure<keyof typeof SECTION_HEADER_LAYOUT>;

const SHT_PROGBITS = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;

/** @throws ElfError when the section header table does not lie inside the file */
export function readSections(file: ElfFile, header: ElfHeader): SectionHeader[] {
  const { e_shoff, e_shnum, e_shentsize } = header.values;
  if (e_shoff === 0) return [];
  if (e_shentsize !== SECTION_HEADER_SIZE) {
    throw fieldError(header, "e_shentsize", String(SECTION_HEADER_SIZE), { found: String(e_shentsize) });
  }
  requireInFile(file, header, "e_shoff", "e_shnum", e_shnum * SECTION_HEADER_SIZE);
  const read = (index: number): SectionHeader =>
    readStructure(file, `section header ${index}`, e_shoff + index * SECTION_HEADER_SIZE, SECTION_HEADER_LAYOUT);
  if (e_shnum > 0) return Array.from({ length: e_shnum }, (_, index) => read(index));
  // System V ABI: from 0xff00 sections on, e_shnum is 0 and the count is in sh_size of section 0.
  const first = read(0);
  const count = first.values.sh_size;
  const fitting = Math.floor((file.bytes.length - e_shoff) / SECTION_HEADER_SIZE);
  if (count > fitting) throw fieldError(first, "sh_size", `at most ${fitting} sections`, { found: String(count) });
  return Array.from({ length: count }, (_, index) => read(index));
}

interface CodeRange {
  readonly start: number;
  readonly end: number;
}

/** Whole words only; sorted; overlapping ranges become one, touching ones stay apart (functions do not span sections). */
function tidy(ranges: readonly CodeRange[]): CodeRange[] {
  const aligned = ranges
    .map(({ start, end }) => ({ start: Math.ceil(start / 4) * 4, end: Math.floor(end / 4) * 4 }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const tidied: CodeRange[] = [];
  for (const range of aligned) {
    const previous = tidied.at(-1);
    if (previous === undefined || range.start >= previous.end) tidied.push(range);
    else tidied.splice(-1, 1, { start: previous.start, end: Math.max(previous.end, range.end) });
  }
  return tidied;
}

/**
 * Where instructions stand: the executable sections, or the file bytes of the executable segments without any.
 *
 * @throws ElfError when an executable section is not inside an executable segment
 */
export function codeRangesOf(sections: readonly SectionHeader[], segments: readonly Segment[]): readonly CodeRange[] {
  const executable = segments
    .filter((segment) => segment.isExecutable)
    .map(({ address, bytes }) => ({ start: address, end: address + bytes.length }));
  const wanted = SHF_ALLOC | SHF_EXECINSTR;
  const code = sections.filter(
    ({ values }) => values.sh_type === SHT_PROGBITS && (values.sh_flags & wanted) === wanted && values.sh_size > 0,
  );
  const ranges = code.map((section) => {
    const start = section.values.sh_addr;
    const holder = executable.find((range) => start >= range.start && start < range.end);
    if (holder === undefined) throw fieldError(section, "sh_addr", "an address in an executable segment");
    const end = start + section.values.sh_size;
    if (end > holder.end) throw fieldError(section, "sh_size", `an end by ${hex(holder.end)}, where its segment ends`);
    return { start, end };
  });
  return tidy(ranges.length === 0 ? executable : ranges);
}
