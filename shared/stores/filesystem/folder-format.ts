import { join } from "node:path";
import * as z from "zod";
import { UnsupportedFormatError } from "../errors.ts";
import { readVouched, vouch } from "../vouched-text.ts";
import { readIfThere } from "./artifacts.ts";
import type { FileSystem } from "./file-system.ts";

/** How a leased folder keeps its records and logs: 1 as they are, 2 with hashes that vouch for them. */
export const FOLDER_FORMAT = 2;

const NAME = "format.json";

const StoredFormat = z.looseObject({ format: z.int().positive() });

/**
 * The format of a folder; 1 where no file says it. A file that does not vouch for itself says nothing, and the folder is
 * taken for one of this version.
 * @throws UnsupportedFormatError for a folder that a later version wrote
 */
export async function folderFormatOf(fs: FileSystem, root: string, say: (notice: string) => void): Promise<number> {
  const path = join(root, NAME);
  const bytes = await readIfThere(fs, path);
  if (bytes === undefined) return 1;
  const text = readVouched(NAME, Buffer.from(bytes))?.text;
  if (text === undefined) {
    say(
      `${path} is damaged: expected the format of the folder with its hash, found something else; it is written anew`,
    );
    return FOLDER_FORMAT;
  }
  const { format } = StoredFormat.parse(JSON.parse(text));
  if (format <= FOLDER_FORMAT) return format;
  throw new UnsupportedFormatError(
    `${root} has format ${format}, and this version reads formats up to ${FOLDER_FORMAT}: use the version that wrote it, or a later one`,
    { what: "folder", expected: FOLDER_FORMAT, found: format },
  );
}

export function folderFormatFile(): { readonly name: string; readonly bytes: Uint8Array } {
  return { name: NAME, bytes: Buffer.from(vouch(NAME, JSON.stringify({ format: FOLDER_FORMAT })).text) };
}
