import * as z from "zod";
import type { RunId } from "../contracts/ids.ts";
import { UnsupportedFormatError } from "./errors.ts";

/**
 * How what a store keeps of a run is written. Whoever changes how one of them is written gives it the next number here, and
 * keeps reading the numbers before, or refuses them: `test/golden` has a store of every release.
 *
 * - `record`: 1 has no formats; 2 names them.
 * - `events`: 1 chains lines as they stand, without ids; 2 chains canonical JSON, each event with its id.
 * - `history`: 1 is GetExecutionHistory's own shape, one entry after the other.
 */
export interface RunFormats {
  readonly record: number;
  readonly events: number;
  readonly history: number;
}

type Part = keyof RunFormats;

/** Of runs that are made now; only these are written to. */
export const RUN_FORMATS: RunFormats = { record: 2, events: 2, history: 1 };

/** Of runs whose record says nothing. */
export const FIRST_FORMATS: RunFormats = { record: 1, events: 1, history: 1 };

const NAMES: Readonly<Record<Part, string>> = {
  record: "a record",
  events: "an event log",
  history: "an execution history",
};

export const StoredFormats = z.strictObject({
  record: z.int().positive(),
  events: z.int().positive(),
  history: z.int().positive(),
});

/** The formats in what may be a run record of any version; undefined when it is none. */
export function formatsIn(record: unknown): RunFormats | undefined {
  const parsed = z.looseObject({ formats: z.looseObject(StoredFormats.shape).optional() }).safeParse(record);
  if (!parsed.success) return undefined;
  const { formats = FIRST_FORMATS } = parsed.data;
  return { record: formats.record, events: formats.events, history: formats.history };
}

/** @throws UnsupportedFormatError for a part that a later version wrote */
export function checkReadable(runId: RunId, formats: RunFormats, ...parts: readonly Part[]): void {
  for (const part of parts) {
    if (formats[part] <= RUN_FORMATS[part]) continue;
    const known = `formats up to ${RUN_FORMATS[part]}`;
    throw new UnsupportedFormatError(
      `run ${runId} has ${NAMES[part]} of format ${formats[part]}, and this version reads ${known}: use the version that wrote it, or a later one`,
      { what: part, expected: RUN_FORMATS[part], found: formats[part] },
    );
  }
}

/** @throws UnsupportedFormatError for a run that another version began */
export function checkWritable(runId: RunId, formats: RunFormats): void {
  checkReadable(runId, formats, "record", "events", "history");
  for (const part of ["record", "events", "history"] as const) {
    if (formats[part] === RUN_FORMATS[part]) continue;
    throw new UnsupportedFormatError(
      `run ${runId} was begun by an earlier version, with ${NAMES[part]} of format ${formats[part]}, and this version reads it but goes on only with format ${RUN_FORMATS[part]}: end it with the version that began it, or submit its manifest anew with \`restep run <manifest> --new\``,
      { what: part, expected: RUN_FORMATS[part], found: formats[part] },
    );
  }
}

/** How a store's own folder is laid out: records of removals, quarantine, claims, kinds, seals and leases included. */
export const STORE_FORMAT = 1;

/** @throws UnsupportedFormatError for a store that a later version laid out */
export function checkStoreFormat(where: string, found: number): void {
  if (found <= STORE_FORMAT) return;
  throw new UnsupportedFormatError(
    `the store ${where} has format ${found}, and this version reads formats up to ${STORE_FORMAT}: use the version that made it, or a later one`,
    { what: "store", expected: STORE_FORMAT, found },
  );
}
