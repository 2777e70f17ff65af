import * as z from "zod";
import { EventEnvelope } from "../../contracts/event.ts";
import { EventPayloads, KernelPayloads } from "../../contracts/event-payloads.ts";
import type { RunId } from "../../contracts/ids.ts";
import { describeIssues } from "../../contracts/issues.ts";
import { RunFold } from "../../kernel/run/fold.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import type { NamedArtifact } from "./artifacts.ts";
import type { Findings } from "./findings.ts";
import { KIND_OF_FIELD, kindOfPayload } from "./kinds.ts";
import { referencesIn } from "./references.ts";

/** What was parsed from JSON need not be looked through for being JSON. */
const Envelope = EventEnvelope.extend({ payload: z.record(z.string(), z.unknown()) });
const PAYLOADS = new Map(Object.entries(EventPayloads));

/** Each event by its schema; the chain between them the store has checked. @returns those that are what they should be */
export function checkEvents(events: readonly EventEnvelope[], findings: Findings): EventEnvelope[] {
  return events.filter((event, index) => {
    const flaw = flawOf(event);
    if (flaw === undefined) return true;
    findings.problem("event", `${index + 1} (${event.name})`, "an event of the contract", flaw);
    return false;
  });
}

function flawOf(event: EventEnvelope): string | undefined {
  const envelope = Envelope.safeParse(event);
  if (!envelope.success) return describeIssues(envelope.error, event);
  const isKernel = Object.hasOwn(KernelPayloads, event.name);
  if (isKernel !== (event.kind === "kernel")) return `${event.name} as a ${event.kind} event`;
  const payload = PAYLOADS.get(event.name)?.safeParse(event.payload);
  return payload?.success === false ? `payload: ${describeIssues(payload.error, event.payload)}` : undefined;
}

/**
 * What the log says of the run.
 * @returns undefined when it says what no run can do, which is then reported
 */
export function foldOf(
  runId: RunId,
  events: readonly EventEnvelope[],
  findings: Findings,
  count = events.length,
): RunRecord | undefined {
  const fold = new RunFold();
  for (const event of events.slice(0, count)) {
    try {
      fold.take(event);
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      findings.problem("event", describeEvent(event), `what may happen next in run ${runId}`, found);
      return undefined;
    }
  }
  return fold.record;
}

/** Every artifact that events name. */
export function artifactsIn(events: readonly EventEnvelope[], findings: Findings): NamedArtifact[] {
  return events.flatMap((event): NamedArtifact[] => {
    const place = describeEvent(event);
    if (event.name === "recomp.artifact.quarantined") {
      findings.notice(
        "artifact set aside while the run worked",
        String(event.payload.what),
        `${place}: ${event.payload.reason}`,
      );
      return [];
    }
    const inPayload = referencesIn(event.payload).map((reference) => {
      return { ...reference, in: place, kind: KIND_OF_FIELD[reference.field] };
    });
    const { payload_ref: ref } = event;
    if (ref === undefined) return inPayload;
    return [...inPayload, { ref, field: "payload_ref", in: place, kind: kindOfPayload(event) }];
  });
}

export function describeEvent({ seq, name }: EventEnvelope): string {
  return `event ${seq} (${name})`;
}
