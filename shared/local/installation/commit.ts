import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What the program is made of. Other files in a checkout, such as binaries that somebody packs, change nothing of it. */
const SOURCES = ["package.json", "package-lock.json", "scripts", "functions", "shared", "statemachines"];

/** The commit that a repository's work tree is at, with `-dirty` behind it where sources have changes; undefined where that cannot be told. */
export async function commitOf(folder: string): Promise<string | undefined> {
  const git = async (...words: string[]) => (await promisify(execFile)("git", ["-C", folder, ...words])).stdout.trim();
  try {
    const [commit, changes] = await Promise.all([
      git("rev-parse", "HEAD"),
      git("status", "--porcelain", "--", ...SOURCES),
    ]);
    return changes === "" ? commit : `${commit}-dirty`;
  } catch {
    // No git here, or not a repository of this user's: then the build's own word holds.
    return undefined;
  }
}
