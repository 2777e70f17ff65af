import * as z from "zod";
import { ArtifactRef, PrincipalId, RunId } from "./ids.ts";

/** One entry of a run's append-only log. Nulls are left out. */
export const EventEnvelope = z.strictObject({
  run_id: RunId,
  /** Position in the run's log, from 1, contiguous. */
  seq: z.int().positive(),
  /** `<run_id>/<seq>`: names the event wherever it is told of, once and for all. */
  event_id: z.string().regex(/^[0-9a-f-]{36}\/[1-9]\d*$/, "expected <run_id>/<seq>"),
  /** RFC 3339 in UTC with milliseconds; information, never logic. */
  ts: z.iso.datetime(),
  actor: PrincipalId,
  /** Which try at the state this belongs to, from 0. */
  attempt: z.int().nonnegative(),
  kind: z.enum(["kernel", "domain"]),
  name: z.string().regex(/^[a-z][a-z0-9_.]{0,126}$/, "expected an event name"),
  payload: z.record(z.string(), z.json()),
  payload_ref: ArtifactRef.optional(),
  /** SHA-256 of the RFC 8785 canonical JSON of the event before, 64 hex digits; the first event carries 64 zeros. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;

/** An event before the store gives it its place: what a recorder hands over. */
export type NewEvent = Omit<EventEnvelope, "seq" | "event_id" | "prev" | "run_id">;

/** An event that has its place, and is not chained to the one before it yet: all that a fold looks at. */
export type SequencedEvent = Omit<EventEnvelope, "event_id" | "prev">;

export function eventId(runId: RunId, seq: number): string {
  return `${runId}/${seq}`;
}
