import * as z from "zod";
import { RunId } from "../contracts/ids.ts";
import { canonicalHash, canonicalText } from "./digest.ts";
import { ConflictError } from "./errors.ts";
import { checkReadable, FIRST_FORMATS, formatsIn, RUN_FORMATS, type RunFormats, StoredFormats } from "./formats.ts";
import type { Json, StoredRun } from "./ports.ts";

const StoredRecord = z.strictObject({
  run_id: RunId,
  submission: z.json(),
  submission_sha256: z.string(),
  created_at: z.iso.datetime(),
  formats: StoredFormats.optional(),
  /** Hash of the rest, so that damage anywhere shows. */
  record_sha256: z.string(),
});

/** What records of all versions have in common. */
const Hashed = z.looseObject({ record_sha256: z.string() });

export function newRunRecord(runId: RunId, submission: Json, createdAt: string): StoredRun {
  const submission_sha256 = canonicalHash(submission);
  return { run_id: runId, submission, submission_sha256, created_at: createdAt, formats: RUN_FORMATS };
}

/** The text of `run.json`. */
export function recordText({ formats, ...record }: StoredRun): string {
  // Records of the first format have no such field.
  const stored: Json = { ...record, ...(formats.record === FIRST_FORMATS.record ? {} : { formats: { ...formats } }) };
  return `${canonicalText({ ...stored, record_sha256: canonicalHash(stored) })}\n`;
}

/** The formats that a record's text tells, even if the rest cannot be read; undefined when it is damaged. */
export function formatsInText(text: string): RunFormats | undefined {
  return formatsInRecord(parsedJson(text));
}

/**
 * Undefined unless the text is, byte for byte, what `recordText` writes.
 * @throws UnsupportedFormatError when a later version wrote it
 */
export function parseRecord(runId: RunId, text: string): StoredRun | undefined {
  const value = parsedJson(text);
  const formats = formatsInRecord(value);
  if (formats === undefined) return undefined;
  checkReadable(runId, formats, "record");
  const parsed = StoredRecord.safeParse(value);
  if (!parsed.success) return undefined;
  const { record_sha256: _, ...stored } = parsed.data;
  const record = { ...stored, formats };
  if (record.submission_sha256 !== canonicalHash(record.submission)) return undefined;
  return recordText(record) === text ? record : undefined;
}

/** The hash tells a record of a later version from a damaged one. */
function formatsInRecord(value: unknown): RunFormats | undefined {
  const parsed = Hashed.safeParse(value);
  if (!parsed.success) return undefined;
  const { record_sha256: stated, ...rest } = parsed.data;
  return canonicalHash(rest as Json) === stated ? formatsIn(rest) : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws ConflictError when the run that is there was made from another submission */
export function checkSameSubmission(existing: StoredRun, wanted: StoredRun): StoredRun {
  if (existing.submission_sha256 === wanted.submission_sha256) return existing;
  const fields = differingFields(existing.submission, wanted.submission);
  throw new ConflictError(wanted.run_id, fields, existing.submission_sha256, wanted.submission_sha256);
}

function differingFields(one: Json, other: Json): string[] {
  const [a, b] = [one, other].map((each) => new Map(Object.entries(Object(each) as Record<string, Json>)));
  const textOf = (value: Json | undefined) => (value === undefined ? undefined : canonicalText(value));
  return [...new Set([...a!.keys(), ...b!.keys()])].filter((key) => textOf(a!.get(key)) !== textOf(b!.get(key)));
}
