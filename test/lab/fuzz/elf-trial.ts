/** What one ELF file goes through: load, discovery, lift of a budget, link, the oracle, the linked module. */

import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { RecompilerError } from "../../../shared/recompiler/errors.ts";
import { linkShards } from "../../../shared/recompiler/lift/link.ts";
import { liftShard } from "../../../shared/recompiler/lift/shard.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";
import { expectLinkedModule } from "../../../shared/recompiler/runtime/module-contract.ts";
import { meteredModule } from "../../../shared/recompiler/validation/candidate.ts";
import { digestOf, replayRun } from "../../../shared/recompiler/validation/replay-run.ts";

/** Functions that are lifted; the others are stubs. */
const LIFTED = 200;
const INSTRUCTIONS = 300_000;

export interface ElfOutcome {
  /** How far it came: `refused`, `no layout`, how the oracle ended, how the module compares. */
  readonly outcome: string;
  readonly problems: readonly string[];
  /** Where oracle and module part on a file that no compiler made. */
  readonly notes?: readonly string[];
}

/** Throws nothing but what is a fault: whatever is no error of the recompiler's own. */
export function tryElf(bytes: Uint8Array): ElfOutcome {
  try {
    const image = loadElf(bytes, "trial.elf");
    const layout = layoutProcess(image);
    const functions = discoverFunctions(image);
    const shard = liftShard({ image, layout, functions, members: functions.slice(0, LIFTED) });
    const module = linkShards({ image, layout, functions, shards: [shard.module] });
    expectLinkedModule(module, layout);
    const input = { args: ["trial", "1"], stdin: new TextEncoder().encode("abc") };
    const trace = traceProgram(image, functions, layout, {
      ...input,
      maxInstructions: INSTRUCTIONS,
      capturesPerFunction: 1,
    });
    const target = { module: meteredModule(module), layout, endianness: image.endianness, entry: image.entry };
    const { end, instructions, deepest, syscalls } = trace;
    const [stdout, stderr] = [digestOf(trace.stdout), digestOf(trace.stderr)];
    const comparison = replayRun(target, { input, end, instructions, deepest, syscalls, stdout, stderr });
    const notes =
      comparison.kind === "differs" && end.kind !== "written_code"
        ? [`oracle and module part: ${JSON.stringify(comparison.difference)}`]
        : [];
    return { outcome: `${end.kind}, ${comparison.kind}`, problems: [], notes };
  } catch (error) {
    if (error instanceof RecompilerError) return { outcome: `refused: ${error.code}`, problems: [] };
    throw error;
  }
}
