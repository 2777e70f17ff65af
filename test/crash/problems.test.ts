import { describe, expect, it } from "vitest";
import type { Inspection } from "../lab/crash/inspect.ts";
import { problemsOf } from "../lab/crash/problems.ts";

const WHOLE: Inspection = {
  phase: "succeeded",
  bundle: "artifact://b",
  statusState: "succeeded",
  events: { deeds: ["run_started", "state_completed a"], problems: [] },
  history: { tasks: ["Lift[0]", "Lift[1]"], problems: [] },
  unverified: [],
  temporary: [],
  lease: ["000002.free"],
  paths: ["runs", "runs/r/events.jsonl"],
  published: { "bundles/b/module.wasm": "cafe" },
  misnamed: [],
};

describe("what a disturbed run came to", () => {
  it("is as it must be when it says the same as one that was not disturbed", () => {
    expect(problemsOf(WHOLE, { ...WHOLE, lease: ["000007.free"] })).toEqual([]);
  });

  it.each<[string, Partial<Inspection>, string]>([
    ["failed", { phase: "failed", failure: "IoError: no" }, "the run is failed: IoError: no"],
    ["another bundle", { bundle: "artifact://c" }, "bundle: expected artifact://b, found artifact://c"],
    ["a stale status", { statusState: "running" }, "state in status.json: expected succeeded, found running"],
    ["a broken log", { events: { ...WHOLE.events, problems: ["no chain"] } }, "no chain"],
    [
      "an event twice",
      { events: { deeds: ["run_started", "run_started", "state_completed a"], problems: [] } },
      "events: unexpected run_started",
    ],
    ["a task less", { history: { tasks: ["Lift[0]"], problems: [] } }, "finished tasks: missing Lift[1]"],
    ["what verify finds", { unverified: ["a byte"] }, "verify: a byte"],
    ["a temporary file", { temporary: ["x"] }, "left behind: tmp/x"],
    ["a lease held", { lease: ["000002.held.run"] }, "the lease is not free: 000002.held.run"],
    ["a lease to be mended", { lease: ["000002.dirty"] }, "the lease is not free: 000002.dirty"],
    [
      "something in a lease",
      { lease: ["000002.free", "000002.free/x"] },
      "the lease is not free: 000002.free, 000002.free/x",
    ],
    ["a file too many", { paths: [...WHOLE.paths, "quarantine/x"] }, "files of the store: unexpected quarantine/x"],
    ["a published file less", { published: {} }, "published files: missing bundles/b/module.wasm cafe"],
    ["a torn artifact", { misnamed: ["ab/cd"] }, "not what its name says: artifacts/ab/cd"],
  ])("is found out: %s", (_name, change, problem) => {
    expect(problemsOf(WHOLE, { ...WHOLE, ...change })).toEqual([problem]);
  });
});
