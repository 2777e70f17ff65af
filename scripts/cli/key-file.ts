import { constants } from "node:fs";
import { open } from "node:fs/promises";
import {
  publicPartOf,
  type SigningKey,
  signingKeyFrom,
  type VerifyingKey,
  verifyingKeyFrom,
} from "../../shared/runs/signing/keys.ts";
import { UsageError } from "./exit-codes.ts";

/** A key in PEM takes some 120. */
const MOST_BYTES = 4_096;
/** Of an owner alone. */
const OTHERS = 0o077;

/**
 * The key that signs: of a file, or of RESTEP_SIGNING_KEY where none is named.
 * @throws {UsageError} for a file that is not there, is too large, or that others may read, none of it repeated
 */
export async function signingKeyOf(
  path: string | undefined,
  variable: string | undefined,
): Promise<SigningKey | undefined> {
  if (path !== undefined) return signingKeyFrom(await readKeyFile(path, "private"), `--key ${path}`);
  return variable === undefined ? undefined : signingKeyFrom(variable, "RESTEP_SIGNING_KEY");
}

/** Keys that signatures are checked with. @throws {UsageError} */
export async function verifyingKeysOf(paths: readonly string[]): Promise<VerifyingKey[]> {
  const keys: VerifyingKey[] = [];
  for (const path of paths) keys.push(verifyingKeyFrom(await readKeyFile(path, "any"), `--key ${path}`));
  return keys;
}

/** What may be shown of a key file, public or private. @throws {UsageError} */
export async function publicPartIn(path: string): Promise<ReturnType<typeof publicPartOf>> {
  return publicPartOf(await readKeyFile(path, "any"), path);
}

/** @param what `private`: of one that others may read, nothing is taken */
async function readKeyFile(path: string, what: "private" | "any"): Promise<string> {
  const refuse = (expected: string, found: string): never => {
    throw new UsageError(`key: expected ${expected}; found ${found} (${path})`);
  };
  // A FIFO would wait for somebody to write to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(({ code }: NodeJS.ErrnoException) =>
    refuse("a file with a key", code === "ENOENT" ? "none" : `one that cannot be read (${code})`),
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return refuse("a file with a key", "something else");
    if (stat.size > MOST_BYTES) return refuse("a key in PEM", `${stat.size} bytes`);
    // Windows keeps no such mode.
    const mode = stat.mode & 0o777;
    if (what === "private" && process.platform !== "win32" && (mode & OTHERS) !== 0) {
      const found = `mode ${mode.toString(8).padStart(4, "0")}`;
      return refuse("a private key that its owner alone may read, as chmod 600 makes it", found);
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
