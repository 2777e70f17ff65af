import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../shared/kernel/run/record.ts";
import { closeRun, endUnrecorded, openFailure, requested } from "../../shared/kernel/run-ends.ts";
import { CHILD_ID, ref, state } from "./run/events.ts";
import { TEST_FLOW } from "./support.ts";

const why = { error: "RunCancelled", cause: "cancelled by alice: wrong binary" };
const boundary = (op_path: string, phase: string) => ({
  kind: "domain",
  name: "op_boundary",
  payload: { op_path, phase },
});
const PATH = `${TEST_FLOW.machine}.${TEST_FLOW.name}`;
const namesOf = (drafts: readonly { readonly name: string }[]) => drafts.map(({ name }) => name);

describe("the end of a run that no stage can record", () => {
  it.each([
    ["cancelled", { state: "failed", reason: "cancelled", ...why }],
    ["failed", { state: "failed", ...why }],
  ] as const)("says why, and that it %s", (status, told) => {
    const drafts = endUnrecorded({} as RunRecord, status, why);
    expect(drafts).toEqual([
      { kind: "domain", name: "recomp.run.completed", payload: told },
      { kind: "kernel", name: "run_completed", payload: { status } },
    ]);
  });

  it("closes the operation that is open", () => {
    const drafts = endUnrecorded({ openOperation: "a.b" } as RunRecord, "failed", why);
    expect(namesOf(drafts)).toEqual(["recomp.run.completed", "op_boundary", "run_completed"]);
    expect(drafts[1]).toEqual(boundary("a.b", "completed"));
  });
});

describe("a run that ends before it starts, or comes from another", () => {
  it("is requested once, with its failure branch and where it comes from", () => {
    expect(requested(TEST_FLOW)).toEqual({
      kind: "domain",
      name: "recomp.run.requested",
      payload: { failure_branch: state("record_failure") },
    });
    const from = { run_id: CHILD_ID, state_id: state("link"), goes_on: "behind", reusable: ref(9) } as never;
    expect(requested(TEST_FLOW, { parent: CHILD_ID as never, resumedFrom: from }).payload).toEqual({
      failure_branch: state("record_failure"),
      parent_run_id: CHILD_ID,
      resumed_from: from,
    });
    expect(openFailure(TEST_FLOW, {})).toEqual([requested(TEST_FLOW), boundary(PATH, "started")]);
    expect(openFailure(TEST_FLOW, { requestedAt: "2026-01-01T00:00:00.000Z" })).toEqual([boundary(PATH, "started")]);
  });
});

describe("the end of a run whose last stage closes it", () => {
  it.each([
    [undefined, { status: "completed", final_snapshot: ref(4) }],
    [false, { status: "completed", final_snapshot: ref(4) }],
    [true, { status: "completed", final_snapshot: ref(4), rolled_back: true }],
  ])("says whether it was rolled back: %s", (rolledBack, payload) => {
    const end = closeRun(
      TEST_FLOW,
      { status: "completed", ...(rolledBack === undefined ? {} : { rolledBack }) },
      ref(4) as never,
    );
    expect(end).toEqual([boundary(PATH, "completed"), { kind: "kernel", name: "run_completed", payload }]);
    expect(end[1]?.payload).toStrictEqual(payload);
  });
});
