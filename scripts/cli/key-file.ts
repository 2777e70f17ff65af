import {
  publicPartOf,
  type SigningKey,
  signingKeyFrom,
  type VerifyingKey,
  verifyingKeyFrom,
} from "../../shared/runs/signing/keys.ts";
import { UsageError } from "./exit-codes.ts";
import { readSmallFile } from "./small-file.ts";

/**
 * The key that signs: of a file, or of RESTEP_SIGNING_KEY where none is named.
 * @throws {UsageError} for a file that is not there, is too large, or that others may read, none of it repeated
 */
export async function signingKeyOf(
  path: string | undefined,
  variable: string | undefined,
): Promise<SigningKey | undefined> {
  if (path === undefined) return variable === undefined ? undefined : signingKeyFrom(variable, "RESTEP_SIGNING_KEY");
  const file = { option: "--key", path, what: "a private key" };
  // Who may read a public key is not what is wrong with it.
  if (/-----BEGIN PUBLIC KEY-----/.test(await readSmallFile({ ...file, isSecret: false }))) {
    throw new UsageError(
      `--key: expected a private key, as \`restep keys new\` writes it; found a public one (${path})`,
    );
  }
  const text = await readSmallFile({ ...file, isSecret: true });
  return signingKeyFrom(text, `--key ${path}`);
}

/** Keys that signatures are checked with. @throws {UsageError} */
export async function verifyingKeysOf(paths: readonly string[]): Promise<VerifyingKey[]> {
  const keys: VerifyingKey[] = [];
  for (const path of paths) {
    const text = await readSmallFile({ option: "--key", path, what: "a public key", isSecret: false });
    keys.push(verifyingKeyFrom(text, `--key ${path}`));
  }
  return keys;
}

/** What may be shown of a key file, public or private. @throws {UsageError} */
export async function publicPartIn(path: string): Promise<ReturnType<typeof publicPartOf>> {
  return publicPartOf(await readSmallFile({ option: "keys show", path, what: "a key", isSecret: false }), path);
}
