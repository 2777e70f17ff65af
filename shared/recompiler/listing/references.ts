/** Who calls whom, as the instructions say it: what goes through registers is not among it. */

import { wordAt } from "../image.ts";
import { decode } from "../mips/decode.ts";
import { OPCODE_OF } from "../mips/opcodes.ts";
import type { GuestFunction, ProgramImage } from "../program.ts";

/** Calls, and jumps and branches that leave a function, from one function to another. */
export interface FunctionReference {
  readonly from: GuestFunction;
  /** Where they go to: the start of a function, or a place in one. */
  readonly target: number;
  readonly kind: "call" | "jump";
  /** Of the instructions, ascending. */
  readonly at: readonly number[];
}

/** By major opcode, whether a word may be a jump, a call or a branch: only those are decoded. */
const MAY_LEAVE = Uint8Array.from({ length: 64 }, (_, major) =>
  Number([1, 2, 3, 4, 5, 6, 7, 17, 20, 21, 22, 23].includes(major)),
);

/** What a function's words refer to outside of it, in order of their first address. */
export function referencesOf(image: ProgramImage, from: GuestFunction): FunctionReference[] {
  const end = from.address + from.size;
  const found = new Map<string, { kind: FunctionReference["kind"]; target: number; at: number[] }>();
  for (let address = from.address; address < end; address += 4) {
    const word = wordAt(image, address);
    if (word === undefined || MAY_LEAVE[word >>> 26] === 0) continue;
    const instruction = decode(word, address);
    if (instruction === undefined) continue;
    const { control, operands } = OPCODE_OF[instruction.mnemonic];
    const { target } = instruction;
    if (!operands.includes("target")) continue;
    const kind = control.includes("call") ? "call" : "jump";
    // A linking jump to what follows its slot asks where it stands.
    if (target === address + 8 || (kind === "jump" && target >= from.address && target < end)) continue;
    const key = `${kind} ${target}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { kind, target, at: [address] });
    else known.at.push(address);
  }
  return [...found.values()].map((each) => ({ from, ...each }));
}

/** What refers to a function, or to a place in it, from all others. */
export function referencesTo(
  image: ProgramImage,
  functions: readonly GuestFunction[],
  { address, size }: GuestFunction,
): FunctionReference[] {
  return functions.flatMap((from) =>
    referencesOf(image, from).filter(({ target }) => target >= address && target < address + size),
  );
}
