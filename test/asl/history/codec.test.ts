import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHistoryEvent, sharingParse, toHistoryEvent, toJsonLine } from "../../../shared/asl/history/codec.ts";
import { CompactHeads, readCompact, writeCompact } from "../../../shared/asl/history/compact.ts";
import type { HistoryEventType } from "../../../shared/asl/history/event.ts";
import { JsonText } from "../../../shared/asl/history/json-text.ts";
import { KINDS } from "../../../shared/asl/history/kinds.ts";
import { EventRecord, Moment } from "../../../shared/asl/history/record.ts";
import { Utf8Text } from "../../../shared/asl/history/utf8-text.ts";
import { HistoryError } from "../../../shared/asl/index.ts";
import { oneIn } from "../../support/scale.ts";

const types = Object.keys(KINDS) as HistoryEventType[];

/** What a record of a kind may hold: payloads are any JSON, names and causes any text. */
const json = fc.jsonValue();
const text = fc.string({ unit: "binary" });
const failure = fc.record({ error: text, cause: text }, { requiredKeys: [] });
const contentOf = (type: HistoryEventType): fc.Arbitrary<{ name?: string; value?: unknown; extra?: unknown }> => {
  if (type.endsWith("Entered")) return fc.record({ name: text, value: json });
  if (type.endsWith("Exited")) {
    const variables = fc.dictionary(fc.stringMatching(/^[a-z]+$/), json);
    return fc.record({ name: text, value: json, extra: variables }, { requiredKeys: ["name", "value"] });
  }
  if (type.startsWith("MapIteration")) return fc.record({ name: text, extra: fc.nat() });
  if (/^(LambdaFunction|Activity|Task)(Scheduled|Succeeded|Submitted)$/.test(type)) {
    return fc.record({ value: json, extra: fc.record({ resource: text, timeoutInSeconds: fc.nat() }) });
  }
  if (/(Failed|TimedOut)$/.test(type) && !/^(Map|Parallel)State/.test(type)) return fc.record({ value: failure });
  if (type === "ExecutionSucceeded") return fc.record({ value: json });
  if (type === "ExecutionStarted") return fc.record({ value: json, extra: fc.record({ roleArn: text }) });
  if (type === "MapStateStarted") return fc.record({ extra: fc.record({ length: fc.nat() }) });
  return fc.constant({});
};

const records = fc
  .constantFrom(...types)
  .chain((type) =>
    fc
      .tuple(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 4e12 }), contentOf(type))
      .map(
        ([id, previous, time, { name, value, extra }]) =>
          new EventRecord(id, previous, KINDS[type], new Moment(time), name, value, extra),
      ),
  );

describe("an event", () => {
  it("is written as its line of JSON exactly as it is shown", () => {
    const shared = new JsonText();
    fc.assert(
      fc.property(records, (record) => {
        expect(JSON.parse(`{${toJsonLine(record, shared)}`)).toEqual(
          JSON.parse(JSON.stringify(toHistoryEvent(record))),
        );
      }),
      { numRuns: 2_000 / oneIn(5) },
    );
  });

  it("comes back from its line as it was", () => {
    const shared = new JsonText();
    fc.assert(
      fc.property(records, (record) => {
        const back = fromHistoryEvent(JSON.parse(`{${toJsonLine(record, shared)}`));
        expect(back.kind).toBe(record.kind);
        expect([back.id, back.previousEventId, back.time]).toEqual([record.id, record.previousEventId, record.time]);
        expect(toHistoryEvent(back)).toEqual(toHistoryEvent(record));
      }),
      { numRuns: 2_000 / oneIn(5) },
    );
  });

  it("comes back from a row of events told shortly", () => {
    fc.assert(
      fc.property(
        fc.array(records, { minLength: 1, maxLength: 100, size: "max" }),
        fc.integer({ min: 1, max: 1e6 }),
        (row, first) => {
          const inRow = row.map(
            ({ kind, moment, name, value, extra }, index) =>
              new EventRecord(first + index, Math.max(0, first + index - 3), kind, moment, name, value, extra),
          );
          const lines = new Utf8Text();
          lines.add("{");
          writeCompact(lines, inRow, new CompactHeads());
          const entry = JSON.parse(Buffer.from(lines.bytes).toString());
          expect(readCompact(entry).map((record) => toHistoryEvent(record))).toEqual(
            inRow.map((record) => toHistoryEvent(record)),
          );
        },
      ),
      { numRuns: 100 / oneIn(5) },
    );
    expect(() => readCompact({ first: 1, time: 0, events: [["Nothing" as never, 1, 0, null]] })).toThrow(HistoryError);
  });

  it("has the value of the one before where it has its text, and another where not", () => {
    const parse = sharingParse();
    const read = (input: string) =>
      fromHistoryEvent(
        {
          id: 1,
          previousEventId: 0,
          type: "PassStateEntered",
          timestamp: 1,
          stateEnteredEventDetails: { name: "A", input },
        },
        parse,
      ).value;
    const first = read('{"a":1}');
    expect(read('{"a":1}')).toBe(first);
    expect(read('{"a":2}')).toEqual({ a: 2 });
    expect(read('{"a":1}')).toEqual(first);
  });

  it("is refused if its type is unknown, or its payload is not JSON", () => {
    const event = {
      id: 3,
      previousEventId: 2,
      type: "PassStateEntered",
      timestamp: 1,
      stateEnteredEventDetails: { name: "A", input: "{" },
    };
    expect(() => fromHistoryEvent(event as never)).toThrow(HistoryError);
    expect(() => fromHistoryEvent(event as never)).toThrow(
      "history event 3 (PassStateEntered): its payload is not JSON",
    );
    expect(() => fromHistoryEvent({ ...event, type: "PassStateLeft" } as never)).toThrow(
      /expected a known event type, found "PassStateLeft"/,
    );
  });
});
