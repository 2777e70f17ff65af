/** The value of `gp` that the program's functions work with. */

import { wordAt } from "../image.ts";
import { GP } from "../machine.ts";
import type { ProgramImage } from "../program.ts";
import { decode } from "./decode.ts";
import type { Instruction } from "./instruction.ts";

const T9 = 25;
const LUI = 0x0f;
const cache = new WeakMap<ProgramImage, number | undefined>();

/** What the file names or, where it names nothing, what most functions set `gp` to. */
export function globalPointerOf(image: ProgramImage): number | undefined {
  if (image.gp !== undefined) return image.gp;
  if (!cache.has(image)) cache.set(image, commonest(image));
  return cache.get(image);
}

function commonest(image: ProgramImage): number | undefined {
  const counts = new Map<number, number>();
  for (const { start, end } of image.codeRanges) {
    for (let address = start; address < end; address += 4) {
      const value = setAt(image, address);
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  const [first] = [...counts].sort(([a, x], [b, y]) => y - x || a - b);
  return first?.[0];
}

/** Compilers may move this many instructions in between. */
const SEQUENCE_REACH = 8;

/**
 * What a sequence at an address makes of `gp`: `lui` and `addiu`, and in position-independent code the function's own
 * address, which `t9` holds on entry. Other registers than `gp` may hold the sum, but only with that address in it.
 */
function setAt(image: ProgramImage, address: number): number | undefined {
  if (wordAt(image, address)! >>> 26 !== LUI) return undefined;
  const at = (offset: number): Instruction | undefined => {
    const word = wordAt(image, address + offset);
    return word === undefined ? undefined : decode(word, address + offset);
  };
  const [high, low] = [at(0), at(4)];
  if (high === undefined || low?.mnemonic !== "addiu" || low.rt !== high.rt || low.rs !== high.rt) return undefined;
  const value = (high.immediate << 16) + low.immediate;
  for (let offset = 8; offset < 8 + 4 * SEQUENCE_REACH; offset += 4) {
    const sum = at(offset);
    if (sum?.mnemonic === "addu" && sum.rs === low.rt && sum.rt === T9) return (value + address) >>> 0;
  }
  return low.rt === GP ? value >>> 0 : undefined;
}
