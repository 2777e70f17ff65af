import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventEnvelope, NewEvent } from "../../../shared/contracts/event.ts";
import { RunId } from "../../../shared/contracts/ids.ts";
import { RunStatus } from "../../../shared/contracts/status.ts";
import type { Submission } from "../../../shared/contracts/submission.ts";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import type { RunRecord } from "../../../shared/kernel/run/record.ts";
import { projectStatus } from "../../../shared/kernel/run/status.ts";
import { storedRunLog } from "../../../shared/kernel/run/stored-log.ts";
import { canonicalBytes } from "../../../shared/stores/digest.ts";
import { createMemoryStores } from "../../../shared/stores/memory/open.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import { place, RUN_ID } from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { randomFrom } from "./fuzz/random.ts";
import { sensibleRun } from "./fuzz/script.ts";

const runId = RunId.parse(RUN_ID);
const submission = { run_id: RUN_ID, task_lane: "math" } as Submission;

/** The log of a sensible run, up to some point. */
const anyLog = fc.tuple(fc.integer(), fc.double({ min: 0, max: 1, noNaN: true })).map(([seed, share]) => {
  const { items } = sensibleRun(randomFrom(seed));
  const kept = items.slice(0, Math.ceil(share * items.length));
  return kept.map(({ event: { name, payload, attempt, payload_ref: ref } }, index) =>
    place({ name, payload, attempt, ...(ref === undefined ? {} : { ref }) }, index + 1),
  );
});
const statusText = (record: RunRecord) => new TextDecoder().decode(canonicalBytes(projectStatus(submission, record)));

/** An event before its store gives it its place. */
function unplaced({ run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event }: EventEnvelope): NewEvent {
  return event;
}

describe("a run's record", () => {
  it("is the same folded in one go, in pieces, and from text", () => {
    fc.assert(
      fc.property(anyLog, fc.nat(), (events, cut) => {
        const whole = foldEvents(events);
        const inPieces = new RunFold();
        const at = cut % (events.length + 1);
        for (const piece of [events.slice(0, at), events.slice(at)]) {
          for (const event of JSON.parse(JSON.stringify(piece)) as EventEnvelope[]) inPieces.take(event);
        }
        expect(inPieces.record).toEqual(whole);
        expect([...inPieces.record.steps.keys()]).toEqual([...whole.steps.keys()]);
        expect(statusText(inPieces.record)).toBe(statusText(whole));
      }),
    );
  });

  it("does not change the events it is folded from", () => {
    fc.assert(
      fc.property(anyLog, (events) => {
        const before = structuredClone(events);
        foldEvents(events);
        expect(events).toEqual(before);
      }),
    );
  });

  it("is the same from the store it was appended to, batch by batch", async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), async (events, sizes) => {
        const stores = createMemoryStores();
        await stores.runs.create(runId, {});
        const log = storedRunLog(stores);
        for (let from = 0, batch = 0; from < events.length; batch++) {
          const to = Math.min(events.length, from + sizes[batch % sizes.length]!);
          await log.push(runId, events.slice(from, to).map(unplaced));
          from = to;
        }
        const { record, head } = await log.run(runId);
        const whole = foldEvents(events);
        expect(record).toEqual(whole);
        expect(head.seq).toBe(whole.seq);
        await stores.runs.writeStatus(runId, projectStatus(submission, record) as unknown as Json);
        expect(await stores.runs.readStatus(runId)).toEqual(JSON.parse(statusText(whole)));
        expect(RunStatus.safeParse(await stores.runs.readStatus(runId)).error).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});
