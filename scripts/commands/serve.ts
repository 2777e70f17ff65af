import { join } from "node:path";
import * as z from "zod";
import { timeSkippingClock } from "../../shared/asl/index.ts";
import { startStoredSfnServer } from "../../shared/local/sfn.ts";
import { type SfnServerOptions, startSfnServer } from "../../shared/sfn/index.ts";
import { storeFolder } from "../../shared/stores/open.ts";
import { parseArgument } from "../cli/arguments.ts";
import { type GlobalOptions, print, say } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { type ListeningOptions, listening, placeOf, tokenOf, untilInterrupted, warnOfOthers } from "./listening.ts";
import type { RunOptions } from "./run.ts";
import { servedTasks } from "./served-tasks.ts";

interface ServeSfnOptions extends GlobalOptions, ListeningOptions {
  readonly inMemory?: true;
  readonly lambdaEndpoint?: string;
  readonly fast?: true;
  readonly region?: string;
  readonly account?: string;
}

export interface ServeOptions extends ServeSfnOptions, RunOptions {
  readonly sfn?: true;
  readonly api?: true;
}

/** Options of one server that say nothing to the other. */
const SFN_ALONE = ["inMemory", "lambdaEndpoint", "fast", "region", "account"] as const;
const API_ALONE = ["workers"] as const;

/** Serves what is asked for. @throws {UsageError} where that is not one thing */
export async function serveVerb(options: ServeOptions): Promise<void> {
  const { sfn = false, api = false } = options;
  if (sfn === api) {
    const found = sfn ? "both" : "neither";
    throw new UsageError(`serve: expected --sfn (Step Functions) or --api (runs), found ${found}`);
  }
  for (const name of sfn ? API_ALONE : SFN_ALONE) {
    if (options[name] === undefined) continue;
    const typed = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${typed}: expected beside ${sfn ? "--api" : "--sfn"} alone`);
  }
  return sfn ? serveSfn(options) : (await import("./serve-api.ts")).serveApi(options);
}

/** @throws UsageError for stores that are no folder */
function folderFor({ store }: GlobalOptions): string {
  const folder = storeFolder(store);
  if (folder !== undefined) return join(folder, "sfn");
  throw new UsageError(`--store: expected a folder, or --in-memory; found ${store}`);
}

const MAY = "read, start and stop every execution here";

/**
 * Serves until it is interrupted; running executions then go on at the next start.
 * @throws LeaseHeldError when another server works on the store; LeaseLostError when one has taken it over
 */
async function serveSfn(options: ServeSfnOptions): Promise<void> {
  const account = parseArgument(
    z.string().regex(/^\d{12}$/, "expected twelve digits"),
    "--account",
    options.account ?? "000000000000",
  );
  const place = placeOf(options, 8083);
  const region = parseArgument(
    z.string().regex(/^[a-z0-9-]{1,64}$/, "expected a region's name, such as us-east-1"),
    "--region",
    options.region ?? "us-east-1",
  );
  const token = await tokenOf(options, MAY);
  const interrupted = untilInterrupted();
  const settings: SfnServerOptions = {
    ...place,
    ...(token === undefined ? {} : { token }),
    region,
    account,
    ...(options.fast ? { clock: timeSkippingClock() } : {}),
    resolver: servedTasks(
      options.lambdaEndpoint && parseArgument(z.url(), "--lambda-endpoint", options.lambdaEndpoint),
    ),
    onFailure: (execution, error) =>
      say(`restep: ${execution} cannot go on: ${error instanceof Error ? error.message : error}`),
  };
  const server = await listening(place, () =>
    options.inMemory
      ? startSfnServer(settings)
      : startStoredSfnServer(folderFor(options), settings, (notice) => say(`restep: ${notice}`)),
  );
  print(options.json ? JSON.stringify({ url: server.url, port: server.port }) : `Step Functions API at ${server.url}`);
  warnOfOthers(options, MAY);
  const lost = new Promise((resolve) => server.lost.addEventListener("abort", resolve, { once: true }));
  await Promise.race([interrupted, lost]);
  await server.close();
  if (server.lost.aborted) throw server.lost.reason;
}
