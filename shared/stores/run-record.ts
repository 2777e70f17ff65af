import * as z from "zod";
import { RunId } from "../contracts/ids.ts";
import { canonicalHash, canonicalText } from "./digest.ts";
import { ConflictError } from "./errors.ts";
import type { Json, RunRecord } from "./ports.ts";

const StoredRecord = z.strictObject({
  run_id: RunId,
  submission: z.json(),
  submission_sha256: z.string(),
  created_at: z.iso.datetime(),
  /** Hash of the rest, so that damage anywhere shows. */
  record_sha256: z.string(),
});

export function newRunRecord(runId: RunId, submission: Json, createdAt: string): RunRecord {
  return { run_id: runId, submission, submission_sha256: canonicalHash(submission), created_at: createdAt };
}

/** The text of `run.json`. */
export function recordText(record: RunRecord): string {
  return `${canonicalText({ ...record, record_sha256: canonicalHash({ ...record }) })}\n`;
}

/** Undefined unless the text is, byte for byte, what `recordText` writes. */
export function parseRecord(text: string): RunRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = StoredRecord.safeParse(value);
  if (!parsed.success) return undefined;
  const { record_sha256: _, ...record } = parsed.data;
  if (record.submission_sha256 !== canonicalHash(record.submission)) return undefined;
  return recordText(record) === text ? record : undefined;
}

/** @throws ConflictError when the run that is there was made from another submission */
export function checkSameSubmission(existing: RunRecord, wanted: RunRecord): RunRecord {
  if (existing.submission_sha256 === wanted.submission_sha256) return existing;
  throw new ConflictError(wanted.run_id, existing.submission_sha256, wanted.submission_sha256);
}
