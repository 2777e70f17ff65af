import { stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { folderObjectStore, type ObjectStore, timeSkippingClock } from "../../shared/asl/index.ts";
import { startStoredSfnServer } from "../../shared/local/sfn.ts";
import { type MockConfig, readMockConfig, type SfnServerOptions, startSfnServer } from "../../shared/sfn/index.ts";
import { storeFolder } from "../../shared/stores/open.ts";
import { parseArgument } from "../cli/arguments.ts";
import { type GlobalOptions, print, say } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { readSmallFile } from "../cli/small-file.ts";
import { type ListeningOptions, listening, placeOf, tokenOf, untilInterrupted, warnOfOthers } from "./listening.ts";
import type { RunOptions } from "./run.ts";
import { servedTasks } from "./served-tasks.ts";

interface ServeSfnOptions extends GlobalOptions, ListeningOptions {
  readonly inMemory?: true;
  readonly lambdaEndpoint?: string;
  readonly s3?: string;
  readonly mockConfig?: string;
  readonly fast?: true;
  readonly region?: string;
  readonly account?: string;
}

export interface ServeOptions extends ServeSfnOptions, RunOptions {
  /** So many at once. */
  readonly runs?: string;
  readonly sfn?: true;
  readonly api?: true;
}

/** Options of one server that say nothing to the other. */
const SFN_ALONE = ["inMemory", "lambdaEndpoint", "s3", "mockConfig", "fast", "region", "account"] as const;
const API_ALONE = ["workers", "runs"] as const;

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

/** The buckets of a folder. @throws UsageError where there is none */
async function bucketsIn(folder: string): Promise<ObjectStore> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folderObjectStore(folder);
  throw new UsageError(
    `--s3: expected a folder of buckets, found ${found === undefined ? "nothing" : "a file"} (${folder})`,
  );
}

/** @throws UsageError where the file is no mock config, or cannot be read */
async function mocksIn(file: string): Promise<MockConfig> {
  const what = "the mocked tasks of test cases";
  const text = await readSmallFile({
    option: "--mock-config",
    path: file,
    what,
    isSecret: false,
    mostBytes: MOST_MOCKS,
  });
  try {
    return readMockConfig(text);
  } catch (error) {
    throw new UsageError(`--mock-config: ${(error as Error).message} (${file})`);
  }
}

/** Bytes of a mock config. */
const MOST_MOCKS = 16 * 1024 * 1024;

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
  const objects = options.s3 === undefined ? undefined : await bucketsIn(options.s3);
  const mocks = options.mockConfig === undefined ? undefined : await mocksIn(options.mockConfig);
  const interrupted = untilInterrupted();
  const settings: SfnServerOptions = {
    ...place,
    ...(token === undefined ? {} : { token }),
    region,
    account,
    ...(options.fast ? { clock: timeSkippingClock() } : {}),
    resolver: servedTasks({
      lambdaEndpoint: options.lambdaEndpoint && parseArgument(z.url(), "--lambda-endpoint", options.lambdaEndpoint),
      objects,
    }),
    ...(objects === undefined ? {} : { objects }),
    ...(mocks === undefined ? {} : { mocks }),
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
