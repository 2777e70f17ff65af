import { existsSync } from "node:fs";
import { withMaps } from "../../shared/kernel/map-mode.ts";
import { readStateMachine } from "../../shared/local/installation/package.ts";
import { sizeOfManifest } from "../../shared/local/size-of-manifest.ts";
import { type Estimate, estimate, type RunSize } from "../../shared/runs/cost/estimate.ts";
import { likelySeconds } from "../../shared/runs/cost/seconds.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { SIZES } from "../../stacks/sizes.ts";
import { parseCount } from "../cli/arguments.ts";
import { print, withRun } from "../cli/context.ts";
import { table } from "../cli/table.ts";
import type { RunOptions } from "./run.ts";

interface CostOptions extends RunOptions {
  readonly runs: string;
}

/** A million a day is more than any account is let have. */
const MOST_RUNS = 1_000_000;

/** What a run costs in AWS: of a manifest what is likely, of a run what its stages took here. */
export async function costVerb(what: string, options: CostOptions): Promise<void> {
  const { maps = "inline" } = options;
  const runs = parseCount("--runs", options.runs, 1, MOST_RUNS);
  // A run's name is never a path.
  const isManifest = what.endsWith(".json") || existsSync(what);
  const size: RunSize & { readonly seconds?: Readonly<Record<string, number>> } = isManifest
    ? await sizeOfManifest(what, (name) => process.env[name])
    : await withRun(options, what, (opened, runId) => opened.size(runId));
  const likely = likelySeconds(size);
  const definition: unknown = JSON.parse(withMaps(await readStateMachine(RECOMPILE.stateMachine), maps));
  const found = estimate(definition, size, maps, {
    memoryGb: (stage) => Number.parseInt(SIZES[stage].memory, 10) / 1_024,
    seconds: (stage) => size.seconds?.[stage] ?? likely(stage),
  });
  if (options.json) print(JSON.stringify(found));
  else for (const line of shown(found, runs)) print(line);
}

function shown({ step_functions, lambda, stores, usd, ...rest }: Estimate, runs: number): string[] {
  const count = (figure: number) => Math.round(figure * runs).toLocaleString("en");
  const price = (figure: number) => `$${(figure * runs).toFixed(figure * runs < 1 ? 5 : 2)}`;
  const { transitions, child_executions, history_events, history_limit } = step_functions;
  const children = child_executions === 0 ? "" : `, ${count(child_executions)} child executions`;
  const { shards, functions, maps, prices } = rest;
  return [
    `${runs === 1 ? "One run" : `${runs} runs`} of ${functions} functions in ${shards === 1 ? "one shard" : `${shards} shards`}, Maps ${maps}, with nothing tried again:`,
    ...table([
      ["Step Functions", `${count(transitions)} transitions${children}`, price(step_functions.usd)],
      ["Lambda", `${count(lambda.requests)} calls, ${count(lambda.gb_seconds)} GB-seconds`, price(lambda.usd)],
      [
        "S3, DynamoDB",
        `${count(stores.s3_writes)} puts, ${count(stores.s3_reads)} gets, ${count(stores.appends)} appends, ${count(stores.log_reads)} reads of logs`,
        price(stores.usd),
      ],
      ["", "", price(usd)],
    ]),
    `Events in the execution's history: ${history_events} of ${history_limit.toLocaleString("en")}.`,
    `Prices of ${prices.region}, as of ${prices.as_of}, without free tiers, storage, logs and transfer.`,
  ];
}
