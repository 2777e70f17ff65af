import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { UsageError } from "./exit-codes.ts";

const MOST_BYTES = 4_096;
/** Of an owner alone. */
const OTHERS = 0o077;

export interface SmallFile {
  /** What names the file on the command line, as messages begin. */
  readonly option: string;
  readonly path: string;
  /** What is in it: `the token`. */
  readonly what: string;
  /** Of one that others may read, nothing is taken. */
  readonly isSecret: boolean;
  /** Default: 4,096. */
  readonly mostBytes?: number;
}

/**
 * The text of a file that somebody named on the command line.
 * @throws {UsageError} which never repeats what is in the file
 */
export async function readSmallFile({
  option,
  path,
  what,
  isSecret,
  mostBytes = MOST_BYTES,
}: SmallFile): Promise<string> {
  const refuse = (expected: string, found: string): never => {
    throw new UsageError(`${option}: expected ${expected}; found ${found} (${path})`);
  };
  // A FIFO would wait for somebody to write to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(({ code }: NodeJS.ErrnoException) =>
    refuse(`a file with ${what}`, code === "ENOENT" ? "none" : `one that cannot be read (${code})`),
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return refuse(`a file with ${what}`, "something else");
    // Windows keeps no such mode.
    const mode = stat.mode & 0o777;
    if (isSecret && process.platform !== "win32" && (mode & OTHERS) !== 0) {
      const found = `mode ${mode.toString(8).padStart(4, "0")}`;
      return refuse(`a file with ${what} that its owner alone may read, as chmod 600 makes it`, found);
    }
    if (stat.size > mostBytes) return refuse(`${what} in at most ${mostBytes} bytes`, `${stat.size} bytes`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
