import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { linkShards } from "../../../shared/recompiler/lift/link.ts";
import { liftShard } from "../../../shared/recompiler/lift/shard.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../../../shared/recompiler/program.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";

export interface Recompiled {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
  readonly module: Uint8Array;
  readonly lifted: number;
  /** Guest instructions in the lifted functions. */
  readonly instructions: number;
}

/** From the binary's bytes to the module that runs, in one piece and without tests: what the Lift and Link stages do. */
export function recompile(bytes: Uint8Array): Recompiled {
  const image = loadElf(bytes);
  const layout = layoutProcess(image);
  const functions = discoverFunctions(image);
  const shard = liftShard({ image, layout, functions, members: functions });
  const module = linkShards({ image, layout, functions, shards: [shard.module] });
  const lifted = shard.reports.filter((report) => report.status === "lifted");
  const instructions = lifted.reduce((sum, report) => sum + report.instructions, 0);
  return { image, layout, functions, module, lifted: lifted.length, instructions };
}
