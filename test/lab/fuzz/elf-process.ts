/** A process that takes one ELF file after another through everything, and says what came of each. */

import { writeFileSync } from "node:fs";
import { type ElfOutcome, tryElf } from "./elf-trial.ts";
import { peakOf } from "./processes.ts";

export interface ElfAnswer extends ElfOutcome {
  readonly peakMegabytes: number;
}

/** `clear_refs` of proc(5): the highest mark of memory is that of this trial. */
function forgetPeak(): void {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Elsewhere nothing is told, and nothing counted.
  }
}

process.on("message", (file: string) => {
  forgetPeak();
  let outcome: ElfOutcome;
  try {
    outcome = tryElf(Buffer.from(file, "base64"));
  } catch (error) {
    const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
    outcome = { outcome: "threw", problems: [`it threw: ${found.slice(0, 600)}`] };
  }
  const answer: ElfAnswer = { ...outcome, peakMegabytes: peakOf(process.pid) };
  process.send?.(answer);
});
