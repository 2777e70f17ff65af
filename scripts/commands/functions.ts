import { PASSES } from "../../shared/recompiler/ir/passes/index.ts";
import type { FunctionStatus } from "../../shared/runs/functions/list.ts";
import { parseCount } from "../cli/arguments.ts";
import { type GlobalOptions, print, withRun } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { formatDivergence } from "../cli/functions/divergence.ts";
import { formatFunctions } from "../cli/functions/list.ts";
import { formatFunction, SIDES } from "../cli/functions/show.ts";

interface FunctionsOptions extends GlobalOptions {
  readonly notLifted: boolean;
  readonly obstacles: boolean;
  readonly untested: boolean;
  readonly disproven: boolean;
  readonly diverge: boolean;
  readonly stacked: boolean;
  readonly asm: boolean;
  readonly ir: boolean;
  readonly wasm: boolean;
  readonly passesUntil?: string;
}

const FILTERS = { notLifted: "not_lifted", untested: "untested", disproven: "disproven" } as const;

/** Options that say how one function is shown. */
const OF_ONE = ({ passesUntil, diverge, asm, ir, wasm }: FunctionsOptions) =>
  [
    ["--passes-until", passesUntil !== undefined],
    ["--diverge", diverge],
    ["--asm", asm],
    ["--ir", ir],
    ["--wasm", wasm],
  ] as const;

export async function functionsVerb(run: string, name: string | undefined, options: FunctionsOptions): Promise<void> {
  if (name !== undefined) return options.diverge ? showDivergence(run, name, options) : showOne(run, name, options);
  for (const [option, isGiven] of OF_ONE(options)) {
    if (isGiven) throw new UsageError(`${option}: expected the name of a function with it`);
  }
  const statuses = Object.entries(FILTERS).flatMap(([option, status]): FunctionStatus[] =>
    options[option as keyof typeof FILTERS] ? [status] : [],
  );
  const list = await withRun(options, run, (runs, runId) =>
    runs.functions(runId, { statuses, withObstacles: options.obstacles }),
  );
  print(options.json ? JSON.stringify(list) : formatFunctions(list));
}

async function showOne(run: string, name: string, options: FunctionsOptions): Promise<void> {
  const { passesUntil: until } = options;
  const passesUntil = until === undefined ? {} : { passesUntil: parseCount("--passes-until", until, 0, PASSES.length) };
  const view = await withRun(options, run, (runs, runId) => runs.functionView(runId, name, passesUntil));
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const sides = SIDES.filter((side) => options[side]);
  const shown = sides.length === 0 ? SIDES : sides;
  print(options.json ? JSON.stringify(view) : formatFunction(view, options.stacked ? 0 : width, shown));
}

async function showDivergence(run: string, name: string, options: FunctionsOptions): Promise<void> {
  const found = await withRun(options, run, (runs, runId) => runs.divergence(runId, name));
  print(options.json ? JSON.stringify(found) : formatDivergence(found));
}
