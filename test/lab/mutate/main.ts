import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import build from "../../build.ts";
import { BaselineFailed, mutate } from "./campaign.ts";
import { reportOf, scoreOf } from "./report.ts";
import { ROOMS } from "./rooms.ts";
import { mutateRows } from "./rows/main.ts";

const USAGE = `npm run mutate -- stages --seed 1 --count 300

Changes the sources of a room in one place at a time (in memory) and asks its tests whether they notice.
Rooms: ${Object.keys(ROOMS).join(", ")}

npm run mutate -- rows [ELF...] makes a mistake in one row of the lifter at a time, and asks whether testing the functions of a
program finds it: of programs of tiny functions, or of the files given, with the runs of a config.json beside them.
  --states N      made-up states of each function (64)
  --functions N   functions that are tested at most for one mistake, of those that have the instruction (64)

  --seed N        which mutants (1)
  --count N       how many of them (300; of rows all)
  --only FILE[:L] mutants of one file, or of one line of it
  --workers N     processes that run tests side by side (1)
  --threshold P   percent that must be killed (85)
  --wording       mutants of text for people as well
  --json          the outcome as JSON

Exit codes: 0 score reached, 1 not reached, 2 wrong usage, 3 the tests fail without any mutant`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: { type: "string", default: "1" },
      count: { type: "string" },
      only: { type: "string" },
      workers: { type: "string", default: "1" },
      threshold: { type: "string", default: "85" },
      states: { type: "string", default: "64" },
      functions: { type: "string", default: "64" },
      wording: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const room = ROOMS[positionals[0] ?? ""];
  const { seed, count = "300", workers, threshold, states, functions } = values;
  const numbers = { seed, count, workers, threshold, states, functions };
  const wrong = Object.entries(numbers).find(([, text]) => !/^\d+$/.test(text));
  if (positionals[0] === "rows" && !values.help && wrong === undefined) {
    const settings = { seed: Number(seed), randomStates: Number(states), mostFunctions: Number(functions) };
    const most = values.count === undefined ? Number.POSITIVE_INFINITY : Number(count);
    try {
      return mutateRows(positionals.slice(1), settings, most, values.json);
    } catch (thrown) {
      // A file that is not there, or is no program.
      console.error(thrown instanceof Error ? thrown.message : thrown);
      return 2;
    }
  }
  if (values.help || room === undefined || wrong !== undefined) {
    const found = positionals[0] === undefined ? "no room" : `"${positionals[0]}"`;
    if (room === undefined && positionals[0] !== "rows")
      console.error(`expected a room (${Object.keys(ROOMS).join(", ")}) or rows, found ${found}\n`);
    else if (wrong !== undefined) console.error(`--${wrong[0]}: expected a whole number, found "${wrong[1]}"\n`);
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
  const [file, line] = values.only?.split(":") ?? [];
  build();
  try {
    const campaign = await mutate(room, {
      root,
      seed: Number(values.seed),
      count: Number(count),
      ...(file === undefined ? {} : { only: { file, ...(line === undefined ? {} : { line: Number(line) }) } }),
      withWording: values.wording,
      workers: Number(values.workers),
      say: (text) => console.error(text),
    });
    const score = scoreOf(campaign.judged);
    const sourceOf = (path: string) => readFileSync(join(root, path), "utf8");
    console.log(values.json ? JSON.stringify({ ...campaign, score }) : reportOf(campaign, sourceOf));
    return score.percent >= Number(values.threshold) ? 0 : 1;
  } catch (thrown) {
    if (!(thrown instanceof BaselineFailed)) throw thrown;
    console.error(thrown.message);
    return 3;
  }
}
