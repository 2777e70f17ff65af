import * as z from "zod";
import { isLoopback } from "../../shared/sfn/index.ts";
import { parseArgument, parseCount } from "../cli/arguments.ts";
import { say } from "../cli/context.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { readTokenFile } from "../cli/token-file.ts";

/** Where a server listens and who may call, as a person types it. */
export interface ListeningOptions {
  readonly port?: string;
  readonly host: string;
  readonly tokenFile?: string;
  readonly allowHost: readonly string[];
}

interface Place {
  readonly host: string;
  readonly port: number;
}

const NOT_LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: "found it taken by another process; name another --port, or 0 for a free one",
  EACCES: "may not listen there; name a --port from 1024 on, or 0 for a free one",
  EADDRNOTAVAIL: "found that --host is no address of this machine",
  ENOTFOUND: "found that --host is no address",
  EAI_AGAIN: "found nobody who knows the address of --host",
};

/** @throws {UsageError} when nobody can listen there */
export async function listening<T>({ host, port }: Place, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const why = NOT_LISTENING[(error as NodeJS.ErrnoException).code ?? ""];
    throw why === undefined ? error : new UsageError(`serve: expected to listen at ${host} port ${port}, ${why}`);
  }
}

const HostName = z.string().regex(/^[a-z0-9._-]+$/i, "expected a name, without a port");

/** @param usualPort where none is named @throws {UsageError} */
export function placeOf({ host, port, allowHost }: ListeningOptions, usualPort: number) {
  const allowedHosts = allowHost.map((name) => parseArgument(HostName, "--allow-host", name));
  return { host, port: port === undefined ? usualPort : parseCount("--port", port, 0, 65_535), allowedHosts };
}

/** What callers have to show, where others than this machine can call. @param may what whoever may call can do */
export async function tokenOf(options: ListeningOptions, may: string): Promise<string | undefined> {
  return options.tokenFile === undefined && isLoopback(options.host) ? undefined : requiredTokenOf(options, may);
}

/** @throws {UsageError} where no file is named, or there is no token in it */
export async function requiredTokenOf({ host, tokenFile }: ListeningOptions, may: string): Promise<string> {
  if (tokenFile !== undefined) return readTokenFile("--token-file", tokenFile);
  const [option, beside] = isLoopback(host) ? ["serve", ""] : ["--host", ` beside ${host}, which others reach`];
  throw new UsageError(
    `${option}: expected --token-file FILE${beside}: whoever may call can ${may}; make one with: (umask 077; openssl rand -hex 32 > token)`,
  );
}

export function warnOfOthers({ host }: ListeningOptions, may: string): void {
  if (isLoopback(host)) return;
  say(
    `Whoever has the token can ${may}. It comes unencrypted: over a network that is not yours alone, put a proxy with TLS before this.`,
  );
}

/** Before anybody can know that it serves: a signal that comes while it starts ends it as one that comes later. */
export function untilInterrupted(): Promise<unknown> {
  return new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
}
