import { describe, expect, it } from "vitest";
import type { StepState } from "../../../shared/kernel/run/record.ts";
import {
  compensated,
  complete,
  ended,
  enter,
  fail,
  log,
  notCompensated,
  type Row,
  started,
  state,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { opened, PHASES, phaseAfter, planned } from "./phases.ts";

/** Logs that lead `link` into each state. */
const STEPS: Record<StepState, readonly Row[]> = {
  pending: planned,
  running: [...planned, enter("link")],
  succeeded: [...planned, ...through("link")],
  failed: [...planned, enter("link"), fail("link")],
  compensated: [...planned, ...through("link"), compensated("link")],
  skipped: [started(undefined, { link: "compute" }), ...through("intake", "plan")],
};

const STEP_TABLE: [event: string, row: Row, Record<StepState, string>][] = [
  [
    "entered",
    enter("link"),
    { pending: "running", running: "running", succeeded: "-", failed: "running", compensated: "-", skipped: "-" },
  ],
  [
    "completed",
    complete("link"),
    { pending: "-", running: "succeeded", succeeded: "-", failed: "-", compensated: "-", skipped: "-" },
  ],
  [
    "failed",
    fail("link"),
    { pending: "-", running: "failed", succeeded: "-", failed: "-", compensated: "-", skipped: "-" },
  ],
  [
    "compensated",
    compensated("link"),
    {
      pending: "-",
      running: "compensated",
      succeeded: "compensated",
      failed: "compensated",
      compensated: "-",
      skipped: "-",
    },
  ],
  [
    "not compensated",
    notCompensated("link"),
    { pending: "-", running: "running", succeeded: "succeeded", failed: "failed", compensated: "-", skipped: "-" },
  ],
];

describe("a planned state", () => {
  const linkOf = (rows: readonly Row[]) => foldEvents(log(...rows)).steps.get(state("link"));

  it.each(Object.entries(STEPS))("can be %s", (expected, rows) => {
    expect(linkOf(rows)?.state).toBe(expected);
  });

  const cases = STEP_TABLE.flatMap(([event, row, table]) =>
    Object.entries(table).map(([from, to]) => [from, event, to, row] as const),
  );
  it.each(cases)("%s, %s: %s", (from, _event, to, row) => {
    const rows = [...STEPS[from as StepState], row];
    if (to === "-") expect(phaseAfter(rows)).toBe("-");
    else expect(linkOf(rows)?.state).toBe(to);
  });

  it.each([
    ["completed", complete],
    ["failed", fail],
  ])("is not %s by an attempt that another has followed", (_to, end) => {
    const overlapping = [...STEPS.running, enter("link", 1)];
    expect(phaseAfter([...overlapping, end("link")])).toBe("-");
    expect(phaseAfter([...overlapping, end("link", 1)])).not.toBe("-");
  });

  it("counts a retry as one more entry", () => {
    const record = foldEvents(
      log(started(), enter("intake"), fail("intake"), enter("intake", 1), complete("intake", 1)),
    );
    expect(record.steps.get(state("intake"))).toMatchObject({ state: "succeeded", entries: 2, attempt: 1 });
    expect(record.attemptCount).toBe(2);
  });

  it("is entered again where a dead process left it running", () => {
    const record = foldEvents(log(started(), enter("intake"), enter("intake"), complete("intake")));
    expect(record.steps.get(state("intake"))).toMatchObject({ state: "succeeded", entries: 2, attempt: 0 });
  });

  it("keeps what it began with, what came out, and when it ended", () => {
    expect(linkOf(STEPS.succeeded)).toEqual({
      stateId: state("link"),
      state: "succeeded",
      entries: 1,
      attempt: 0,
      enteredAt: "2026-01-01T00:00:06.000Z",
      enteredSeq: 6,
      endedAt: "2026-01-01T00:00:07.000Z",
      completedAs: 3,
      endedSeq: 7,
      baseSnapshot: expect.stringMatching(/3$/),
      snapshot: expect.stringMatching(/4$/),
    });
    expect(linkOf(STEPS.failed)).toMatchObject({ error: { code: "transient_io" }, endedSeq: 7 });
  });

  it("forgets the error of the attempt before when it is entered again", () => {
    expect(linkOf([...STEPS.failed, enter("link", 1)])).not.toHaveProperty("error");
  });

  it("has to be in the plan", () => {
    expect(() => foldEvents(log(...planned, enter("validate")))).toThrow(/run_lifecycle\.validate\.main.*not planned/);
    expect(() => foldEvents(log(enter("intake")))).toThrow(/not planned/);
  });

  it("is its own id: another state of the same stage is another state", () => {
    expect(phaseAfter([...planned, enter("link.shard_0")])).toBe("-");
    expect(phaseAfter([...planned, enter("link.other")])).toBe("-");
    const foreign = { name: "state_entered", payload: { state_id: "other.link.main" } };
    expect(phaseAfter([...planned, foreign])).toBe("-");
  });

  it("is pending or skipped by its tag from the start, and has seen no attempt", () => {
    const stateId = state("link");
    const untried = { stateId, entries: 0, attempt: 0 };
    expect(linkOf(STEPS.skipped)).toStrictEqual({ ...untried, state: "skipped", skippedBy: "compute" });
    expect(linkOf([started()])).toStrictEqual({ ...untried, state: "pending" });
  });

  it("is skipped behind a failure, and says whose", () => {
    const record = foldEvents(log(...opened, enter("plan"), fail("plan"), ended("failed")));
    expect(record.steps.get(state("plan"))?.state).toBe("failed");
    expect(record.steps.get(state("package"))).toMatchObject({ state: "skipped", skippedBy: state("plan") });
  });

  it("is skipped as not needed where the run succeeds without it", () => {
    expect(linkOf(PHASES.succeeded)).toMatchObject({ state: "skipped", skippedBy: "not needed" });
  });

  it("has failed where the run fails beside it", () => {
    expect(linkOf([...planned, enter("link"), ended("failed")])).toMatchObject({ state: "failed" });
  });
});

describe("a Map's state", () => {
  const lifting = [...planned, enter("lift.shard_1"), enter("lift.shard_0")];

  it("stands for its shards until the first is entered", () => {
    expect(foldEvents(log(...planned)).steps.get(state("lift.shard"))?.state).toBe("pending");
    const { steps } = foldEvents(log(...lifting));
    expect(steps.has(state("lift.shard"))).toBe(false);
    expect(steps.get(state("lift.shard_1"))?.state).toBe("running");
    expect(steps.get(state("lift.shard_0"))?.state).toBe("running");
  });

  it("is never entered itself", () => {
    expect(phaseAfter([...planned, enter("lift.shard")])).toBe("-");
    expect(phaseAfter([...lifting, enter("lift.shard")])).toBe("-");
  });

  it.each(["lift.main", "lift.shard_", "lift.shard_a", "lift.shards"])("does not stand for %s", (short) => {
    expect(phaseAfter([...planned, enter(short)])).toBe("-");
  });

  it("lets each shard succeed, fail and be retried on its own", () => {
    const rows = [...lifting, complete("lift.shard_1"), fail("lift.shard_0"), enter("lift.shard_0", 1)];
    const { steps } = foldEvents(log(...rows));
    expect(steps.get(state("lift.shard_1"))).toMatchObject({ state: "succeeded", entries: 1 });
    expect(steps.get(state("lift.shard_0"))).toMatchObject({ state: "running", entries: 2, attempt: 1 });
    expect(phaseAfter([...rows, enter("lift.shard_1")])).toBe("-");
  });

  it("takes its shards out with its skip tag", () => {
    expect(
      phaseAfter([started(undefined, { "lift.shard": "compute" }), ...through("intake"), enter("lift.shard_0")]),
    ).toBe("-");
  });
});

describe("the key under which a state is entered", () => {
  const keyed = (key: unknown, attempt = 0): Row => {
    const entry = enter("publish", attempt);
    return { ...entry, payload: { ...entry.payload, idempotency_key: key } };
  };
  const before = [...opened, keyed("one"), fail("publish")];
  const keyAfter = (...rows: readonly Row[]) => foldEvents(log(...rows)).steps.get(state("publish"))?.idempotencyKey;

  it("stays with the step, also over an entry that has none", () => {
    expect(keyAfter(...before, keyed("one", 1))).toBe("one");
    expect(keyAfter(...before, enter("publish", 1))).toBe("one");
    expect(keyAfter(...opened, enter("publish"), fail("publish"), keyed("one", 1))).toBe("one");
    expect(keyAfter(...opened, enter("publish"))).toBeUndefined();
  });

  it("does not change", () => {
    expect(() => foldEvents(log(...before, keyed("two", 1)))).toThrow(/cannot go from idempotency key one to two/);
    expect(() => foldEvents(log(...opened, keyed(1)))).toThrow(/payload\.idempotency_key: expected text/);
  });
});
