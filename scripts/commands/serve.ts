import { join } from "node:path";
import * as z from "zod";
import { timeSkippingClock } from "../../shared/asl/index.ts";
import { startStoredSfnServer } from "../../shared/local/sfn.ts";
import { isLoopback, type SfnServerOptions, startSfnServer } from "../../shared/sfn/index.ts";
import { storeFolder } from "../../shared/stores/open.ts";
import { parseArgument, parseCount } from "../cli/arguments.ts";
import { type GlobalOptions, print, say } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { readTokenFile } from "../cli/token-file.ts";
import { servedTasks } from "./served-tasks.ts";

interface ServeOptions extends GlobalOptions {
  readonly port: string;
  readonly host: string;
  readonly tokenFile?: string;
  readonly allowHost: readonly string[];
  readonly inMemory: boolean;
  readonly lambdaEndpoint?: string;
  readonly fast: boolean;
  readonly region: string;
  readonly account: string;
}

/** @throws UsageError for stores that are no folder */
function folderFor({ store }: GlobalOptions): string {
  const folder = storeFolder(store);
  if (folder !== undefined) return join(folder, "sfn");
  throw new UsageError(`--store: expected a folder, or --in-memory; found ${store}`);
}

const NOT_LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: "found it taken by another process; name another --port, or 0 for a free one",
  EACCES: "may not listen there; name a --port from 1024 on, or 0 for a free one",
  EADDRNOTAVAIL: "found that --host is no address of this machine",
  ENOTFOUND: "found that --host is no address",
  EAI_AGAIN: "found nobody who knows the address of --host",
};

/** @throws {UsageError} when nobody can listen there */
async function listening(options: ServeOptions, settings: SfnServerOptions) {
  const { host, port } = options;
  try {
    if (options.inMemory) return await startSfnServer(settings);
    return await startStoredSfnServer(folderFor(options), settings, (notice) => say(`restep: ${notice}`));
  } catch (error) {
    const why = NOT_LISTENING[(error as NodeJS.ErrnoException).code ?? ""];
    throw why === undefined ? error : new UsageError(`serve: expected to listen at ${host} port ${port}, ${why}`);
  }
}

const HostName = z.string().regex(/^[a-z0-9._-]+$/i, "expected a name, without a port");

/** Who may call. @throws {UsageError} where others could and need to show nothing */
async function doorOf({ host, tokenFile, allowHost }: ServeOptions) {
  const allowedHosts = allowHost.map((name) => parseArgument(HostName, "--allow-host", name));
  if (tokenFile !== undefined) return { allowedHosts, token: await readTokenFile("--token-file", tokenFile) };
  if (isLoopback(host)) return { allowedHosts };
  throw new UsageError(
    `--host: expected --token-file FILE beside ${host}, which others reach: whoever may call can read, start and stop every execution here; make one with: (umask 077; openssl rand -hex 32 > token)`,
  );
}

/**
 * Serves until it is interrupted; running executions then go on at the next start.
 * @throws LeaseHeldError when another server works on the store; LeaseLostError when one has taken it over
 */
export async function serveVerb(options: ServeOptions): Promise<void> {
  const account = parseArgument(z.string().regex(/^\d{12}$/, "expected twelve digits"), "--account", options.account);
  const port = parseCount("--port", options.port, 0, 65_535);
  const region = parseArgument(
    z.string().regex(/^[a-z0-9-]{1,64}$/, "expected a region's name, such as us-east-1"),
    "--region",
    options.region,
  );
  const door = await doorOf(options);
  // Before anybody can know that it serves: a signal that comes while it starts ends it as one that comes later.
  const interrupted = new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  const server = await listening(options, {
    port,
    ...door,
    host: options.host,
    region,
    account,
    ...(options.fast ? { clock: timeSkippingClock() } : {}),
    resolver: servedTasks(
      options.lambdaEndpoint && parseArgument(z.url(), "--lambda-endpoint", options.lambdaEndpoint),
    ),
    onFailure: (execution, error) =>
      say(`restep: ${execution} cannot go on: ${error instanceof Error ? error.message : error}`),
  });
  print(options.json ? JSON.stringify({ url: server.url, port: server.port }) : `Step Functions API at ${server.url}`);
  if (!isLoopback(options.host)) {
    say(
      "Whoever has the token can read, start and stop every execution here. It comes unencrypted: over a network that is not yours alone, put a proxy with TLS before this.",
    );
  }
  const lost = new Promise((resolve) => server.lost.addEventListener("abort", resolve, { once: true }));
  await Promise.race([interrupted, lost]);
  await server.close();
  if (server.lost.aborted) throw server.lost.reason;
}
