import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { UsageError } from "./exit-codes.ts";

/** Characters that a header carries as they are. */
const TOKEN = /^[\w.~+/=-]{16,512}$/;
const MOST_BYTES = 4_096;
/** Of an owner alone. */
const OTHERS = 0o077;

/**
 * A token from a file that nobody but its owner may read.
 * @throws {UsageError} which never repeats what is in the file
 */
export async function readTokenFile(option: string, path: string): Promise<string> {
  const refuse = (expected: string, found: string): never => {
    throw new UsageError(`${option}: expected ${expected}; found ${found} (${path})`);
  };
  // A FIFO would wait for somebody to write to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(({ code }: NodeJS.ErrnoException) =>
    refuse("a file with the token", code === "ENOENT" ? "none" : `one that cannot be read (${code})`),
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return refuse("a file with the token", "something else");
    // Windows keeps no such mode.
    const mode = stat.mode & 0o777;
    if (process.platform !== "win32" && (mode & OTHERS) !== 0) {
      refuse(
        "a file that its owner alone may read, as chmod 600 makes it",
        `mode ${mode.toString(8).padStart(4, "0")}`,
      );
    }
    if (stat.size > MOST_BYTES) return refuse("a token of 16 to 512 characters", `${stat.size} bytes`);
    const token = (await file.readFile("utf8")).trim();
    if (TOKEN.test(token)) return token;
    return refuse(
      "a token of 16 to 512 of A-Z a-z 0-9 . _ ~ + / = -",
      `${token.length} characters of others, or too few`,
    );
  } finally {
    await file.close();
  }
}
