/**
 * The IR of a program's functions, and which pass broke one: `npm run ir -- ELF [FUNCTION] [--passes-until N]`.
 *
 * With a function, its text behind the first N passes (default all). Without one, the program is lifted with more and
 * more passes and tested against the oracle each time, until a function is disproven.
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadElf } from "../../shared/recompiler/elf/index.ts";
import { PASSES, printIr, runPasses } from "../../shared/recompiler/ir/index.ts";
import { buildGraph } from "../../shared/recompiler/lift/function.ts";
import { linkShards } from "../../shared/recompiler/lift/link.ts";
import { liftShard } from "../../shared/recompiler/lift/shard.ts";
import { machineUseOf } from "../../shared/recompiler/lift/use.ts";
import { buildControlFlow } from "../../shared/recompiler/mips/control-flow.ts";
import { discoverFunctions } from "../../shared/recompiler/mips/discover.ts";
import { layoutProcess } from "../../shared/recompiler/runtime/layout.ts";
import { testFunctions } from "../../shared/recompiler/validation/test-functions.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { "passes-until": { type: "string" }, states: { type: "string", default: "20" } },
});
const [path, name] = positionals;
const until = Number(values["passes-until"] ?? PASSES.length);
if (path === undefined || !Number.isInteger(until)) {
  console.error("Usage: npm run ir -- ELF [FUNCTION] [--passes-until N] [--states N]");
  process.exit(2);
}
const image = loadElf(readFileSync(path), path);
const layout = layoutProcess(image);
const functions = discoverFunctions(image);

if (name === undefined) process.exitCode = findBreakingPass();
else print(name);

function print(wanted: string): void {
  const member = functions.find((each) => each.name === wanted);
  if (member === undefined) throw new Error(`${path} has no function called ${wanted}`);
  const isFunction = (address: number) => functions.some((each) => each.address === address);
  const use = machineUseOf(image, functions);
  const built = buildGraph(buildControlFlow(image, member, functions), image, use, isFunction);
  process.stdout.write(printIr(runPasses(built.fn, { base: layout.base }, until)));
}

/** The exit code: 1 if a pass was found. */
function findBreakingPass(): number {
  for (let passes = 0; passes <= until; passes++) {
    const shard = liftShard({ image, layout, functions, members: functions, passesUntil: passes });
    const module = linkShards({ image, layout, functions, shards: [shard.module] });
    const settings = { seed: "ir", randomStates: Number(values.states), maxInstructions: 2000 };
    const tests = testFunctions({ image, layout, module, functions, captures: [], settings });
    const broken = tests.filter(({ status }) => status === "disproven");
    const last = passes === 0 ? "no optional pass" : `up to ${PASSES[passes - 1]!.name}`;
    console.log(`${last}: ${module.length} bytes, ${broken.length} of ${tests.length} functions disproven`);
    if (broken.length === 0) continue;
    for (const test of broken) console.log(`  ${test.name}: ${JSON.stringify(test)}`);
    return 1;
  }
  return 0;
}
