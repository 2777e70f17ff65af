import type { RunId } from "../../shared/contracts/ids.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import type { SigningKey } from "../../shared/runs/signing/keys.ts";
import { type GlobalOptions, print, say, withRun } from "../cli/context.ts";
import { readEnvironment } from "../cli/environment.ts";
import { UsageError } from "../cli/exit-codes.ts";
import { signingKeyOf } from "../cli/key-file.ts";

export interface KeyOption {
  /** A file with the private key. */
  readonly key?: string | undefined;
}

/** Signs a run that has ended. */
export async function signVerb(name: string, options: GlobalOptions & KeyOption): Promise<void> {
  const key = await keyOf(options);
  if (key === undefined) throw new UsageError("sign: expected --key FILE, or RESTEP_SIGNING_KEY, found neither");
  const signature = await withRun(options, name, (runs, runId) => runs.sign(runId, key));
  if (options.json) print(JSON.stringify(signature));
  else print(`Signed by ${key.keyId}`);
}

/** The key to sign with at the end, looked at before anything begins. */
export function keyOf({ key }: KeyOption): Promise<SigningKey | undefined> {
  return signingKeyOf(key, readEnvironment().signingKey);
}

/** Signs what has just been done. */
export async function signAtEnd(runs: Runs, runId: RunId, key: SigningKey): Promise<void> {
  await runs.sign(runId, key);
  say(`Signed by ${key.keyId}`);
}
