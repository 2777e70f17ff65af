import { describe, expect, it } from "vitest";
import { RunFold } from "../../../shared/kernel/run/fold.ts";
import { CHILD_ID, complete, enter, log, type Row, ref, started, state, through } from "./events.ts";
import { foldEvents } from "./fold-events.ts";

const FROM = { run_id: CHILD_ID, state_id: state("link"), goes_on: "behind", reusable: ref(9) };
const request = (payload: Row["payload"]): Row => ({ name: "recomp.run.requested", payload });
const completedWith = (more: object): Row => {
  const { name, payload } = complete("intake");
  return { name, payload: { ...payload, ...more } };
};

describe("a run that goes on from another", () => {
  it("says so before it starts, and which of its states it did not do", () => {
    const rows = [request({ resumed_from: FROM, parent_run_id: CHILD_ID }), started(), enter("intake")];
    const record = foldEvents(log(...rows, completedWith({ reused_from: CHILD_ID }), ...through("plan")));
    expect(record).toMatchObject({ resumedFrom: FROM, parent: CHILD_ID, phase: "executing" });
    expect(record.steps.get(state("intake"))?.reusedFrom).toBe(CHILD_ID);
    expect(record.steps.get(state("plan"))).not.toHaveProperty("reusedFrom");
  });

  it("knows when a state was entered first, however often it is entered", () => {
    const record = foldEvents(log(started(), enter("intake"), enter("intake"), complete("intake")));
    expect(record.steps.get(state("intake"))).toMatchObject({ enteredSeq: 2, entries: 2 });
  });

  it.each([
    ["resumed_from", request({ resumed_from: { ...FROM, goes_on: "beside" } }), /resumed_from: expected a run and its/],
    ["parent_run_id", request({ parent_run_id: 1 }), /parent_run_id: expected text, found 1/],
  ])("is refused where its %s is none", (_field, row, message) => {
    expect(() => foldEvents(log(row))).toThrow(message);
  });

  it("is refused where what it reuses is of no run, and stays as it was before", () => {
    const fold = new RunFold();
    const [start, entry, end] = log(started(), enter("intake"), completedWith({ reused_from: 1 }));
    fold.take(start!);
    fold.take(entry!);
    expect(() => fold.take(end!)).toThrow(/reused_from: expected text, found 1/);
    expect(fold.record.steps.get(state("intake"))?.state).toBe("running");
  });
});
