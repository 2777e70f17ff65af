import { join } from "node:path";
import * as z from "zod";
import { canonicalHash, canonicalText, sha256 } from "../digest.ts";
import { CorruptionError } from "../errors.ts";
import type { Json } from "../ports.ts";
import { readIfThere } from "./artifacts.ts";
import { syncFile } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";

const FileSeal = z.strictObject({
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const LogSeal = FileSeal.extend({ lines: z.int().nonnegative() });

/**
 * How far a run's files went at the last clean release, and the hash of all bytes up to there. The chain of `prev` cannot
 * vouch for the last line of a log, nor tell that whole lines are missing at the end; this can. Logs only grow from there.
 */
const Seal = z.strictObject({
  "events.jsonl": LogSeal,
  "history.jsonl": LogSeal,
  "log.jsonl": FileSeal.optional(),
  "run.json": FileSeal.optional(),
});
export type LogSeal = z.infer<typeof LogSeal>;
export type Seal = z.infer<typeof Seal>;

/** Hash of the rest, so that damage anywhere shows. */
const StoredSeal = Seal.extend({ seal_sha256: z.string() });

export const SEAL_FILE = "seal.json";

/**
 * What is sealed beside the logs: what the handlers logged, and the run record. Nobody reads these by their seals but who
 * checks the run, for a log of that kind must not stand in a run's way.
 */
export const SEALED_FILES = ["log.jsonl", "run.json"] as const;

/** @throws CorruptionError when the file does not hold, byte for byte, what `sealText` writes */
export async function readSeal(fs: FileSystem, runFolder: string): Promise<Seal | undefined> {
  const path = join(runFolder, SEAL_FILE);
  const bytes = await readIfThere(fs, path);
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString("utf8");
  const seal = parseSeal(text);
  if (seal !== undefined && sealText(seal) === text) return seal;
  throw new CorruptionError("the seal", {
    where: path,
    expected: "bytes and SHA-256 of the run's files, as they were written",
    found: "something else",
    remedy: "compare the logs with a copy; removing this file accepts them as they are",
  });
}

export function sealText(seal: Seal): string {
  const rest = { ...seal } as { readonly [name: string]: Json };
  return `${canonicalText({ ...rest, seal_sha256: canonicalHash(rest) })}\n`;
}

/**
 * Seals what there is beside the logs, at a time when nobody writes to it.
 * @param before the last seal: a file that is no longer as it was sealed keeps that, so that it shows
 */
export async function sealFiles(
  fs: FileSystem,
  runFolder: string,
  before: Seal | undefined,
): Promise<Pick<Seal, (typeof SEALED_FILES)[number]>> {
  const sealed: Pick<Seal, (typeof SEALED_FILES)[number]> = {};
  for (const name of SEALED_FILES) {
    const path = join(runFolder, name);
    const earlier = before?.[name];
    const bytes = await readIfThere(fs, path);
    const isWhole = earlier === undefined || (bytes && sha256(bytes.subarray(0, earlier.bytes)) === earlier.sha256);
    // Whoever added to it may not have synced it, and what is sealed must outlast a power cut.
    if (bytes !== undefined && bytes.length !== earlier?.bytes) await syncFile(fs, path);
    const now = bytes === undefined ? undefined : { bytes: bytes.length, sha256: sha256(bytes) };
    const seal = isWhole ? now : earlier;
    if (seal !== undefined) sealed[name] = seal;
  }
  return sealed;
}

function parseSeal(text: string): Seal | undefined {
  try {
    const parsed = StoredSeal.safeParse(JSON.parse(text));
    if (!parsed.success) return undefined;
    const { seal_sha256: _, ...seal } = parsed.data;
    return seal;
  } catch {
    return undefined;
  }
}
