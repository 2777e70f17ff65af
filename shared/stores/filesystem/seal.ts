import { join } from "node:path";
import { z } from "zod";
import { CorruptionError } from "../errors.ts";
import { readIfThere } from "./artifacts.ts";
import type { FileSystem } from "./file-system.ts";

const LogSeal = z.strictObject({
  lines: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * How far a run's logs went at the last clean release, and the hash of all bytes up to there. The chain of `prev` cannot
 * vouch for the last line, nor tell that whole lines are missing at the end; this can. Logs only grow from there.
 */
const Seal = z.strictObject({ "events.jsonl": LogSeal, "history.jsonl": LogSeal });
export type LogSeal = z.infer<typeof LogSeal>;
export type Seal = z.infer<typeof Seal>;

export const SEAL_FILE = "seal.json";

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
    expected: "lines, bytes and SHA-256 of both logs, as they were written",
    found: "something else",
    remedy: "compare the logs with a copy; removing this file accepts them as they are",
  });
}

export function sealText(seal: Seal): string {
  return `${JSON.stringify({ "events.jsonl": ordered(seal["events.jsonl"]), "history.jsonl": ordered(seal["history.jsonl"]) })}\n`;
}

function ordered({ lines, bytes, sha256 }: LogSeal): LogSeal {
  return { lines, bytes, sha256 };
}

function parseSeal(text: string): Seal | undefined {
  try {
    const parsed = Seal.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
