import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { canonicalBytes, sha256 } from "../../../shared/stores/digest.ts";
import { createMetricsRegistry } from "../../telemetry/metrics-registry.ts";
import { CHILD_ID, type Row, RUN_ID, ref, started, state, through } from "../run/events.ts";
import { addOne, createTestRun } from "../support.ts";

/** The run that is gone on from. */
const OTHER = CHILD_ID;
const GIVEN_BACK = { sum: 41, note: "there" };

const refOf = (document: unknown) => `artifact://${sha256(canonicalBytes(document))}` as ArtifactRef;

interface Changes {
  /** Of the list of what may be reused. */
  readonly list?: object;
  /** Of the one state in it. */
  readonly state?: object;
  readonly withOutput?: boolean;
  readonly config?: object;
  readonly more?: readonly Row[];
  /** The input of the state there. */
  readonly input?: object;
}

async function goingOn({ list, state: change, withOutput = true, config, more = [], input = { n: 1 } }: Changes = {}) {
  const reusable = {
    schema_version: 1,
    kind: "restep.reusable_states",
    run_id: OTHER,
    op_id: "test",
    op_version: "3",
    state_machine_sha256: "5".repeat(64),
    states: [
      {
        state_id: state("link"),
        done_by: OTHER,
        input_sha256: sha256(canonicalBytes(input)),
        context_snapshot: refOf(GIVEN_BACK),
        events: [
          { name: "recomp.artifact.emitted", payload: { role: "module" }, payload_ref: ref(20) },
          {
            name: "fact_recorded",
            payload: {
              key: "link/clock/now",
              request_sha256: "a".repeat(64),
              outcome: "response",
              meta: { namespace: "clock" },
            },
            payload_ref: ref(21),
          },
        ],
        ...change,
      },
    ],
    ...list,
  };
  const from = { run_id: OTHER, state_id: state("link"), goes_on: "behind", reusable: refOf(reusable) };
  const metrics = createMetricsRegistry();
  const run = await createTestRun({
    world: { metrics },
    ...(config === undefined ? {} : { config }),
    begun: [
      started(["intake", "link", "lift.shard", "validation_gate", "publish"]),
      { name: "recomp.run.requested", payload: { op_id: "test", resumed_from: from } },
      ...through("intake"),
      ...more,
    ],
  });
  const { artifacts } = run.stores;
  await artifacts.put("output", canonicalBytes(reusable));
  if (withOutput) await artifacts.put("context_snapshot", canonicalBytes(GIVEN_BACK));
  let times = 0;
  const link = addOne(() => {
    times++;
  });
  return {
    ...run,
    metrics,
    link,
    done: () => times,
    attempt: (given: unknown = { n: 1 }, call = {}) => run.attempt(link, given, call),
  };
}

describe("a state that the run gone on from has done", () => {
  it("completes with what it gave back there, in one append, and its stage does nothing", async () => {
    const { attempt, done, events, record, lines, world, metrics } = await goingOn();
    const appends: number[] = [];
    const { push, enqueue } = world.log;
    const counting = (...args: Parameters<typeof push>) => {
      appends.push(args[1].length);
      return (enqueue ?? push)(...args);
    };
    Object.assign(world, {
      log: { ...world.log, push: counting, ...(enqueue === undefined ? {} : { enqueue: counting }) },
    });
    expect(await attempt({ n: 1 }, { attempt: 2 })).toEqual(GIVEN_BACK);
    expect(done()).toBe(0);
    expect(appends).toHaveLength(1);
    const told = (await events()).slice(-appends[0]!);
    expect(told.map(({ name }) => name)).toEqual([
      "state_entered",
      "recomp.artifact.emitted",
      "fact_recorded",
      "recomp.run.stage.completed",
      "state_completed",
    ]);
    expect(new Set(told.map((each) => each.attempt))).toEqual(new Set([0]));
    expect(told.at(-1)?.payload).toMatchObject({ context_snapshot: refOf(GIVEN_BACK), reused_from: OTHER });
    const { steps, roles, facts } = await record();
    expect(steps.get(state("link"))).toMatchObject({ state: "succeeded", reusedFrom: OTHER, entries: 1 });
    expect(roles.get("module")).toBe(ref(20));
    expect(facts.map(({ key }) => key)).toEqual(["link/clock/now"]);
    expect(lines.map(({ message }) => message)).toContain("state reused");
    const attempts = metrics.series().filter(({ name }) => name === "restep_attempts_total");
    expect(attempts.map(({ labels }) => labels.outcome)).toEqual(["reused"]);
  });

  it("is the same state where its input names the run itself", async () => {
    const { attempt, done } = await goingOn({ input: { n: 1, run: OTHER } });
    const link = await attempt({ n: 1, run: RUN_ID }).catch((thrown: unknown) => thrown);
    expect(done()).toBe(0);
    expect(link).toEqual(GIVEN_BACK);
  });

  it.each<[string, Changes, unknown]>([
    ["whose input is another", {}, { n: 2 }],
    ["that is not on the list", { list: { states: [] } }, { n: 1 }],
    ["of another flow", { list: { op_id: "other" } }, { n: 1 }],
    ["of another version of the flow", { list: { op_version: "4" } }, { n: 1 }],
    ["of another state machine", { list: { state_machine_sha256: "6".repeat(64) } }, { n: 1 }],
    ["of which what it gave back is gone", { withOutput: false }, { n: 1 }],
  ])("is done again, one %s", async (_, changes, input) => {
    const { attempt, done, events } = await goingOn(changes);
    expect(await attempt(input)).toMatchObject({ sum: (input as { n: number }).n + 1 });
    expect(done()).toBe(1);
    expect((await events()).at(-1)?.payload).not.toHaveProperty("reused_from");
  });

  it("is done again where it was begun here already", async () => {
    const { attempt, done } = await goingOn({
      more: [{ name: "state_entered", payload: { state_id: state("link"), base_snapshot: ref(3) } }],
    });
    expect(await attempt()).toEqual({ sum: 2 });
    expect(done()).toBe(1);
  });

  it("says why it is done again", async () => {
    const other = await goingOn();
    await other.attempt({ n: 2 });
    expect(other.lines.map(({ message }) => message)).toContain("state not reused, its input is another");
    const gone = await goingOn({ withOutput: false });
    await gone.attempt();
    expect(gone.lines).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: "state not reused, what it gave back cannot be read",
        fields: expect.objectContaining({ reason: expect.stringContaining("not found") }),
      }),
    );
  });

  it("is not done again where what it gave back cannot be read for a reason that may pass", async () => {
    const { attempt, done, world } = await goingOn();
    const { get } = world.artifacts;
    const away = Object.assign(new Error("the disk is away"), { name: "IoError" });
    Object.assign(world, {
      artifacts: {
        ...world.artifacts,
        get: (asked: ArtifactRef) => (asked === refOf(GIVEN_BACK) ? Promise.reject(away) : get(asked)),
      },
    });
    await expect(attempt()).rejects.toThrow("the disk is away");
    expect(done()).toBe(0);
  });

  it("opens its gate for the task of this run, and what a person decided there stands decided here", async () => {
    const gate = { state_id: state("link"), gate: "publish", kind: "manual", subject: ref(6), waiting_task: "theirs" };
    const { attempt, record, events } = await goingOn({
      state: {
        events: [{ name: "recomp.gate.opened", payload: gate }],
        decision: {
          name: "recomp.gate.decided",
          payload: { gate: "publish", decision: "approved", reason: "fine", by: "alice" },
        },
      },
    });
    await attempt({ n: 1 }, { task_token: "ours" });
    const opened = (await events()).find(({ name }) => name === "recomp.gate.opened");
    expect(opened?.payload).toEqual({ ...gate, waiting_task: "ours" });
    expect((await record()).gates.get("publish")).toMatchObject({ state: "approved", by: "alice" });
  });

  it("opens its gate for no task where this run's has none", async () => {
    const gate = { state_id: state("link"), gate: "publish", kind: "manual", subject: ref(6) };
    const { attempt, events } = await goingOn({
      state: { events: [{ name: "recomp.gate.opened", payload: { ...gate, waiting_task: "theirs" } }] },
    });
    await attempt();
    expect((await events()).find(({ name }) => name === "recomp.gate.opened")?.payload).toEqual(gate);
  });

  it("completes once where two attempts are at it, and both give the same back", async () => {
    const { attempt, done, events, world } = await goingOn();
    const { push, enqueue: _, ...rest } = world.log;
    let isFirst = true;
    const late = async (...args: Parameters<typeof push>) => {
      if (isFirst) {
        isFirst = false;
        expect(await attempt()).toEqual(GIVEN_BACK);
      }
      return push(...args);
    };
    Object.assign(world, { log: { ...rest, push: late } });
    expect(await attempt()).toEqual(GIVEN_BACK);
    expect(done()).toBe(0);
    expect((await events()).filter(({ name }) => name === "state_completed")).toHaveLength(2);
  });

  it("counts for checkpoints after every so many states", async () => {
    const { attempt, names } = await goingOn({ config: { context_checkpointing: { every_n_states: 2 } } });
    await attempt();
    expect((await names()).at(-1)).toBe("recomp.context.checkpointed");
    const third = await goingOn({ config: { context_checkpointing: { every_n_states: 3 } } });
    await third.attempt();
    expect(await third.names()).not.toContain("recomp.context.checkpointed");
  });

  it("is looked for in a list that is read once, and anew where it could not be read", async () => {
    const { attempt, done, world } = await goingOn();
    const { get } = world.artifacts;
    let reads = 0;
    let isAway = true;
    Object.assign(world, {
      artifacts: {
        ...world.artifacts,
        get: async (asked: ArtifactRef) => {
          const bytes = await get(asked);
          if (!new TextDecoder().decode(bytes).includes("restep.reusable_states")) return bytes;
          reads++;
          if (isAway) throw new Error("away");
          return bytes;
        },
      },
    });
    await expect(attempt()).rejects.toThrow("away");
    isAway = false;
    expect(await attempt()).toEqual(GIVEN_BACK);
    expect([reads, done()]).toEqual([2, 0]);
  });
});

describe("a run that goes on from none", () => {
  it("does each state", async () => {
    const run = await createTestRun();
    expect(await run.attempt(addOne(), { n: 1 })).toEqual({ sum: 2 });
  });
});
