import { describe, expect, it } from "vitest";
import type { RunState } from "../../shared/contracts/status.ts";
import { standingOf } from "../../shared/runs/standing.ts";
import type { LeaseHolder, Stores } from "../../shared/stores/ports.ts";
import { runId } from "../kernel/support.ts";

const NOW = Date.parse("2026-01-01T00:10:00.000Z");
const held: LeaseHolder = {
  epoch: 3,
  holder: "local",
  place: "process 7",
  since: "2026-01-01T00:00:00.000Z",
  lastSeen: "2026-01-01T00:09:59.000Z",
  purpose: "run",
  isAlive: true,
};
const HOLDER = { by: "local", place: "process 7", since: held.since };

const arn = "arn:aws:states:eu-west-1:123456789012:execution:restep-dev-run-lifecycle:6d0c";
const requested = { name: "recomp.run.requested", ts: held.since, payload: { execution_arn: arn } };
const HERE = { name: "recomp.run.requested", ts: held.since };

function standing(state: RunState, lease: LeaseHolder | undefined, first: object = HERE) {
  const leases = { acquire: () => Promise.reject(new Error("nobody acquires")), inspect: async () => lease };
  const events = {
    read: async function* () {
      yield first as never;
    },
  } as unknown as Stores["events"];
  return standingOf({ leases, events }, runId, state, NOW);
}

describe("who works on a run", () => {
  it.each<[string, RunState, LeaseHolder | undefined, object]>([
    ["its holder, who lives", "running", held, { holder: HOLDER }],
    ["its holder elsewhere, who was seen lately", "running", { ...held, isAlive: undefined }, { holder: HOLDER }],
    ["nobody, where the holder died", "running", { ...held, isAlive: false }, { interrupted: true }],
    ["nobody, where the holder is silent", "running", { ...held, lastSeen: held.since }, { interrupted: true }],
    ["nobody, where a decision is being written", "running", { ...held, purpose: "append" }, { interrupted: true }],
    ["nobody, where it is free", "running", undefined, { interrupted: true }],
    ["nobody yet, where it was only submitted", "queued", undefined, { interrupted: true }],
    ["nobody has to, where it waits for a person", "blocked", undefined, {}],
    ["its holder, where it waits for a person meanwhile", "blocked", held, { holder: HOLDER }],
    ["nobody any more, once it succeeded", "succeeded", held, {}],
    ["nobody any more, once it failed", "failed", undefined, {}],
  ])("%s", async (_who, state, lease, expected) => {
    expect(await standing(state, lease)).toEqual(expected);
  });

  it("is Step Functions where its log begins with that, and nobody holds it", async () => {
    const elsewhere = { by: "Step Functions", place: arn, since: held.since };
    expect(await standing("running", undefined, requested)).toEqual({ holder: elsewhere });
    expect(await standing("blocked", undefined, requested)).toEqual({});
    expect(await standing("failed", undefined, requested)).toEqual({});
  });
});
