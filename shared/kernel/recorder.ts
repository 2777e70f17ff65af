import type * as z from "zod";
import type { EventEnvelope, NewEvent } from "../contracts/event.ts";
import { type DomainEventName, EventPayloads } from "../contracts/event-payloads.ts";
import type { ArtifactRef, PrincipalId, RunId } from "../contracts/ids.ts";
import { describeIssues } from "../contracts/issues.ts";
import type { ArtifactKind } from "../stores/ports.ts";
import type { WallClock } from "./clock.ts";
import { ValidationFailed } from "./errors.ts";

/** An event as a stage or the kernel states it; the recorder adds time, actor and attempt, the store the place. */
export interface EventDraft {
  readonly kind: EventEnvelope["kind"];
  readonly name: string;
  readonly payload?: EventEnvelope["payload"];
  readonly payloadRef?: ArtifactRef;
  /** A document that the payload names: stored before the event is. */
  readonly names?: NamedDocument;
}

/** A domain event of a name that the contract knows, as stages state it. */
export interface DomainEventDraft extends Omit<EventDraft, "kind"> {
  readonly name: DomainEventName;
}

export interface NamedDocument {
  readonly kind: ArtifactKind;
  readonly bytes: Uint8Array;
}

/** Writes what happens in one attempt at one state to the run's log. */
export interface Recorder {
  /**
   * Appends all drafts at once, or none; durable when it returns.
   * @throws {ValidationFailed} when a payload is not what an event of that name carries
   * @throws {SecretRefused} when a payload holds a secret
   */
  record(...drafts: EventDraft[]): Promise<void>;
  /** The same, but waits for no disk where the log can do without. @see EventSink.enqueue */
  enqueue(...drafts: EventDraft[]): Promise<void>;
}

/** Drafts as events, checked, and the documents they name. */
export interface Prepared {
  readonly events: readonly NewEvent[];
  readonly named: readonly NamedDocument[];
}

/** For who writes what several recorders have to say at once. */
export interface Preparing {
  /** @throws as `record` does, before anything is written */
  prepare(drafts: readonly EventDraft[]): Prepared;
  /** Resolves when nothing that was to be recorded is under way. */
  settled(): Promise<void>;
}

/** Where events go. */
export interface EventSink {
  /**
   * Appends all events at the end of the run's log, wherever that is, or none; before them the documents they name.
   * Durable when it returns.
   */
  push(runId: RunId, events: readonly NewEvent[], named?: readonly NamedDocument[]): Promise<void>;
  /**
   * Appends as `push` does, but returns once the events have their place, from when nobody refuses them. They become
   * durable in that order; where one cannot, none behind it does, and this process's work on the run ends. Left out by a
   * log that others append to at the same time, or whose process may be stopped when it answers, as Lambda's is.
   */
  enqueue?(runId: RunId, events: readonly NewEvent[], named?: readonly NamedDocument[]): Promise<void>;
}

/** Payloads by event name; of other domain events nothing is known but that they are JSON. */
const PAYLOADS = new Map<string, z.ZodType>(Object.entries(EventPayloads));

export function createRecorder(options: {
  log: EventSink;
  runId: RunId;
  actor: PrincipalId;
  attempt: number;
  clock: WallClock;
  /** Stands before every event; throws when it may not be written. */
  guard: (what: string, value: unknown) => void;
}): Recorder & Preparing {
  const { log, runId, actor, attempt, clock, guard } = options;
  /** One push after the other: what is said later stands later, also where nobody waited for what was said before. */
  let last: Promise<unknown> = Promise.resolve();
  const prepare = (drafts: readonly EventDraft[]): Prepared => {
    const events = drafts.map((draft): NewEvent => {
      checkPayload(draft);
      const { kind, name, payload = {}, payloadRef } = draft;
      guard(`event ${name}`, payload);
      const ref = payloadRef === undefined ? {} : { payload_ref: payloadRef };
      return { ts: clock.now().toISOString(), actor, attempt, kind, name, payload, ...ref };
    });
    return { events, named: drafts.flatMap(({ names }) => names ?? []) };
  };
  const write = async (append: EventSink["push"], drafts: readonly EventDraft[]): Promise<void> => {
    const { events, named } = prepare(drafts);
    if (events.length === 0) return;
    const pushed = last.then(() => append(runId, events, named));
    last = pushed.catch(() => {});
    await pushed;
  };
  return {
    record: (...drafts) => write(log.push, drafts),
    enqueue: (...drafts) => write(log.enqueue ?? log.push, drafts),
    prepare,
    settled: async () => void (await last),
  };
}

function checkPayload({ kind, name, payload = {} }: EventDraft): void {
  const schema = PAYLOADS.get(name);
  if (schema === undefined) {
    if (kind === "kernel") throw new ValidationFailed(`event ${name}: expected the name of a kernel event`);
    return;
  }
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new ValidationFailed(`event ${name}: ${describeIssues(parsed.error, payload)}`);
}
