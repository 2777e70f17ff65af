/** How fast binaries become modules: from the file's bytes to linked WebAssembly, on one thread, without tests. */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILDS, type Build, exampleBinary } from "../examples.ts";
import { timed } from "../measure.ts";
import { recompile } from "../recompile.ts";
import type { BenchCase, Metric, Now, Suite, SuiteContext } from "../suite.ts";

const METRICS: readonly Metric[] = [
  { name: "functions_per_second", unit: "functions/s", better: "higher" },
  { name: "instructions_per_second", unit: "instructions/s", better: "higher" },
  { name: "lifted_share", unit: "% of functions", better: "higher" },
  { name: "module_size", unit: "bytes/instruction", better: "lower" },
];

/** Small programs are lifted again and again until a sample is this long, in milliseconds. */
const SAMPLE_LENGTH = 400;

/** Milliseconds of lifting before the first case, or it alone would be measured on code that V8 has yet to optimise. */
const WARM_UP_LENGTH = 3000;

/** Enough of a C library to be a program of ordinary size: formatted output, sorting, time, environment. */
const LIBRARY_PROGRAM = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static int by_length(const void *left, const void *right) {
  return (int)strlen(*(char *const *)left) - (int)strlen(*(char *const *)right);
}
int main(int argc, char **argv) {
  time_t now = time(0);
  qsort(argv + 1, argc - 1, sizeof *argv, by_length);
  for (int i = 1; i < argc; i++)
    printf("%-20s %8ld %.3f %s", argv[i], strtol(argv[i], 0, 0), strtod(argv[i], 0), ctime(&now));
  return getenv("HOME") ? 0 : 1;
}
`;

const EXAMPLES = ["sha256", "dispatch", "rays"] as const;

export const liftSuite: Suite = {
  name: "lift",
  summary: "functions lifted per second, on the examples and on a static glibc program",
  cases: async function* (context) {
    warmUp(context.now);
    for (const build of BUILDS) {
      for (const example of EXAMPLES) {
        const { name, bytes } = exampleBinary(example, build);
        yield liftCase(name, bytes, context.now);
      }
      const bytes = compileLibraryProgram(build, context);
      if (bytes) yield liftCase(`glibc-static-${build.suffix}`, bytes, context.now);
    }
  },
};

function warmUp(now: Now): void {
  const binaries = BUILDS.flatMap((build) => EXAMPLES.map((example) => exampleBinary(example, build).bytes));
  for (const end = now() + WARM_UP_LENGTH; now() < end; ) for (const bytes of binaries) recompile(bytes);
}

function liftCase(name: string, bytes: Uint8Array, now: Now): BenchCase {
  return {
    name,
    metrics: METRICS,
    subject: {
      name: "restep",
      sample: async () => {
        let elapsed = 0;
        let rounds = 0;
        let last = recompile(bytes);
        while (elapsed < SAMPLE_LENGTH) {
          const round = await timed(now, () => recompile(bytes));
          elapsed += round.elapsed;
          last = round.value;
          rounds += 1;
        }
        const seconds = elapsed / 1000;
        return {
          functions_per_second: (last.lifted * rounds) / seconds,
          instructions_per_second: (last.instructions * rounds) / seconds,
          lifted_share: (100 * last.lifted) / last.functions.length,
          module_size: last.module.length / last.instructions,
        };
      },
    },
  };
}

function compileLibraryProgram({ compiler, suffix }: Build, context: SuiteContext): Uint8Array | undefined {
  const skipped = `lift: glibc-static-${suffix} is left out`;
  if (!context.isInstalled(compiler)) {
    context.warn(`${skipped}: ${compiler} is not installed`);
    return undefined;
  }
  const source = join(context.scratch, "library-program.c");
  const output = join(context.scratch, `library-program-${suffix}.elf`);
  writeFileSync(source, LIBRARY_PROGRAM);
  try {
    execFileSync(compiler, ["-O2", "-static", "-no-pie", "-o", output, source], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    context.warn(`${skipped}: ${compiler} cannot build it (is its C library there?): ${error}`);
    return undefined;
  }
  return readFileSync(output);
}
