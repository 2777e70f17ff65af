import { describe, expect, it } from "vitest";
import type { StateId } from "../../../shared/contracts/ids.ts";
import { carriedEvents } from "../../../shared/kernel/run/carried-events.ts";
import {
  complete,
  decided,
  emitted,
  enter,
  escalated,
  fact,
  fail,
  gateOpened,
  log,
  type Row,
  state,
  through,
} from "./events.ts";

/** What is carried of a state that completed in this log: names, with roles or keys. */
function carriedOf(short: string, ...rows: readonly Row[]): string[] {
  const carried = carriedEvents();
  for (const event of log(...rows)) carried.take(event);
  const { events, decision } = carried.of(state(short) as StateId);
  const told = [...events, ...(decision === undefined ? [] : [decision])];
  return told.map(({ name, payload }) => String(payload.role ?? payload.key ?? name));
}

const told = (stage: string, attempt = 0): Row => ({
  name: "recomp.run.stage.completed",
  payload: { stage, counts: {} },
  attempt,
});
const warned = (short: string): Row => ({
  name: "recomp.state.warned",
  payload: { state_id: state(short), warnings: [{ code: "c", message: "m", count: 1 }] },
});
const failedFact = (key: string, attempt: number): Row => {
  const { payload, ...rest } = fact(key, 9, attempt);
  return { ...rest, payload: { ...payload, outcome: "error" } };
};

describe("what is recorded again of a state that is reused", () => {
  it("is what it told with its end, but for what is told anew", () => {
    const rows = [enter("link"), emitted("program", 1), warned("link"), told("link"), complete("link")];
    expect(carriedOf("link", ...rows)).toEqual(["program", "recomp.state.warned"]);
  });

  it("is nothing that another's end brought, nor what was told with its entry", () => {
    const rows = [
      enter("lift.shard_0"),
      enter("lift.shard_1"),
      emitted("first", 1),
      told("lift"),
      complete("lift.shard_1"),
      { name: "recomp.context.checkpointed", payload: { state_id: state("lift.shard_1") } },
      emitted("second", 2),
      told("lift"),
      complete("lift.shard_0"),
    ];
    expect(carriedOf("lift.shard_0", ...rows)).toEqual(["second"]);
    expect(carriedOf("lift.shard_1", ...rows)).toEqual(["first"]);
  });

  it("is nothing of what came of another's failure", () => {
    const rows = [
      enter("lift.shard_0"),
      enter("lift.shard_1"),
      fail("lift.shard_1"),
      escalated("lift.shard_1"),
      emitted("gate:quality", 1),
      emitted("own", 2),
      told("lift"),
      complete("lift.shard_0"),
    ];
    expect(carriedOf("lift.shard_0", ...rows)).toEqual(["own"]);
    const evidenceLast = [
      enter("link"),
      fail("lift.shard_1"),
      emitted("gate:quality", 1),
      told("link"),
      complete("link"),
    ];
    expect(carriedOf("link", ...evidenceLast)).toEqual([]);
  });

  it("is of the attempt that completed it", () => {
    const rows = [enter("link"), fail("link"), enter("link", 1), { ...emitted("own", 1), attempt: 1 }];
    expect(carriedOf("link", ...rows, told("link", 1), complete("link", 1))).toEqual(["own"]);
    expect(carriedOf("link", enter("link"), emitted("other", 1), told("link", 1), complete("link", 1))).toEqual([]);
  });

  it("are its facts: answers of every attempt, and errors of the one that completed it", () => {
    const rows = [
      enter("link"),
      fact("link/http/a", 1),
      failedFact("link/http/b", 0),
      fail("link"),
      enter("link", 1),
      failedFact("link/http/c", 1),
      fact("lift.shard_0/http/d", 2),
      told("link", 1),
      complete("link", 1),
    ];
    expect(carriedOf("link", ...rows)).toEqual(["link/http/a", "link/http/c"]);
    expect(carriedOf("lift.shard_0", ...rows)).toEqual(["lift.shard_0/http/d"]);
  });

  it("is the decision at the gate that it opened", () => {
    const rows = [enter("approve"), gateOpened("publish", "manual"), told("approve"), complete("approve")];
    const after = [decided("publish", "approved"), ...through("publish")];
    expect(carriedOf("approve", ...rows, ...after)).toEqual(["recomp.gate.opened", "recomp.gate.decided"]);
    expect(carriedOf("publish", ...rows, ...after)).toEqual([]);
  });

  it.each([
    "fact_recorded",
    "op_boundary",
    "child_run_spawned",
    "child_run_completed",
    "recomp.artifact.quarantined",
    "recomp.context.checkpointed",
    "recomp.gate.decided",
    "recomp.gate.override_applied",
    "recomp.run.cancel_requested",
    "recomp.run.escalated",
    "recomp.run.requested",
    "recomp.service.circuit_changed",
    "recomp.state.retried",
  ])("is nothing that came before or with %s, which is written while it works", (name) => {
    const beside: Row = { name, payload: {} };
    const rows = [enter("link"), emitted("before", 1), beside, emitted("own", 2), told("link"), complete("link")];
    expect(carriedOf("link", ...rows)).toEqual(["own"]);
  });

  it("is not what it wrote: nothing is written anew", () => {
    const written: Row = { name: "artifact_written", payload: { kind: "output", bytes: 3 }, ref: emitted("x", 1).ref! };
    const rows = [enter("link"), written, emitted("own", 1), written, told("link"), complete("link")];
    expect(carriedOf("link", ...rows)).toEqual(["own"]);
  });
});
