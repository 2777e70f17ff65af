/** Hostile modules given to `restep exec` in a bundle whose hashes are right. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeModule } from "../../../../shared/recompiler/wasm/sections.ts";
import { writeBundle } from "../bundles.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { GOOD, sectionsOf } from "../linked-module.ts";
import { type ProcessEnd, RESTEP, type StartedProcess, startNode } from "../processes.ts";
import type { Random } from "../random.ts";

/** One kind of hostile module. */
interface Kind {
  readonly name: string;
  module(random: Random): Uint8Array;
}

const SECONDS = 20;
const MOST_MEGABYTES = 600;

/** Stands in a file that nobody granted: whatever shows it has read the file. */
const CANARY = "the canary in the coal mine";

const KINDS: readonly Kind[] = [
  {
    name: "bytes changed",
    module(random) {
      const bytes = encodeModule(sectionsOf(GOOD));
      for (let left = random.between(1, 8); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    },
  },
  {
    name: "sections lost, doubled or moved",
    module(random) {
      const sections = sectionsOf(GOOD);
      const at = random.below(sections.length);
      const [taken] = sections.splice(at, 1);
      if (taken !== undefined && random.isTrue(0.7)) {
        sections.splice(random.below(sections.length + 1), 0, ...(random.isTrue() ? [taken] : [taken, taken]));
      }
      const bytes = encodeModule(sections);
      return random.isTrue(0.8) ? bytes : bytes.subarray(0, random.below(bytes.length));
    },
  },
];

function problemsOf(end: ProcessEnd): string[] {
  const problems: string[] = [];
  const shown = end.stdout + end.stderr;
  if (end.isLate) problems.push(`it did not end within ${SECONDS} s`);
  else if (end.signal !== null) problems.push(`the process died by ${end.signal}: ${end.stderr.slice(-500)}`);
  if (end.peakMegabytes > MOST_MEGABYTES) problems.push(`it took ${Math.round(end.peakMegabytes)} MiB of memory`);
  if (shown.includes(CANARY)) problems.push("it showed a file that nobody granted");
  if (/^\s+at .*:\d+:\d+/m.test(end.stderr)) problems.push(`it ended in a stack trace: ${end.stderr.slice(0, 500)}`);
  return problems;
}

export const modules: Campaign = {
  name: "modules",
  about: "hostile WebAssembly modules given to `restep exec`",
  count: 300,
  secondsPerTrial: SECONDS + 10,
  open: async () => {
    let process: StartedProcess | undefined;
    return {
      async attempt({ number, random, scratch }: Trial): Promise<TrialResult> {
        const kind = KINDS[number % KINDS.length] ?? random.pick(KINDS);
        const bundle = join(scratch, "bundle");
        writeBundle(bundle, kind.module(random));
        writeFileSync(join(scratch, "canary"), CANARY);
        process = startNode([RESTEP, "exec", bundle], { seconds: SECONDS, cwd: scratch });
        const end = await process.end;
        return { kind: kind.name, problems: problemsOf(end), measures: { "peak MiB": end.peakMegabytes } };
      },
      close: async () => process?.kill(),
    };
  },
};
