import { UsageError } from "./exit-codes.ts";
import { readSmallFile } from "./small-file.ts";

/** Characters that a header carries as they are. */
const TOKEN = /^[\w.~+/=-]{16,512}$/;

/**
 * A token from a file that nobody but its owner may read.
 * @throws {UsageError} which never repeats what is in the file
 */
export async function readTokenFile(option: string, path: string): Promise<string> {
  const token = (await readSmallFile({ option, path, what: "the token", isSecret: true })).trim();
  if (TOKEN.test(token)) return token;
  throw new UsageError(
    `${option}: expected a token of 16 to 512 of A-Z a-z 0-9 . _ ~ + / = -; found ${token.length} characters of others, or too few (${path})`,
  );
}
