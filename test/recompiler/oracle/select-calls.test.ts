import { describe, expect, it } from "vitest";
import { type CallSummary, selectCalls } from "../../../shared/recompiler/oracle/select-calls.ts";

const limits = { capturesPerFunction: 4, maxActivationInstructions: 100, maxLoneActivationInstructions: 1000 };

function calls(
  ...rows: readonly (readonly [call: number, instructions: number, newInstructions: number])[]
): CallSummary[] {
  return rows.map(([call, instructions, newInstructions]) => ({ call, instructions, newInstructions }));
}

describe("choosing calls to capture", () => {
  it("keeps those that show something new, the most revealing first", () => {
    const summaries = calls([1, 10, 2], [2, 10, 9], [3, 10, 1], [5, 10, 4], [9, 10, 3], [16, 10, 0]);
    expect(selectCalls(summaries, limits)).toEqual([1, 2, 5, 9]);
  });

  it("spreads the rest over the run, the last call among them", () => {
    const powers = Array.from({ length: 11 }, (_, power): [number, number, number] => [
      2 ** power,
      10,
      power === 0 ? 5 : 0,
    ]);
    expect(selectCalls(calls(...powers), limits)).toEqual([1, 2, 32, 1024]);
  });

  it("leaves out calls that take too long", () => {
    expect(selectCalls(calls([1, 101, 5], [2, 100, 1]), limits)).toEqual([2]);
  });

  it("keeps the shortest when all take long, if it can be borne", () => {
    expect(selectCalls(calls([1, 900, 5], [2, 800, 1]), limits)).toEqual([2]);
    expect(selectCalls(calls([1, 1001, 5]), limits)).toEqual([]);
  });

  it("keeps nothing of a function that was not called, or when nothing is asked for", () => {
    expect(selectCalls([], limits)).toEqual([]);
    expect(selectCalls(calls([1, 500, 5]), { ...limits, capturesPerFunction: 0 })).toEqual([]);
    expect(selectCalls(calls([1, 5, 5]), { ...limits, capturesPerFunction: 0 })).toEqual([]);
  });
});
