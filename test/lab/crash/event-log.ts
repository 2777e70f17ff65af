import { createHash } from "node:crypto";
import type { EventEnvelope } from "../../../shared/contracts/event.ts";

/** What a run's `events.jsonl` says, read without the stores' own reader. */
export interface EventLogReading {
  /** What stands in the log once, whatever happened on the way; sorted. */
  readonly deeds: readonly string[];
  readonly problems: readonly string[];
}

/** An attempt leaves these each time it is made. */
const OF_ATTEMPTS = new Set(["state_entered", "state_failed", "recomp.state.retried"]);

export function readEventLog(text: string): EventLogReading {
  const problems: string[] = [];
  const deeds: string[] = [];
  const completed = new Set<string>();
  let prev = "0".repeat(64);
  if (!text.endsWith("\n")) problems.push("events.jsonl does not end with a whole line");
  for (const [index, line] of text.split("\n").slice(0, -1).entries()) {
    const event = parse(line);
    const what = `events.jsonl line ${index + 1}`;
    if (event === undefined) problems.push(`${what} is not JSON`);
    if (event?.seq !== index + 1) problems.push(`${what} has seq ${event?.seq}`);
    if (event?.prev !== prev) problems.push(`${what} does not carry the hash of the event before`);
    // A line but the last of its batch ends in a space, which is no part of the event.
    prev = createHash("sha256").update(line.trimEnd()).digest("hex");
    if (event === undefined) continue;
    const state = String(event.payload.state_id);
    if (event.name === "state_entered" && completed.has(state))
      problems.push(`${what}: ${state} entered after its end`);
    if (event.name === "state_completed") {
      if (completed.has(state)) problems.push(`${what}: ${state} completed again`);
      completed.add(state);
    }
    if (!OF_ATTEMPTS.has(event.name)) deeds.push(deedOf(event));
  }
  return { deeds: deeds.sort(), problems };
}

/** An event without what differs between two runs that did the same. */
function deedOf({ name, payload }: EventEnvelope): string {
  const { state_id, stage, shard, role, key, status, state } = payload;
  const told = [state_id, stage, shard, role, key, status, state].filter((each) => each !== undefined);
  return [name, ...told].join(" ");
}

function parse(line: string): EventEnvelope | undefined {
  try {
    return JSON.parse(line) as EventEnvelope;
  } catch {
    return undefined;
  }
}
