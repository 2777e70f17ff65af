import { wordAt } from "../image.ts";
import { disassembleWord } from "../mips/disassemble.ts";
import type { GuestFunction, LiftObstacle, ProgramImage } from "../program.ts";

/** What keeps a function from being lifted at all. */
export function wholeFunction({ address }: GuestFunction, image: ProgramImage, reason: string): LiftObstacle {
  const word = wordAt(image, address) ?? 0;
  const instruction = disassembleWord(word, address).replace("\t", " ");
  return { address, word: word.toString(16).padStart(8, "0"), instruction, reason };
}
