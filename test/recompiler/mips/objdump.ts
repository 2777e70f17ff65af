/** What GNU objdump prints for words. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "mips-linux-gnu";
const OBJDUMP = `${PREFIX}-objdump`;

/** The words as lines, in o32's register names, as if they lay one behind the other from an address on. */
export function objdump(words: readonly number[], address: number): string[] {
  const folder = mkdtempSync(join(tmpdir(), "restep-objdump-"));
  try {
    const file = join(folder, "words");
    const bytes = Buffer.alloc(words.length * 4);
    for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, index * 4);
    writeFileSync(file, bytes);
    const args = ["-D", "-z", "-b", "binary", "-m", "mips:isa32r2", "-EB", "-M", "gpr-names=32"];
    args.push(`--adjust-vma=${address}`, file);
    const printed = execFileSync(OBJDUMP, args, { encoding: "latin1", maxBuffer: 1 << 28 });
    return printed.split("\n").flatMap((line) => /^\s*[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/.exec(line)?.[1]?.trim() ?? []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
