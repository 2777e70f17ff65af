import { join } from "node:path";
import * as z from "zod";
import { CorruptionError } from "../errors.ts";
import { STORE_FORMAT } from "../formats.ts";
import { readIfThere } from "./artifacts.ts";
import { replaceFile } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";
import type { TemporaryFiles } from "./temporary-files.ts";

export const STORE_FORMAT_FILE = "store.json";

const StoreFormat = z.looseObject({ format: z.int().positive() });

/** How a store's folder is laid out. One without the file is of the first format, as early releases made them. */
export async function storeFormatOf(fs: FileSystem, root: string): Promise<number> {
  const path = join(root, STORE_FORMAT_FILE);
  const bytes = await readIfThere(fs, path);
  if (bytes === undefined) return 1;
  const text = Buffer.from(bytes).toString("utf8");
  const parsed = StoreFormat.safeParse(parsedJson(text));
  // What a later release writes there is its own affair: it is refused by its number.
  const isOwn = parsed.success && (parsed.data.format > STORE_FORMAT || text === textOf(parsed.data.format));
  if (isOwn) return parsed.data.format;
  throw new CorruptionError("the store's format", {
    where: path,
    expected: `such as {"format":${STORE_FORMAT}}`,
    found: JSON.stringify(text.slice(0, 80)),
    remedy: "restore the file from a copy, or remove it when no later version has worked on the store",
  });
}

/** Puts the file there, the same whoever does it. */
export async function sayStoreFormat(fs: FileSystem, root: string, temporary: TemporaryFiles): Promise<void> {
  await replaceFile(fs, temporary.next(), join(root, STORE_FORMAT_FILE), Buffer.from(textOf(STORE_FORMAT)));
}

/** To the byte: what stands there otherwise is damage. */
function textOf(format: number): string {
  return `${JSON.stringify({ format })}\n`;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
