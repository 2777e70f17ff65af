/** `npm run mutate -- rows [ELF...]`: what the tests of functions notice of mistakes in the rows of the lifter. */

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { loadElf } from "../../../../shared/recompiler/elf/index.ts";
import { discoverFunctions } from "../../../../shared/recompiler/mips/discover.ts";
import { traceProgram } from "../../../../shared/recompiler/oracle/trace.ts";
import { layoutProcess } from "../../../../shared/recompiler/runtime/layout.ts";
import { type Fate, type JudgedProgram, type JudgeSettings, judgeFor, spread } from "./judge.ts";
import { nameOf } from "./rows.ts";
import { TINY_PROGRAMS, tinyProgram } from "./tiny-program.ts";

interface Outcome {
  readonly program: string;
  readonly fates: Readonly<Record<Fate, number>>;
  readonly survivors: readonly string[];
}

/** Stacks as small as may be: each mutant has memories of its own. */
const STACK_BYTES = 1 << 18;
const MOST_INSTRUCTIONS = 20_000_000;

/** A program of a file, with captures where a config of runs lies beside it, as it does in the examples. */
function programOf(path: string): JudgedProgram {
  const image = loadElf(readFileSync(path), path);
  const functions = discoverFunctions(image);
  const layout = layoutProcess(image, { stackBytes: STACK_BYTES });
  const config = join(dirname(path), "config.json");
  const { validation } = existsSync(config) ? JSON.parse(readFileSync(config, "utf8")) : { validation: undefined };
  const runs = (validation?.runs ?? []) as { readonly args?: readonly string[]; readonly stdin?: string }[];
  const captures = runs.flatMap(({ args = [], stdin = "" }) => {
    const input = { args: [basename(path), ...args], stdin: Buffer.from(stdin) };
    const limits = { maxInstructions: MOST_INSTRUCTIONS, capturesPerFunction: 2 };
    return traceProgram(image, functions, layout, { ...input, ...limits }).captures;
  });
  return { image, layout, functions, captures };
}

function tryRows(name: string, program: JudgedProgram, settings: JudgeSettings, most: number): Outcome {
  const { mutants, fateOf } = judgeFor(program, settings);
  const fates = { found: 0, refused: 0, same: 0, survived: 0 };
  const survivors: string[] = [];
  for (const mutant of spread(mutants, most)) {
    const fate = fateOf(mutant);
    fates[fate] += 1;
    if (fate === "survived") survivors.push(nameOf(mutant));
  }
  return { program: name, fates, survivors };
}

/** @param most mutants of each program, from all of them. @returns the exit code */
export function mutateRows(paths: readonly string[], settings: JudgeSettings, most: number, isJson: boolean): number {
  const programs: readonly (readonly [name: string, make: () => JudgedProgram])[] =
    paths.length > 0
      ? paths.map((path) => [basename(path), () => programOf(path)] as const)
      : TINY_PROGRAMS.map((machine) => [machine.name, () => tinyProgram(machine)] as const);
  for (const [name, make] of programs) {
    const outcome = tryRows(name, make(), settings, most);
    if (isJson) console.log(JSON.stringify(outcome));
    else console.log(textOf(outcome));
  }
  return 0;
}

function textOf({ program, fates: { found, refused, same, survived }, survivors }: Outcome): string {
  const counts = `${found + refused} of ${found + refused + survived} noticed`;
  const parts = `${found} disproven, ${refused} refused, ${survived} survived; ${same} change no code`;
  return [`${program}: ${counts} (${parts})`, ...survivors.map((each) => `  ${each}`)].join("\n");
}
