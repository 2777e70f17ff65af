import { join } from "node:path";
import { readVouched, vouch } from "../vouched-text.ts";
import { namesIn } from "./artifact-files.ts";
import { readWholeFile } from "./durable-file.ts";
import type { HeldFolder } from "./held-folder.ts";
import { emptyEnd, vouchedLines } from "./vouched-log.ts";

/** What a folder of the first format holds that can be vouched for. */
const RECORD = ".json";
const LOG = ".jsonl";

/**
 * Writes the records and logs of a folder of the first format anew, with hashes. What is no JSON object stays as it is, and is
 * found to be damaged when it is read. A process that is killed meanwhile leaves some of each, and the next does the rest.
 */
export async function vouchForAll(held: Omit<HeldFolder, "ends">, say: (notice: string) => void): Promise<void> {
  let count = 0;
  for (const kind of await namesIn(held.fs, held.root)) {
    if (kind === "lease") continue;
    if ((await held.fs.stat(join(held.root, kind)))?.kind === "folder") count += await vouchBelow(held, kind);
  }
  if (count > 0)
    say(`${held.root} was written by an earlier version: ${count} files were given hashes that vouch for them`);
}

async function vouchBelow(held: Omit<HeldFolder, "ends">, folder: string): Promise<number> {
  const { fs, root } = held;
  let count = 0;
  for (const file of await namesIn(fs, join(root, folder))) {
    const path = `${folder}/${file}`;
    if ((await fs.stat(join(root, path)))?.kind === "folder") {
      count += await vouchBelow(held, path);
      continue;
    }
    const text = file.endsWith(LOG) ? logOf : file.endsWith(RECORD) ? recordOf : undefined;
    const vouched = text?.(path, Buffer.from(await readWholeFile(fs, join(root, path))));
    if (vouched !== undefined) {
      await held.replace(path, Buffer.from(vouched));
      count += 1;
    } else if (file.endsWith(".new")) {
      // What a write of that format left that was cut short; the file it was to replace is whole.
      await held.takeAway(path);
    }
  }
  return count;
}

function recordOf(path: string, bytes: Buffer): string | undefined {
  const seed = path.slice(0, -RECORD.length);
  const text = bytes.toString("utf8");
  return readVouched(seed, bytes) === undefined && isObject(text) ? vouch(seed, text).text : undefined;
}

/** Whole lines; a torn last one is left out. */
function logOf(path: string, bytes: Buffer): string | undefined {
  const lines = bytes
    .subarray(0, bytes.lastIndexOf("\n") + 1)
    .toString("utf8")
    .split("\n");
  lines.pop();
  const [first] = lines;
  const isDone = first !== undefined && readVouched(emptyEnd(path).sha256, Buffer.from(first)) !== undefined;
  if (isDone || !lines.every(isObject)) return undefined;
  return vouchedLines(emptyEnd(path), lines)
    .vouched.map((line) => `${line}\n`)
    .join("");
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && Object.keys(value).length > 0;
  } catch {
    return false;
  }
}
