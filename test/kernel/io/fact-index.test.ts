import { describe, expect, it } from "vitest";
import { FactIndex, type FactIndexEntry, type FactKey } from "../../../shared/contracts/facts.ts";
import { factIndex, lookUpIn } from "../../../shared/kernel/io/fact-index.ts";

const KEY = "lift/http/a" as FactKey;
const [SAME, OTHER] = ["a".repeat(64), "b".repeat(64)];

type Row = [attempt: number, request: string, outcome: "response" | "error"];

/** Facts under one key; the payload tells which row it was. */
function log(...rows: Row[]): FactIndexEntry[] {
  return rows.map(
    ([attempt, request_sha256, outcome], row) =>
      ({ key: KEY, attempt, request_sha256, outcome, payload: `row ${row}` }) as unknown as FactIndexEntry,
  );
}

describe("the fact that answers a call of attempt 1", () => {
  it.each<[what: string, rows: Row[], live: string | undefined, replay: string | undefined]>([
    ["nothing recorded", [], undefined, undefined],
    ["a response of an earlier attempt", [[0, SAME, "response"]], "row 0", "row 0"],
    ["a response of a later attempt", [[2, SAME, "response"]], undefined, undefined],
    ["a response to another request", [[1, OTHER, "response"]], undefined, undefined],
    ["an error of this attempt", [[1, SAME, "error"]], undefined, "row 0"],
    ["an error of an earlier attempt", [[0, SAME, "error"]], undefined, undefined],
    [
      "an earlier response and an error of this attempt",
      [
        [0, SAME, "response"],
        [1, SAME, "error"],
      ],
      "row 0",
      "row 1",
    ],
    [
      "two responses of one attempt",
      [
        [1, SAME, "response"],
        [1, SAME, "response"],
      ],
      "row 1",
      "row 1",
    ],
    [
      "an error, then a response, of this attempt",
      [
        [1, SAME, "error"],
        [1, SAME, "response"],
      ],
      "row 1",
      "row 1",
    ],
    [
      "a late record of an earlier attempt",
      [
        [1, SAME, "response"],
        [0, SAME, "response"],
      ],
      "row 0",
      "row 0",
    ],
  ])("%s", (_what, rows, live, replay) => {
    const facts = lookUpIn(log(...rows));
    const call = { key: KEY, requestSha256: SAME, attempt: 1 };
    expect(facts.answer(call, { withErrors: false })?.payload).toBe(live);
    expect(facts.answer(call, { withErrors: true })?.payload).toBe(replay);
  });
});

describe("the index of a run's facts", () => {
  it("is sorted by key and attempt, and within both in the order of the log", () => {
    const entry = (key: string, attempt: number, digit: string) => ({
      key,
      attempt,
      request_sha256: SAME,
      outcome: "response" as const,
      payload: `artifact://${digit.repeat(64)}`,
    });
    const facts = [
      entry("plan/exec/b", 1, "1"),
      entry("plan/exec/b", 0, "2"),
      entry("lift/exec/z", 5, "3"),
      entry("plan/exec/b", 0, "0"),
    ];
    const index = FactIndex.parse(factIndex(facts as FactIndexEntry[]));
    expect(index.facts.map(({ payload }) => payload.at(-1))).toEqual(["3", "2", "0", "1"]);
  });
});
