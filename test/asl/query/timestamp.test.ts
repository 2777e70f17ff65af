import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTimestamp } from "../../../shared/asl/query/index.ts";
import { compareInstants } from "../../../shared/asl/query/timestamp.ts";

describe("a timestamp", () => {
  it.each([
    ["2016-03-14T01:59:00Z", "2016-03-14T01:59:00.000Z"],
    ["2016-03-14T01:59Z", "2016-03-14T01:59:00.000Z"],
    ["2016-03-14T01:59:00.5Z", "2016-03-14T01:59:00.500Z"],
    ["2016-03-14T01:59:00.123456789Z", "2016-03-14T01:59:00.123Z"],
    ["2016-03-14T01:59:00+01:30", "2016-03-14T00:29:00.000Z"],
    ["2016-02-29T23:59:59-08:00", "2016-03-01T07:59:59.000Z"],
  ])("%s is %s", (text, expected) => {
    expect(new Date(parseTimestamp(text)?.milliseconds ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([
    "",
    "2016-03-14",
    "2016-03-14T01:59:00",
    "2016-03-14 01:59:00Z",
    "2016-03-14t01:59:00Z",
    "2016-03-14T01:59:00z",
    "2016-03-14T25:59:00Z",
    "2016-03-14T01:60:00Z",
    "2016-02-30T01:00:00Z",
    "2015-02-29T01:00:00Z",
    "2016-13-01T01:00:00Z",
    "2016-04-31T01:00:00Z",
    "2016-03-14T01:59:00+0100",
    "2016-03-14T01:59:00+19:00",
    "2016-03-14T01:59:00.1234567890Z",
    "16-03-14T01:59:00Z",
    " 2016-03-14T01:59:00Z",
  ])("%j is none", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });

  const date = fc.date({ min: new Date("0100-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });

  it("is read back from what Date writes", () => {
    fc.assert(
      fc.property(date, (moment) => {
        expect(parseTimestamp(moment.toISOString())).toEqual({ milliseconds: moment.getTime(), nanoseconds: 0 });
      }),
    );
  });

  it("is the same moment in any offset", () => {
    fc.assert(
      fc.property(date, fc.integer({ min: -18 * 60, max: 18 * 60 }), (moment, offset) => {
        const local = new Date(moment.getTime() + offset * 60_000);
        fc.pre(/^\d{4}-/.test(local.toISOString()));
        const size = Math.abs(offset);
        const pad = (part: number): string => String(Math.floor(part)).padStart(2, "0");
        const text = `${local.toISOString().slice(0, -1)}${offset < 0 ? "-" : "+"}${pad(size / 60)}:${pad(size % 60)}`;
        expect(parseTimestamp(text)?.milliseconds).toBe(moment.getTime());
      }),
    );
  });

  it("is ordered as moments are, below the millisecond too", () => {
    const order = (left: string, right: string): number => {
      const [first, second] = [parseTimestamp(left), parseTimestamp(right)];
      return first && second ? Math.sign(compareInstants(first, second)) : Number.NaN;
    };
    expect(order("2016-03-14T01:59:00.0000001Z", "2016-03-14T01:59:00Z")).toBe(1);
    expect(order("2016-03-14T01:59:00.1Z", "2016-03-14T01:59:00.10Z")).toBe(0);
    expect(order("2016-03-14T01:59:00Z", "2016-03-14T03:59:00+01:00")).toBe(-1);
  });
});
