import type * as z from "zod";
import { EventEnvelope, eventId, type NewEvent } from "../contracts/event.ts";
import type { RunId } from "../contracts/ids.ts";
import { canonicalText, sha256 } from "./digest.ts";
import { CorruptionError, InvalidInputError } from "./errors.ts";
import type { Appended, Head, Json } from "./ports.ts";

export const EMPTY_HEAD: Head = { seq: 0, prev: "0".repeat(64) };

/**
 * A line that ends in a space has more of its batch after it: JSON does not mind, and a batch that a crash cut short is
 * told from a whole one without a second file or a second fsync. No event ends in one, for canonical JSON has no spaces.
 */
export const BATCH_GOES_ON = " ";
const GOES_ON = BATCH_GOES_ON.charCodeAt(0);

export const LINE_REMEDY = "restore the file from a copy; the lines before this one are whole";

const Unplaced = EventEnvelope.omit({ run_id: true, seq: true, event_id: true, prev: true });

/**
 * The lines of a batch (without newlines) that follows `head`, each an event as canonical JSON: so the chain, which is over
 * that, is read back from the bytes. @throws InvalidInputError
 */
export function encodeEvents(
  runId: RunId,
  head: Head,
  events: readonly NewEvent[],
): { readonly lines: readonly string[]; readonly appended: Appended } {
  const lines: string[] = [];
  const envelopes: EventEnvelope[] = [];
  let { seq, prev } = head;
  for (const [index, event] of events.entries()) {
    const parsed = Unplaced.safeParse(event);
    if (!parsed.success) throw refusal(index, parsed.error);
    seq += 1;
    const envelope: EventEnvelope = { run_id: runId, seq, event_id: eventId(runId, seq), ...parsed.data, prev };
    const text = canonicalEvent(index, envelope);
    prev = sha256(text);
    lines.push(index < events.length - 1 ? text + BATCH_GOES_ON : text);
    envelopes.push(envelope);
  }
  return { lines, appended: { head: { seq, prev }, events: envelopes } };
}

/** The members of an event, all of them: the envelope's next one does not compile until it is here and written below. */
type Member =
  | "actor"
  | "attempt"
  | "event_id"
  | "kind"
  | "name"
  | "payload"
  | "payload_ref"
  | "prev"
  | "run_id"
  | "seq"
  | "ts";
type WholeEvent = Exclude<keyof EventEnvelope, Member> extends never ? Pick<EventEnvelope, Member> : never;

/**
 * An event as canonical JSON, its members written in their order here: only the payload has any that are not known. Measured
 * on Node 20: 2.1 microseconds an event instead of 5.0, of 11 for all that an append computes.
 * @throws InvalidInputError for a lone surrogate, which JSON allows and RFC 8785 does not
 */
function canonicalEvent(index: number, event: WholeEvent): string {
  const { actor, attempt, event_id, kind, name, payload, payload_ref, prev, run_id, seq, ts } = event;
  // By the contract these strings hold nothing that JSON escapes.
  const ref = payload_ref === undefined ? "" : `"payload_ref":"${payload_ref}",`;
  try {
    return `{"actor":"${actor}","attempt":${attempt},"event_id":"${event_id}","kind":"${kind}","name":"${name}","payload":${canonicalText(payload as Json)},${ref}"prev":"${prev}","run_id":"${run_id}","seq":${seq},"ts":"${ts}"}`;
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError(`events.${index}`, "an event that canonical JSON (RFC 8785) can say", found);
  }
}

/** The lines of a batch of JSON values, without newlines. @throws InvalidInputError */
export function encodeJson(entries: readonly Json[]): string[] {
  return entries.map((entry, index) => {
    const line: string | undefined = JSON.stringify(entry);
    if (line === undefined) throw new InvalidInputError(`entry ${index}`, "a JSON value", typeof entry);
    return line + (index < entries.length - 1 ? BATCH_GOES_ON : "");
  });
}

function refusal(index: number, error: z.ZodError): InvalidInputError {
  const issue = error.issues[0];
  const path = ["events", index, ...(issue?.path ?? [])].join(".");
  return new InvalidInputError(path, "an event as the contract has it", issue?.message ?? "another shape");
}

/**
 * Reads a line that must follow `head`. The bytes are hashed, not the text: decoding would hide some damage behind U+FFFD.
 * @throws CorruptionError naming line, expected and found
 */
export function decodeEvent(
  runId: RunId,
  head: Head,
  line: Buffer,
  where: string,
): { readonly event: EventEnvelope; readonly head: Head } {
  const event = eventBehind(runId, head, line, where);
  const id = eventId(runId, event.seq);
  if (event.event_id !== id) throw damagedLine(head, where, `event_id ${id}`, `event_id ${event.event_id}`);
  return { event, head: { seq: event.seq, prev: hashOf(line) } };
}

/**
 * Reads a line of the first format, in which events have no ids, and the chain is over lines as they stand, marks included.
 * @throws CorruptionError
 */
export function decodeFirstEvent(
  runId: RunId,
  head: Head,
  line: Buffer,
  where: string,
): { readonly event: EventEnvelope; readonly head: Head } {
  const event = eventBehind(runId, head, line, where);
  return {
    event: { ...event, event_id: eventId(runId, event.seq) },
    head: { seq: event.seq, prev: sha256(line) },
  };
}

/** The event on a line, when it is the run's next one. @throws CorruptionError */
function eventBehind(runId: RunId, head: Head, line: Buffer, where: string): EventEnvelope {
  const event = parseEnvelope(head, line, where);
  if (event.run_id !== runId) throw damagedLine(head, where, `run_id ${runId}`, `run_id ${event.run_id}`);
  if (event.seq !== head.seq + 1) throw damagedLine(head, where, `seq ${head.seq + 1}`, `seq ${event.seq}`);
  if (event.prev !== head.prev) throw damagedLine(head, where, `prev ${head.prev}`, `prev ${event.prev}`);
  return event;
}

function damagedLine(head: Head, where: string, expected: string, found: string, cause?: unknown): CorruptionError {
  return new CorruptionError(`line ${head.seq + 1}`, { where, expected, found, remedy: LINE_REMEDY }, cause);
}

/** The hash of the event on a line, without the mark of its batch. */
export function hashOf(line: Buffer): string {
  return sha256(line.at(-1) === GOES_ON ? line.subarray(0, -1) : line);
}

/** Reads the `number`th line of a log of JSON values. @throws CorruptionError */
export function decodeJson(number: number, line: Buffer, where: string): Json {
  try {
    return JSON.parse(line.toString("utf8")) as Json;
  } catch (cause) {
    const what = { where, expected: "a JSON value", found: "text that is not JSON", remedy: LINE_REMEDY };
    throw new CorruptionError(`line ${number}`, what, cause);
  }
}

/** The chain vouches for what the contract checked when it was written, so only the shape is looked at here. */
function parseEnvelope(head: Head, line: Buffer, where: string): EventEnvelope {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch (error) {
    throw damagedLine(head, where, "an event in JSON", "text that is not JSON", error);
  }
  if (typeof value !== "object" || value === null || !("seq" in value) || !("prev" in value) || !("run_id" in value)) {
    throw damagedLine(head, where, "an event in JSON", "another JSON value");
  }
  return value as EventEnvelope;
}
