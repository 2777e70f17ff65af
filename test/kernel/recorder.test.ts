import { describe, expect, it } from "vitest";
import type { NewEvent } from "../../shared/contracts/event.ts";
import {
  type FollowedPayloads,
  KernelPayloads,
  type RequiredPayloads,
  type TellingPayloads,
} from "../../shared/contracts/event-payloads.ts";
import { PrincipalId } from "../../shared/contracts/ids.ts";
import { createRecorder, type EventDraft } from "../../shared/kernel/recorder.ts";
import { ERROR, ref, state } from "./run/events.ts";
import { deferred, runId } from "./support.ts";

function setUp(
  guard: (what: string, value: unknown) => void = () => {},
  push?: (events: readonly NewEvent[]) => unknown,
) {
  const batches: (readonly NewEvent[])[] = [];
  let seconds = 0;
  const { record } = createRecorder({
    log: {
      async push(_runId, events) {
        await push?.(events);
        batches.push(events);
      },
    },
    runId,
    actor: PrincipalId.parse("test"),
    attempt: 3,
    clock: { now: () => new Date(1_000 * seconds++) },
    guard,
  });
  return { record, batches };
}

const said = (note: string): EventDraft => ({ kind: "domain", name: "recomp.something.said", payload: { note } });

describe("a recorder", () => {
  it("adds time, actor and attempt to what is stated", async () => {
    const { record, batches } = setUp();
    await record(said("a"), { kind: "domain", name: "recomp.run.requested", payloadRef: ref(1) as never });
    expect(batches).toEqual([
      [
        {
          ts: "1970-01-01T00:00:00.000Z",
          actor: "test",
          attempt: 3,
          kind: "domain",
          name: "recomp.something.said",
          payload: { note: "a" },
        },
        {
          ts: "1970-01-01T00:00:01.000Z",
          actor: "test",
          attempt: 3,
          kind: "domain",
          name: "recomp.run.requested",
          payload: {},
          payload_ref: ref(1),
        },
      ],
    ]);
    expect(batches[0]?.[0]).not.toHaveProperty("payload_ref");
  });

  it("writes nothing for nothing", async () => {
    const { record, batches } = setUp();
    await record();
    expect(batches).toEqual([]);
  });

  it("writes one batch after the other, though nobody waits", async () => {
    const gates = [deferred(), deferred()];
    const asked: unknown[] = [];
    const { record, batches } = setUp(undefined, async (events) => {
      asked.push(events[0]?.payload.note);
      await gates[asked.length - 1]?.promise;
    });
    const both = Promise.all([record(said("first")), record(said("second"))]);
    await Promise.resolve();
    gates[1]!.resolve();
    await Promise.resolve();
    expect(asked).toEqual(["first"]);
    gates[0]!.resolve();
    await both;
    expect(batches.map(([event]) => event?.payload.note)).toEqual(["first", "second"]);
  });

  it("goes on behind a batch that could not be written", async () => {
    let isAway = true;
    const { record, batches } = setUp(undefined, () => {
      if (isAway) throw new Error("the log is away");
    });
    const first = record(said("first"));
    await expect(first).rejects.toThrow("the log is away");
    isAway = false;
    await record(said("second"));
    expect(batches.map(([event]) => event?.payload.note)).toEqual(["second"]);
  });

  it("asks its guard about every payload, and writes none of the batch when one is refused", async () => {
    const asked: string[] = [];
    const { record, batches } = setUp((what, value) => {
      asked.push(`${what} ${JSON.stringify(value)}`);
      if (JSON.stringify(value).includes("secret")) throw new Error("refused");
    });
    await expect(record(said("a"), said("secret"), said("b"))).rejects.toThrow("refused");
    expect(asked).toEqual([
      'event recomp.something.said {"note":"a"}',
      'event recomp.something.said {"note":"secret"}',
    ]);
    expect(batches).toEqual([]);
  });
});

/** A payload for each name that the contract knows. */
const PAYLOADS: Record<
  | keyof typeof KernelPayloads
  | keyof typeof FollowedPayloads
  | keyof typeof RequiredPayloads
  | keyof typeof TellingPayloads,
  object
> = {
  run_started: {
    op_id: "recompile",
    manifest: ref(1),
    initial_snapshot: ref(1),
    plan: ref(2),
    op_version: "1",
    state_machine_sha256: "a".repeat(64),
    failure_branch: state("record_failure"),
    states: [state("intake")],
    skipped: { [state("publish")]: "publish" },
  },
  state_entered: { state_id: state("link"), base_snapshot: ref(1) },
  state_completed: { state_id: state("link"), context_snapshot: ref(1) },
  state_failed: { state_id: state("link"), error: ERROR, failure_snapshot: ref(1) },
  run_completed: { status: "failed", final_snapshot: ref(1), rolled_back: true },
  fact_recorded: {
    key: "link/value/x",
    request_sha256: "a".repeat(64),
    outcome: "error",
    meta: { namespace: "value" },
  },
  child_run_spawned: { parent_run_id: runId, child_run_id: runId, child_manifest: ref(1) },
  child_run_completed: { child_run_id: runId, status: "completed" },
  "recomp.gate.failed": { state_id: state("link"), gate: "validation", reason: "no", evidence: ref(1) },
  "recomp.gate.opened": { state_id: state("approve"), gate: "publish", kind: "manual", subject: ref(1) },
  "recomp.gate.decided": { gate: "publish", decision: "approved", reason: "yes", by: "alice" },
  "recomp.gate.override_applied": { gate: "validation", reason: "logo", by: "alice", evidence: ref(1) },
  "recomp.state.compensated": { state_id: state("publish") },
  "recomp.state.compensation_failed": { state_id: state("publish"), error: ERROR },
  "recomp.state.warned": { state_id: state("lift.shard_0"), warnings: [{ code: "odd", message: "it is", count: 2 }] },
  "recomp.run.escalated": { state_id: state("link"), attempts: 6, error: ERROR },
  "recomp.artifact.emitted": { role: "bundle" },
  "recomp.artifact.quarantined": { what: "bundle", reason: "hash" },
  "recomp.run.cancel_requested": { by: "alice", reason: "wrong binary" },
  "recomp.run.requested": {},
  "recomp.run.completed": { state: "succeeded", bundle: ref(1) },
  "recomp.run.candidate.selected": { function: "sub_8010", attempt_count: 1, similarity_refs: [ref(1)], round: 1 },
  "recomp.run.long_tail.flagged": {
    function: "sub_8010",
    attempt_count: 6,
    similarity_refs: [],
    stall_reason: "large_function",
  },
  "recomp.context.checkpointed": { state_id: "m.link.main" },
  "recomp.state.retried": { state_id: "m.link.main", attempt: 1 },
  "recomp.run.planned": { functions: 1, shards: 1 },
  "recomp.run.stage.completed": { stage: "lift", shard: 0, counts: { lifted: 1 } },
  "recomp.run.validation.completed": { verdict: "passed", tested: 1 },
  "recomp.service.circuit_changed": { service: "https://example.com", state: "open" },
  artifact_written: { kind: "output", bytes: 3 },
  op_boundary: { op_path: "m.link", phase: "started" },
};

describe("the payload of an event", () => {
  const kindOf = (name: string) => (name in KernelPayloads ? "kernel" : "domain") as EventDraft["kind"];
  const draft = (name: string, payload: object): EventDraft => ({
    kind: kindOf(name),
    name,
    payload: payload as never,
  });

  it.each(Object.entries(PAYLOADS))("of %s is written as the contract has it", async (name, payload) => {
    const { record, batches } = setUp();
    await record(draft(name, payload));
    expect(batches[0]?.[0]?.payload).toEqual(payload);
  });

  it.each(Object.entries(PAYLOADS))("of %s is refused with a key nobody knows, and by name", async (name, payload) => {
    const { record, batches } = setUp();
    await expect(record(draft(name, { ...payload, unheard_of: "x" }))).rejects.toMatchObject({
      name: "ValidationFailed",
      message: expect.stringMatching(new RegExp(`^event ${name.replaceAll(".", "\\.")}: .*unheard_of`)),
    });
    expect(batches).toEqual([]);
  });

  const filled = Object.entries(PAYLOADS).filter(([name, payload]) => {
    return Object.keys(payload).length > 0 && name !== "recomp.run.validation.completed";
  });
  it.each(filled)("of %s is refused without its first field", async (name, payload) => {
    const { record } = setUp();
    const [first] = Object.keys(payload) as [string];
    await expect(record(draft(name, { ...payload, [first]: undefined }))).rejects.toThrow(`field ${first}`);
  });

  it("of a domain event that the contract does not know is any JSON object", async () => {
    const { record, batches } = setUp();
    await record({ kind: "domain", name: "recomp.something.new", payload: { deep: [{ er: null }] } });
    expect(batches[0]?.[0]?.payload).toEqual({ deep: [{ er: null }] });
  });

  it("of a kernel event that the contract does not know is refused", async () => {
    const { record } = setUp();
    await expect(record({ kind: "kernel", name: "run_paused" })).rejects.toThrow(
      "event run_paused: expected the name of a kernel event",
    );
  });
});
