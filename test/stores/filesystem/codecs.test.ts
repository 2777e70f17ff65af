import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { NewEvent } from "../../../shared/contracts/event.ts";
import { ArtifactRef, PrincipalId } from "../../../shared/contracts/ids.ts";
import { canonicalText, sha256 } from "../../../shared/stores/digest.ts";
import { batchSplitter } from "../../../shared/stores/filesystem/batch-splitter.ts";
import { type LeaseState, leaseName, parseLeaseName } from "../../../shared/stores/filesystem/lease-name.ts";
import { eventFormat } from "../../../shared/stores/filesystem/log-format.ts";
import { formatsIn, RUN_FORMATS } from "../../../shared/stores/formats.ts";
import { BATCH_GOES_ON, decodeEvent, EMPTY_HEAD, encodeEvents } from "../../../shared/stores/log-lines.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import { formatsInText, newRunRecord, parseRecord, recordText } from "../../../shared/stores/stored-run.ts";
import { readVouched, vouch } from "../../../shared/stores/vouched-text.ts";
import { event, RUN } from "../support/samples.ts";

const epoch = fc.nat();
const principal = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/);
const lease: fc.Arbitrary<LeaseState> = fc.oneof(
  fc.record({ epoch, state: fc.constantFrom("free" as const, "dirty" as const) }),
  fc.record({
    epoch,
    state: fc.constant("held" as const),
    purpose: fc.constantFrom("run" as const, "append" as const),
    since: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    owner: fc.record({ host: fc.stringMatching(/^[0-9a-f]{12}$/), pid: fc.nat(), started: fc.nat({ max: 2 ** 50 }) }),
    holder: principal,
  }),
);

const newEvent: fc.Arbitrary<NewEvent> = fc.record(
  {
    ts: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString()),
    actor: principal.map((name) => PrincipalId.parse(name)),
    attempt: fc.nat(),
    kind: fc.constantFrom("kernel" as const, "domain" as const),
    name: fc.stringMatching(/^[a-z][a-z0-9_.]{0,126}$/),
    payload: fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" })) as fc.Arbitrary<
      NewEvent["payload"]
    >,
    payload_ref: fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => ArtifactRef.parse(`artifact://${digits}`)),
  },
  { requiredKeys: ["ts", "actor", "attempt", "kind", "name", "payload"] },
);

describe("the line of an event", () => {
  it("is its canonical JSON, and is read back with the hash of that", () => {
    fc.assert(
      fc.property(fc.array(newEvent, { minLength: 1, maxLength: 4 }), (batch) => {
        const { lines, appended } = encodeEvents(RUN, EMPTY_HEAD, batch);
        const texts = appended.events.map((event) => canonicalText(event as unknown as Json));
        expect(lines.map((line) => line.trimEnd())).toEqual(texts);
        expect(lines.map((line) => line.endsWith(" "))).toEqual(batch.map((_, index) => index < batch.length - 1));
        let head = EMPTY_HEAD;
        for (const [index, line] of lines.entries()) {
          const decoded = decodeEvent(RUN, head, Buffer.from(line), "here");
          expect(decoded.event).toEqual(JSON.parse(texts[index] ?? ""));
          head = decoded.head;
          expect(head.prev).toBe(sha256(texts[index] ?? ""));
        }
        expect(head).toEqual(appended.head);
      }),
    );
  });
});

describe("the name of a lease", () => {
  it("is read back as it was written, but for the end of a very long holder", () => {
    fc.assert(
      fc.property(lease, (one) => {
        const parsed = parseLeaseName(leaseName(one));
        if (one.state !== "held") expect(parsed).toEqual(one);
        else {
          const holder = parsed?.state === "held" ? parsed.holder : "";
          expect({ ...parsed, holder: "" }).toEqual({ ...one, holder: "" });
          if (encodeURIComponent(one.holder).length <= 150) expect(holder).toBe(one.holder);
        }
      }),
    );
  });

  it("fits a file name", () => {
    fc.assert(fc.property(lease, (one) => Buffer.byteLength(leaseName(one)) <= 255 && !leaseName(one).includes("/")));
  });

  it.each(["", "000001", "1.free", "000001.held", "000001.gone", ".000001.free", "000001.free.tmp", "lost+found"])(
    "is not %j",
    (name) => {
      expect(parseLeaseName(name)).toBeUndefined();
    },
  );
});

/** A batch as it stands in a log: a space before every newline but the last. */
const text = fc.stringMatching(/^[a-zü€{}", ]{0,8}[a-z}]$/);
const batches = fc.array(fc.array(text, { minLength: 1, maxLength: 4 }), { maxLength: 8 });

describe("cutting a log into batches", () => {
  it("gives the same batches however the bytes arrive", () => {
    fc.assert(
      fc.property(batches, fc.array(fc.nat(20)), fc.stringMatching(/^[a-z]{0,5} ?$/), (written, cuts, tail) => {
        const log = Buffer.from(`${written.map((lines) => `${lines.join(" \n")}\n`).join("")}${tail}`);
        const splitter = batchSplitter();
        const read: string[][] = [];
        let at = 0;
        for (const length of [...cuts, log.length]) {
          for (const { lines, bytes } of splitter.push(log.subarray(at, at + length))) {
            read.push(lines.map((line) => line.toString()));
            expect(bytes.toString()).toBe(`${lines.join("\n")}\n`);
          }
          at += length;
        }
        expect(read).toEqual(
          written.map((lines) => lines.map((line, n) => (n < lines.length - 1 ? `${line} ` : line))),
        );
        expect(splitter.pendingBytes()).toBe(Buffer.byteLength(tail));
      }),
    );
  });
});

describe("text that vouches for itself", () => {
  const { text } = vouch("seed", '{"n":1}');

  it("is read back with its hash, by whoever knows the seed", () => {
    expect(readVouched("seed", Buffer.from(text))).toEqual({
      text: '{"n":1}',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(readVouched("another", Buffer.from(text))).toBeUndefined();
  });

  it.each([
    ["nothing", ""],
    ["its end alone", text.slice(-76)],
    ["another name of the member", text.replace(',"sha256":"', ',"sha257":"')],
    ["another end", `${text.slice(0, -1)}]`],
    ["a byte more", `${text} `],
    ["a byte less", text.slice(1)],
  ])("is none with %s", (_, damaged) => {
    expect(readVouched("seed", Buffer.from(damaged))).toBeUndefined();
  });
});

describe("a run's record", () => {
  const record = newRunRecord(RUN, { n: 1 }, "2026-01-01T00:00:00.000Z");

  it("is read back as it was written, and only as it was written", () => {
    const text = recordText(record);
    expect(parseRecord(RUN, text)).toEqual(record);
    expect(formatsInText(text)).toEqual(RUN_FORMATS);
    for (const other of [` ${text}`, text.trimEnd(), JSON.stringify(JSON.parse(text), null, 2), "", "{", "null"]) {
      if (other !== text) expect({ other, parsed: parseRecord(RUN, other) }).toEqual({ other, parsed: undefined });
    }
  });

  it("that says nothing of formats is of the first", () => {
    expect(formatsIn({})).toEqual({ record: 1, events: 1, history: 1 });
    expect(formatsIn({ formats: { record: 2, events: 3, history: 4, more: 5 } })).toEqual({
      record: 2,
      events: 3,
      history: 4,
    });
    for (const none of [null, [], "x", { formats: { record: 0, events: 1, history: 1 } }, { formats: {} }]) {
      expect({ none, formats: formatsIn(none) }).toEqual({ none, formats: undefined });
    }
  });
});

describe("a line that is JSON and no event", () => {
  it.each(["null", "7", '"seq prev run_id"', "{}", '{"seq":1}', '{"seq":1,"prev":"x"}', '{"prev":"x","run_id":"x"}'])(
    "is damage that is told as such: %s",
    (line) => {
      expect(() => decodeEvent(RUN, EMPTY_HEAD, Buffer.from(line), "here")).toThrow(
        /line 1 .*here.*expected an event in JSON, found another JSON value/,
      );
    },
  );
});

describe("the log of a first version's run", () => {
  const line = (seq: number, prev: string) => {
    const { ts, actor, attempt, kind, name, payload } = event(`e${seq}`);
    return Buffer.from(canonicalText({ actor, attempt, kind, name, payload, prev, run_id: RUN, seq, ts } as Json));
  };

  it("is read with the ids that events have now, and its chain is over lines as they stand", () => {
    const format = eventFormat(RUN, 1);
    const first = line(1, EMPTY_HEAD.prev);
    // Within a batch a line ends in a blank.
    const marked = Buffer.concat([first, Buffer.from(BATCH_GOES_ON)]);
    const one = format.decode(format.start, marked, "here");
    expect(one.entry).toMatchObject({ event_id: `${RUN}/1`, name: "e1" });
    const two = format.decode(one.state, line(2, sha256(marked)), "here");
    expect(two).toMatchObject({ entry: { event_id: `${RUN}/2` }, state: { seq: 2 } });
    expect(() => format.decode(one.state, line(2, sha256(first)), "here")).toThrow(/line 2 in here is damaged/);
    expect(() => eventFormat(RUN).decode(format.start, first, "here")).toThrow(/event_id/);
  });
});
