import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { EventEnvelope, NewEvent } from "../../../shared/contracts/event.ts";
import { EventEnvelope as EventSchema } from "../../../shared/contracts/event.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { canonicalHash } from "../../../shared/stores/digest.ts";
import { ConcurrencyError, CorruptionError, InvalidInputError, NotFoundError } from "../../../shared/stores/errors.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, event, events, OTHER_RUN, RUN } from "../support/samples.ts";

const names = (list: readonly EventEnvelope[]) => list.map(({ seq, name }) => `${seq} ${name}`);

export function eventConformance(harness: () => Harness): void {
  describe("events", () => {
    let client: Client;
    beforeEach(async () => {
      client = await harness().open();
      await client.runs.create(RUN, {});
    });

    it("start from an empty log", async () => {
      expect(await client.events.head(RUN)).toEqual({ seq: 0, prev: "0".repeat(64) });
      expect(await collect(client.events.read(RUN))).toEqual([]);
    });

    it("come back with run, place, id and the hash of the event before", async () => {
      await client.events.append(RUN, 0, [event("first", { b: { d: 1, c: 2 }, a: [1, "ü", null] })]);
      await client.events.append(RUN, 1, [event("second"), event("third")]);
      const all = await collect((await harness().open()).events.read(RUN));
      expect(names(all)).toEqual(["1 first", "2 second", "3 third"]);
      expect(all.every((one) => EventSchema.safeParse(one).success)).toBe(true);
      const first = event("first", { b: { d: 1, c: 2 }, a: [1, "ü", null] });
      expect(all[0]).toEqual({ ...first, run_id: RUN, seq: 1, event_id: `${RUN}/1`, prev: "0".repeat(64) });
      const said =
        `{"actor":"${ALICE}","attempt":0,"event_id":"${RUN}/1","kind":"domain","name":"first",` +
        `"payload":{"a":[1,"ü",null],"b":{"c":2,"d":1}},"prev":"${"0".repeat(64)}","run_id":"${RUN}","seq":1,"ts":"${first.ts}"}`;
      expect(all[1]?.prev).toBe(createHash("sha256").update(said).digest("hex"));
      expect(all[2]?.prev, "within a batch too").toBe(canonicalHash(all[1] as unknown as Json));
      expect(all.map(({ event_id }) => event_id)).toEqual([`${RUN}/1`, `${RUN}/2`, `${RUN}/3`]);
    });

    it("are handed back by the append as they stand in the log", async () => {
      const appended = [
        await client.events.append(RUN, 0, events(1, 3)),
        await client.events.append(RUN, 3, events(4, 1)),
      ];
      const all = await collect((await harness().open()).events.read(RUN));
      expect(appended.flatMap((one) => one.events)).toEqual(all);
      expect(appended.map(({ head }) => head.seq)).toEqual([3, 4]);
    });

    it("give the head that the next append expects", async () => {
      const { head } = await client.events.append(RUN, 0, events(1, 3));
      expect(head.seq).toBe(3);
      expect(await client.events.head(RUN)).toEqual(head);
      expect(await (await harness().open()).events.head(RUN)).toEqual(head);
    });

    it.each([0, 1, 3, 99])("are refused at seq %i when the log ends at 2", async (expected) => {
      await client.events.append(RUN, 0, events(1, 2));
      const error = await client.events.append(RUN, expected, [event("late")]).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({ expected, found: 2, code: "store_concurrency" });
      expect(names(await collect(client.events.read(RUN)))).toEqual(["1 e1", "2 e2"]);
    });

    it("may be issued without waiting, and keep their order", async () => {
      const appends = Array.from({ length: 50 }, (_, n) => client.events.append(RUN, n, [event(`e${n + 1}`)]));
      const appended = await Promise.all(appends);
      expect(appended.map(({ head }) => head.seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
      const all = await collect(client.events.read(RUN));
      expect(names(all)).toEqual(events(1, 50).map(({ name }, n) => `${n + 1} ${name}`));
    });

    it("go to exactly one of many who append at the same place", async () => {
      const appends = Array.from({ length: 8 }, (_, n) => client.events.append(RUN, 0, [event(`from_${n}`)]));
      const settled = await Promise.allSettled(appends);
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const one of settled) if (one.status === "rejected") expect(one.reason).toBeInstanceOf(ConcurrencyError);
      expect(await collect(client.events.read(RUN))).toHaveLength(1);
    });

    it("of an empty batch change nothing", async () => {
      expect(await client.events.append(RUN, 0, [])).toEqual({ head: { seq: 0, prev: "0".repeat(64) }, events: [] });
      expect(await collect(client.events.read(RUN))).toEqual([]);
    });

    it.each([
      ["a name out of shape", { ...event("fine"), name: "Not A Name" }, /events\.1\.name/],
      ["an unknown key", { ...event("fine"), colour: "red" }, /colour/],
      ["a payload JSON cannot say", event("fine", { n: Number.NaN }), /events\.1\.payload/],
      ["a lone surrogate, which canonical JSON has not", event("fine", { text: "\ud800" }), /events\.1.*surrogate/i],
      ["no time", { ...event("fine"), ts: "yesterday" }, /events\.1\.ts/],
    ])("with %s are refused, with the whole batch", async (_, bad, message) => {
      const batch = [event("good"), bad as NewEvent];
      await expect(client.events.append(RUN, 0, batch)).rejects.toThrow(InvalidInputError);
      await expect(client.events.append(RUN, 0, batch)).rejects.toThrow(message);
      expect(await client.events.head(RUN)).toMatchObject({ seq: 0 });
      await client.events.append(RUN, 0, [event("good")]);
    });

    it.each([
      [1, undefined, [1, 2, 3, 4, 5]],
      [2, 4, [2, 3, 4]],
      [5, 5, [5]],
      [6, undefined, []],
      [3, 99, [3, 4, 5]],
      [4, 2, []],
    ])("are read from %s to %s", async (from, to, expected) => {
      await client.events.append(RUN, 0, events(1, 5));
      expect((await collect(client.events.read(RUN, from, to))).map(({ seq }) => seq)).toEqual(expected);
    });

    it("of an unknown run are not found", async () => {
      await expect(client.events.head(OTHER_RUN)).rejects.toThrow(NotFoundError);
      await expect(client.events.append(OTHER_RUN, 0, [event("e")])).rejects.toThrow(NotFoundError);
      await expect(collect(client.events.read(OTHER_RUN))).rejects.toThrow(NotFoundError);
      await expect(client.events.verifyChain(OTHER_RUN)).rejects.toThrow(NotFoundError);
      await expect(collect(client.events.follow(OTHER_RUN, 1, AbortSignal.abort()))).rejects.toThrow(NotFoundError);
    });

    it("that are whole verify", async () => {
      await client.events.append(RUN, 0, events(1, 4));
      expect(await client.events.verifyChain(RUN)).toEqual({ entries: 4, sealed: expect.any(Number) });
    });

    it.each([
      ["a changed word", (lines: string[]) => lines.with(1, lines[1]!.replace("e2", "eX")), "line 3", "prev"],
      [
        "a changed id",
        (lines: string[]) => lines.with(1, lines[1]!.replace(`${RUN}/2`, `${RUN}/7`)),
        "line 2",
        "event_id",
      ],
      ["text that is not JSON", (lines: string[]) => lines.with(1, "{"), "line 2", "not JSON"],
      ["a line missing", (lines: string[]) => lines.toSpliced(1, 1), "line 2", "found seq 3"],
      ["a line twice", (lines: string[]) => lines.toSpliced(1, 0, lines[0]!), "line 2", "found seq 1"],
      ["lines in another order", (lines: string[]) => [lines[1]!, lines[0]!, lines[2]!], "line 1", "found seq 2"],
      [
        "another run's line",
        (lines: string[]) => lines.with(0, lines[0]!.replace(RUN, OTHER_RUN)),
        "line 1",
        OTHER_RUN,
      ],
    ])("with %s are damaged, and the message says where", async (_, edit, line, found) => {
      for (const one of events(1, 3)) await client.events.append(RUN, (await client.events.head(RUN)).seq, [one]);
      await harness().damageLog(RUN, "events", edit);
      const reader = await harness().open();
      for (const look of [() => collect(reader.events.read(RUN)), () => reader.events.verifyChain(RUN)]) {
        const error = (await look().catch((thrown: unknown) => thrown)) as Error;
        expect(error).toBeInstanceOf(CorruptionError);
        expect(error.message).toContain(line);
        expect(error.message).toContain(found);
      }
    });

    it("are followed from the past into the future until the signal", async () => {
      await client.events.append(RUN, 0, events(1, 2));
      const stop = new AbortController();
      const seen: string[] = [];
      const reader = await harness().open();
      for await (const { seq, name } of reader.events.follow(RUN, 2, stop.signal)) {
        seen.push(`${seq} ${name}`);
        if (seq < 5) await client.events.append(RUN, seq, [event(`e${seq + 1}`)]);
        else stop.abort();
      }
      expect(seen).toEqual(["2 e2", "3 e3", "4 e4", "5 e5"]);
    });

    it("are followed by a reader that already waits", async () => {
      const stop = new AbortController();
      const reader = (await harness().open()).events.follow(RUN, 1, stop.signal)[Symbol.asyncIterator]();
      const next = reader.next();
      await client.events.append(RUN, 0, [event("e1"), event("e2")]);
      expect((await next).value).toMatchObject({ seq: 1 });
      expect((await reader.next()).value).toMatchObject({ seq: 2 });
      const waiting = reader.next();
      stop.abort();
      expect((await waiting).done).toBe(true);
    });

    it("are followed no further once the signal came, however many there are", async () => {
      await client.events.append(RUN, 0, events(1, 4));
      const stop = new AbortController();
      const seen: number[] = [];
      for await (const { seq } of client.events.follow(RUN, 1, stop.signal)) {
        seen.push(seq);
        if (seq === 2) stop.abort();
      }
      expect(seen).toEqual([1, 2]);
    });

    it("that a signal already aborted are not followed", async () => {
      await client.events.append(RUN, 0, events(1, 2));
      expect(await collect(client.events.follow(RUN, 1, AbortSignal.abort()))).toEqual([]);
    });
  });
}
