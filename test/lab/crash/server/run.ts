/** `npm run crash -- server`: see docs/crash-testing.md. */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseCount } from "../../../../scripts/cli/arguments.ts";
import { UsageError } from "../../../../scripts/cli/exit-codes.ts";
import { MEETS } from "../faults.ts";
import type { CrashSurroundings } from "../run.ts";
import { countServerOperations, type ServerPoint, type ServerTrial, tryServerPoint } from "./point.ts";

export const SERVER_HELP = `npm run crash -- server --every 50

Kills the Step Functions server at every Nth write of its disk with executions under way, starts it again on its store, in one
of three kills it again, and looks whether all end as they must and no task is called again whose end was stored.

  --every N        distance of the writes at which it is killed; default 50
  --executions N   under way at once; default 200
  --faults KINDS   of kill, torn; default both
  --from N, --to N writes from N to N, both included
  --seed S         chooses where it is killed again; default 1
  --jobs J         trials at a time; default one for each core
  --json           one JSON object for each kind of fault

Exit codes: 0 nothing failed, 1 something failed or nothing was tried, 2 bad usage.
`;

const OPTIONS = {
  every: { type: "string", default: "50" },
  executions: { type: "string", default: "200" },
  faults: { type: "string", default: "kill,torn" },
  from: { type: "string", default: "1" },
  to: { type: "string" },
  seed: { type: "string", default: "1" },
  jobs: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

type Kind = ServerTrial["kind"];

/** @returns the exit code */
export async function crashServer(args: readonly string[], around: CrashSurroundings): Promise<number> {
  try {
    const values = parseArgs({ args: [...args], options: OPTIONS }).values;
    if (values.help) {
      around.print(SERVER_HELP);
      return 0;
    }
    return await campaigns(settingsOf(values, around.cores), around);
  } catch (error) {
    const isUsage = error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
    if (!isUsage) throw error;
    around.say(`${(error as Error).message}. See --help.`);
    return 2;
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

function settingsOf(values: Values, cores: number) {
  return {
    every: parseCount("--every", values.every, 1),
    executions: parseCount("--executions", values.executions, 1),
    kinds: values.faults.split(",").map((text): Kind => {
      if (text === "kill" || text === "torn") return text;
      throw new UsageError(`--faults: expected some of kill, torn; found "${text}"`);
    }),
    from: parseCount("--from", values.from, 1),
    to: values.to === undefined ? Number.POSITIVE_INFINITY : parseCount("--to", values.to, 1),
    seed: parseCount("--seed", values.seed, 0),
    jobs: values.jobs === undefined ? cores : parseCount("--jobs", values.jobs, 1),
    json: values.json,
  };
}

async function campaigns(settings: ReturnType<typeof settingsOf>, { scratch, print, say }: CrashSurroundings) {
  const { executions, seed, every, from, to, jobs, json } = settings;
  let tried = 0;
  let failed = 0;
  for (const kind of settings.kinds) {
    const trialOf = (name: string): ServerTrial => ({ folder: join(scratch, name), executions, kind, seed });
    const operations = (await countServerOperations(trialOf("undisturbed")))[MEETS[kind]];
    say(`server, ${kind}: ${operations} operations with ${executions} executions under way`);
    const results: ServerPoint[] = [];
    let next = from;
    const lane = async (lane: number) => {
      while (next <= Math.min(to, operations)) {
        const at = next;
        next += every;
        const result = await tryServerPoint(trialOf(`lane-${lane}`), at);
        results.push(result);
        if (result.problems.length === 0) continue;
        print(`FAILED server, ${kind} at ${at}: ${result.struck ?? "not struck"}; then ${result.second ?? "nothing"}`);
        for (const problem of result.problems.slice(0, 5)) print(`  ${problem}`);
        print(
          `  again: npm run crash -- server --faults ${kind} --executions ${executions} --from ${at} --to ${at} --seed ${seed}`,
        );
      }
    };
    await Promise.all(Array.from({ length: jobs }, (_, lane_) => lane(lane_)));
    const struck = results.filter((result) => result.struck !== undefined);
    const counts = {
      kind,
      executions,
      operations,
      tried: struck.length,
      twice: struck.filter(({ second }) => second !== undefined).length,
      failed: results.filter(({ problems }) => problems.length > 0).length,
    };
    tried += counts.tried;
    failed += counts.failed;
    if (json) print(JSON.stringify(counts));
    else
      print(
        `server, ${kind}: ${operations} operations, ${counts.tried} points tried, ${counts.twice} of them struck again, ${counts.failed} failed`,
      );
  }
  if (!json) print(`${tried} points tried, ${failed} failed`);
  return failed === 0 && tried > 0 ? 0 : 1;
}
