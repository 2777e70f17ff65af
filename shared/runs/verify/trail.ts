import type { EventEnvelope } from "../../contracts/event.ts";
import { type Content, ExecResponse, type FactPayload } from "../../contracts/facts.ts";
import type { ProvenanceDocument } from "../../contracts/provenance.ts";
import type { Submission } from "../../contracts/submission.ts";
import { trailOf } from "../../stages/trail.ts";
import { foldOf } from "./events.ts";
import type { Findings } from "./findings.ts";

/** Compares one field of a document with what it should be. */
export type Say = (field: string, expected: unknown, found: unknown) => boolean;

/** Whether the chain of these events leads where the trail says. */
export function isOwnTrail({ trail }: ProvenanceDocument, events: readonly EventEnvelope[]): boolean {
  return events[trail.events.count]?.prev === trail.events.head_sha256;
}

/** What the log said of the run when the document was written: the log is folded again, up to there. */
export function checkTrail(
  { trail }: ProvenanceDocument,
  { submission, events }: { readonly submission: Submission; readonly events: readonly EventEnvelope[] },
  findings: Findings,
  say: Say,
): void {
  const { count } = trail.events;
  // The events that name the document come behind those it tells of, and carry on their chain.
  const next = events[count];
  if (next === undefined) {
    findings.problem("provenance", "trail.events.count", `less than the ${events.length} events there are`, `${count}`);
    return;
  }
  const record = foldOf(submission.run_id, events, findings, count);
  if (record !== undefined) say("trail", trailOf({ record, head: { seq: count, prev: next.prev } }), trail);
}

/** What came from outside, as it was recorded. */
export function checkAnswers(
  { build, tools, issued_at, trail }: ProvenanceDocument,
  facts: readonly FactPayload[],
  say: Say,
): void {
  const responseOf = (name: string): unknown => {
    const fact = facts.findLast(({ key, outcome }) => isOwn(key, name) && outcome.kind === "response");
    return fact?.outcome.kind === "response" ? fact.outcome.response : undefined;
  };
  say("build", responseOf("build"), build);
  say("issued_at", responseOf("issued_at"), { now: issued_at });
  say("trail", responseOf("trail"), trail);
  for (const [position, tool] of tools.entries()) {
    const answer = ExecResponse.safeParse(responseOf(`tool.${tool.name}`)).data;
    const { stdout = "", program_sha256 } = answer ?? {};
    say(`tools.${position}`, { name: tool.name, version: textOf(stdout).trim(), program_sha256 }, tool);
  }
}

/** `attest/clock/issued_at` is the fact `issued_at` of the stage that writes provenance. */
function isOwn(key: string, name: string): boolean {
  return key.startsWith("attest/") && key.endsWith(`/${name}`);
}

function textOf(content: Content): string {
  return typeof content === "string" ? content : `base64:${content.base64}`;
}
