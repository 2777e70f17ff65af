import { describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../../shared/contracts/event.ts";
import { foldEvents, RunFold } from "../../../shared/kernel/run/fold.ts";
import type { RunPhase, StepState } from "../../../shared/kernel/run/record.ts";
import { isTerminal } from "../../../shared/kernel/run/transitions.ts";
import {
  CHILD_ID,
  childEnded,
  compensated,
  complete,
  decided,
  ended,
  enter,
  escalated,
  fact,
  fail,
  gateFailed,
  gateOpened,
  log,
  notCompensated,
  overridden,
  place,
  type Row,
  rolledBack,
  spawned,
  started,
  state,
  through,
} from "./events.ts";

const opened = [started(), ...through("intake")];
const executing = [...opened, enter("plan")];
const planned = [...opened, ...through("plan")];
const failing = [...planned, ...through("publish"), enter("complete"), fail("complete"), enter("record_failure")];

/** Shortest logs that lead a run into each phase. */
const PHASES: Record<RunPhase, readonly Row[]> = {
  created: [started()],
  preflight_validated: opened,
  executing,
  blocked: [...planned, gateOpened("publish", "manual")],
  succeeded: [...planned, ended()],
  failed: [...executing, fail("plan"), ended("failed")],
  rolled_back: [...failing, compensated("publish"), rolledBack],
};

/** The events that may change a run's phase, and what each makes of each phase; `-` where it is refused. */
const RUN_TABLE: [
  event: string,
  rows: readonly Row[],
  Record<Exclude<RunPhase, "succeeded" | "failed" | "rolled_back">, string>,
][] = [
  ["run_started", [started()], { created: "-", preflight_validated: "-", executing: "-", blocked: "-" }],
  ["intake entered", [enter("intake")], { created: "created", preflight_validated: "-", executing: "-", blocked: "-" }],
  [
    "intake entered and completed",
    through("intake"),
    { created: "preflight_validated", preflight_validated: "-", executing: "-", blocked: "-" },
  ],
  [
    "a state behind intake entered",
    [enter("link")],
    { created: "-", preflight_validated: "executing", executing: "executing", blocked: "-" },
  ],
  [
    "the failure branch entered",
    [enter("record_failure")],
    { created: "created", preflight_validated: "preflight_validated", executing: "executing", blocked: "blocked" },
  ],
  [
    "a gate opened",
    [gateOpened("validation", "override")],
    { created: "-", preflight_validated: "-", executing: "blocked", blocked: "-" },
  ],
  [
    "a hard gate failed",
    [gateFailed("intake", "intake")],
    { created: "created", preflight_validated: "preflight_validated", executing: "executing", blocked: "blocked" },
  ],
  [
    "the gate decided",
    [decided("publish", "approved")],
    { created: "-", preflight_validated: "-", executing: "-", blocked: "executing" },
  ],
  [
    "run_completed as failed",
    [ended("failed")],
    { created: "failed", preflight_validated: "failed", executing: "failed", blocked: "failed" },
  ],
  [
    "run_completed as rolled back",
    [rolledBack],
    { created: "-", preflight_validated: "-", executing: "-", blocked: "-" },
  ],
];

function phaseAfter(rows: readonly Row[]): string {
  try {
    return foldEvents(log(...rows)).phase;
  } catch (error) {
    expect(error).toMatchObject({ name: "IllegalTransition", code: "illegal_transition" });
    return "-";
  }
}

describe("a run's phase", () => {
  it.each(Object.entries(PHASES))("can be %s", (phase, rows) => {
    expect(foldEvents(log(...rows)).phase).toBe(phase);
  });

  const cases = RUN_TABLE.flatMap(([event, rows, table]) =>
    Object.entries(table).map(([from, to]) => [from, event, to, rows] as const),
  );
  it.each(cases)("%s, %s: %s", (from, _event, to, rows) => {
    expect(phaseAfter([...PHASES[from as RunPhase], ...rows])).toBe(to);
  });

  it("is created when the run fails before its first state could start", () => {
    expect(phaseAfter([])).toBe("created");
    expect(phaseAfter([ended("failed")])).toBe("failed");
    expect(phaseAfter([enter("record_failure"), complete("record_failure"), ended("failed")])).toBe("failed");
  });

  it("takes no start once the failure branch has been entered", () => {
    expect(phaseAfter([enter("record_failure"), started()])).toBe("-");
  });

  /** Every event that the fold follows, in a form that is legal somewhere. */
  const followed: Row[] = [
    started(),
    enter("link"),
    enter("record_failure"),
    complete("plan"),
    fail("plan"),
    ended(),
    ended("failed"),
    rolledBack,
    gateFailed("intake"),
    gateOpened("publish", "manual"),
    decided("publish", "approved"),
    overridden("validation"),
    compensated("publish"),
    notCompensated("publish"),
    spawned(),
    childEnded("completed"),
    fact("intake/clock/now", 9),
    escalated("plan"),
    { name: "recomp.artifact.emitted", payload: { role: "bundle" }, ref: state("x") },
    { name: "recomp.run.completed", payload: { state: "succeeded" } },
  ];
  const ends = (Object.keys(PHASES) as RunPhase[]).filter(isTerminal);
  it.each(ends.flatMap((phase) => followed.map((row) => [phase, row.name, row] as const)))(
    "stays %s: %s is refused",
    (phase, _name, row) => {
      expect(phaseAfter([...PHASES[phase], row])).toBe("-");
    },
  );

  it("lets pass what only tells, also after the end", () => {
    const told = { name: "recomp.artifact.quarantined", payload: { what: "bundle", reason: "its hash" } };
    expect(foldEvents(log(...PHASES.succeeded, told))).toMatchObject({ phase: "succeeded", seq: 7 });
  });
});

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

  it("counts a retry as one more entry", () => {
    const record = foldEvents(log(started(), enter("intake"), fail("intake"), enter("intake", 1), complete("intake")));
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
      endedAt: "2026-01-01T00:00:07.000Z",
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

  it("is skipped by its tag from the start", () => {
    expect(linkOf(STEPS.skipped)).toMatchObject({ state: "skipped", skippedBy: "compute" });
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

describe("the success of a run", () => {
  const refused: [string, readonly Row[]][] = [
    ["before preflight", [started()]],
    ["before anything was executed", opened],
    ["with a state running", executing],
    ["with a shard running", [...planned, enter("lift.shard_0"), enter("lift.shard_1"), complete("lift.shard_0")]],
    ["with a state failed", [...executing, fail("plan")]],
    ["with a state taken back", [...planned, ...through("publish"), compensated("publish")]],
    ["with a gate open", PHASES.blocked],
    ["with a gate rejected", [...PHASES.blocked, decided("publish", "rejected")]],
    ["with a child run running", [...planned, spawned()]],
  ];
  it.each(refused)("is refused %s", (_name, rows) => {
    expect(phaseAfter([...rows, ended()])).toBe("-");
    expect(phaseAfter([...rows, ended("failed")])).toBe("failed");
  });

  it("is told apart from a roll-back", () => {
    const both = { name: "run_completed", payload: { status: "completed", rolled_back: true } };
    expect(phaseAfter([...failing, complete("record_failure"), compensated("publish"), both])).toBe("-");
  });

  it("names the bundle that the last event named", () => {
    const bundle = { name: "recomp.run.completed", payload: { state: "succeeded", bundle: state("x") } };
    expect(foldEvents(log(...planned, bundle, ended()))).toMatchObject({ phase: "succeeded", bundle: state("x") });
  });
});

describe("the failure of a run", () => {
  it("keeps the error and its cause", () => {
    const why = {
      name: "recomp.run.completed",
      payload: { state: "failed", error: "HardGateFailed", cause: "no origin" },
    };
    const record = foldEvents(
      log(started(), enter("intake"), fail("intake"), ...through("record_failure"), why, ended("failed")),
    );
    expect(record).toMatchObject({
      phase: "failed",
      failure: { error: "HardGateFailed", cause: "no origin" },
      currentStage: "record_failure",
    });
  });

  it("keeps escalations in their order", () => {
    const { escalations } = foldEvents(log(...executing, fail("plan"), escalated("plan"), escalated("link")));
    expect(escalations).toMatchObject([
      { stateId: state("plan"), attempts: 6, error: { code: "transient_io" } },
      { stateId: state("link") },
    ]);
  });
});

describe("a roll-back", () => {
  it("needs something that was taken back", () => {
    expect(phaseAfter([...failing, rolledBack])).toBe("-");
    expect(phaseAfter([...failing, compensated("publish"), rolledBack])).toBe("rolled_back");
  });

  it("is refused while a compensation stands failed", () => {
    const rows = [...failing, compensated("publish"), notCompensated("plan")];
    expect(phaseAfter([...rows, rolledBack])).toBe("-");
    expect(phaseAfter([...rows, ended("failed")])).toBe("failed");
    expect(foldEvents(log(...rows)).compensationFailures).toEqual([state("plan")]);
  });

  it("is possible when a second try does what the first could not", () => {
    const rows = [...failing, notCompensated("publish"), notCompensated("publish"), compensated("publish")];
    expect(foldEvents(log(...rows)).compensationFailures).toEqual([]);
    expect(phaseAfter([...rows, rolledBack])).toBe("rolled_back");
  });

  it("takes back what was half done", () => {
    const rows = [...planned, enter("publish"), fail("publish"), enter("record_failure"), compensated("publish")];
    expect(phaseAfter([...rows, complete("record_failure"), rolledBack])).toBe("rolled_back");
  });
});

/** Logs that lead a gate into each state; `hard` and `override` of `validation`, `manual` of `publish`. */
const GATES = {
  none: planned,
  failed: [...planned, gateFailed("validation")],
  "manual open": PHASES.blocked,
  "override open": [...planned, gateFailed("validation"), gateOpened("validation", "override")],
  approved: [...PHASES.blocked, decided("publish", "approved")],
  "manual rejected": [...PHASES.blocked, decided("publish", "rejected")],
  overridden: [...planned, gateFailed("validation"), gateOpened("validation", "override"), overridden("validation")],
  "override rejected": [
    ...planned,
    gateFailed("validation"),
    gateOpened("validation", "override"),
    decided("validation", "rejected"),
  ],
} as const satisfies Record<string, readonly Row[]>;
type GateCase = keyof typeof GATES;
const refusedEverywhere = Object.fromEntries(Object.keys(GATES).map((name) => [name, "-"])) as Record<GateCase, string>;
const GATE_TABLE: [event: string, make: (gate: string) => Row, Record<GateCase, string>][] = [
  ["failed", gateFailed, { ...refusedEverywhere, none: "failed", failed: "failed" }],
  ["opened for approval", (gate) => gateOpened(gate, "manual"), { ...refusedEverywhere, none: "open" }],
  [
    "opened to override",
    (gate) => gateOpened(gate, "override"),
    { ...refusedEverywhere, none: "open", failed: "open" },
  ],
  ["approved", (gate) => decided(gate, "approved"), { ...refusedEverywhere, "manual open": "approved" }],
  [
    "rejected",
    (gate) => decided(gate, "rejected"),
    { ...refusedEverywhere, "manual open": "rejected", "override open": "rejected" },
  ],
  ["overridden", overridden, { ...refusedEverywhere, "override open": "overridden" }],
];

describe("a gate", () => {
  const cases = GATE_TABLE.flatMap(([event, make, table]) =>
    Object.entries(table).map(([from, to]) => [from, event, to, make] as const),
  );
  it.each(cases)("%s, %s: %s", (from, _event, to, make) => {
    const rows = GATES[from as GateCase];
    const gate = rows === GATES.none || from.startsWith("fail") || from.startsWith("over") ? "validation" : "publish";
    const after = [...rows, make(gate)];
    if (to === "-") expect(phaseAfter(after)).toBe("-");
    else expect(foldEvents(log(...after)).gates.get(gate)?.state).toBe(to);
  });

  it("blocks the run from its opening to its decision, whichever it is", () => {
    expect(phaseAfter(GATES["override open"])).toBe("blocked");
    for (const name of ["approved", "manual rejected", "overridden", "override rejected"] as const) {
      expect(phaseAfter(GATES[name])).toBe("executing");
    }
  });

  it("keeps who decided, why, on what, and the evidence of its failure", () => {
    const gate = foldEvents(log(...GATES["override rejected"])).gates.get("validation");
    expect(gate).toEqual({
      gate: "validation",
      kind: "override",
      state: "rejected",
      stateId: state("override"),
      reason: "played through",
      by: "alice",
      evidence: expect.stringMatching(/5$/),
      subject: expect.stringMatching(/6$/),
      openedAt: "2026-01-01T00:00:07.000Z",
      decidedAt: "2026-01-01T00:00:08.000Z",
    });
  });

  it("does not let two gates be open at once", () => {
    expect(phaseAfter([...PHASES.blocked, gateOpened("validation", "override")])).toBe("-");
  });

  const nonsense: [string, readonly Row[], Row][] = [
    ["a kind nobody knows", planned, { name: "recomp.gate.opened", payload: { gate: "publish", kind: "hard" } }],
    [
      "a decision nobody knows",
      PHASES.blocked,
      { name: "recomp.gate.decided", payload: { gate: "publish", decision: "overridden" } },
    ],
    [
      "an override of a manual gate that says it was rejected",
      PHASES.blocked,
      { name: "recomp.gate.override_applied", payload: { gate: "publish", decision: "rejected" } },
    ],
    ["no name", planned, { name: "recomp.gate.failed", payload: {} }],
  ];
  it.each(nonsense)("refuses %s", (_name, rows, row) => {
    expect(phaseAfter([...rows, row])).toBe("-");
  });
});

describe("a child run", () => {
  const CHILDREN = {
    unknown: planned,
    running: [...planned, spawned()],
    completed: [...planned, spawned(), childEnded("completed")],
    failed: [...planned, spawned(), childEnded("failed")],
  } as const satisfies Record<string, readonly Row[]>;
  const table: [string, Row, Record<keyof typeof CHILDREN, string>][] = [
    ["spawned", spawned(), { unknown: "running", running: "-", completed: "-", failed: "-" }],
    ["completed", childEnded("completed"), { unknown: "-", running: "completed", completed: "-", failed: "-" }],
    ["failed", childEnded("failed"), { unknown: "-", running: "failed", completed: "-", failed: "-" }],
    [
      "ended nobody knows how",
      { name: "child_run_completed", payload: { child_run_id: CHILD_ID, status: "lost" } },
      { unknown: "-", running: "-", completed: "-", failed: "-" },
    ],
  ];
  const cases = table.flatMap(([event, row, to]) =>
    (Object.keys(CHILDREN) as (keyof typeof CHILDREN)[]).map((from) => [from, event, to[from], row] as const),
  );
  it.each(cases)("%s, %s: %s", (from, _event, to, row) => {
    const rows = [...CHILDREN[from], row];
    if (to === "-") expect(phaseAfter(rows)).toBe("-");
    else expect(foldEvents(log(...rows)).children.get(CHILD_ID as never)?.status).toBe(to);
  });

  it("that failed does not keep its parent from success: that is the parent's to judge", () => {
    expect(phaseAfter([...CHILDREN.failed, ended()])).toBe("succeeded");
    expect(phaseAfter([...CHILDREN.completed, spawned("1c1d2e3f-6f3b-4d0e-9a52-5b1b7f6f2c11"), ended()])).toBe("-");
  });
});

describe("facts", () => {
  it("are indexed in the order of the log, each under its attempt", () => {
    const rows = [...executing, fact("plan/clock/now", 8), fact("plan/clock/now", 9, 1), fact("plan/value/x", 10)];
    expect(foldEvents(log(...rows)).facts).toEqual(
      [
        ["plan/clock/now", 0, 8],
        ["plan/clock/now", 1, 9],
        ["plan/value/x", 0, 10],
      ].map(([key, attempt, payload]) => ({
        key,
        attempt,
        request_sha256: "a".repeat(64),
        outcome: "response",
        payload: `artifact://${Number(payload).toString(16).padStart(64, "0")}`,
      })),
    );
  });
});

describe("after a throw the fold", () => {
  /** Each is refused in the middle of a run, some of them late. */
  const refused: [string, Row][] = [
    ["of a second start", started()],
    ["of a kernel event nobody knows", { name: "kernel.run_paused", payload: {} }],
    ["of a state without an id", { name: "state_entered", payload: {} }],
    ["of a state whose id is no text", { name: "state_entered", payload: { state_id: { toString: 1 } } }],
    ["of a state that is not running", complete("link")],
    ["of an end nobody knows", { name: "run_completed", payload: { status: "paused" } }],
    [
      "of an end rolled back nobody knows how",
      { name: "run_completed", payload: { status: "failed", rolled_back: 1 } },
    ],
    ["of a success with states running", ended()],
    ["of an artifact without a role", { name: "recomp.artifact.emitted", payload: {}, ref: state("x") }],
    ["of an escalation of nothing", { name: "recomp.run.escalated", payload: {} }],
    ["of a failure whose error is no text", { name: "recomp.run.completed", payload: { error: 5 } }],
  ];
  it.each(refused)("is as it was: %s", (_name, row) => {
    const before = log(...executing);
    const fold = new RunFold();
    for (const event of before) fold.take(event);
    expect(() => fold.take(place(row, before.length + 1))).toThrow(/restep verify 6f0a3f0e/);
    expect(fold.record).toEqual(foldEvents(before));
    fold.take(place(complete("plan"), before.length + 1));
    expect(fold.record).toEqual(foldEvents(log(...executing, complete("plan"))));
  });

  const starts: [string, Record<string, unknown>][] = [
    ["states that are none", { states: "all" }],
    ["a state that is no text", { states: [state("intake"), 5] }],
    ["a state named twice", { states: [state("intake"), state("intake")] }],
    ["skip tags that are none", { states: [state("intake")], skipped: { [state("intake")]: ["compute"] } }],
    ["nothing where the skip tags belong", { states: [state("intake")], skipped: null }],
  ];
  it.each(starts)("is empty: of a start with %s", (_name, payload) => {
    const fold = new RunFold();
    expect(() => fold.take(place({ name: "run_started", payload }, 1))).toThrow(/field payload\.(states|skipped)/);
    expect(fold.record).toEqual(new RunFold().record);
  });

  it("says which event asked for what, and what to do", () => {
    expect(() => foldEvents(log(...executing, fail("link")))).toThrow(
      `run 6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11, event 5 (state_failed): cannot go from pending to failed; the log was not written by this machine, or is damaged: run \`restep verify 6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11\``,
    );
  });
});

describe("a long log", () => {
  it("is folded in time that grows with its length", () => {
    const shards = 50_000;
    const rows = Array.from({ length: shards }, (_, shard) => through(`lift.shard_${shard}`)).flat();
    const events: EventEnvelope[] = log(...planned, ...rows, ended());
    const record = foldEvents(events);
    expect(record).toMatchObject({ phase: "succeeded", attemptCount: shards + 2, seq: 2 * shards + 6 });
  });
});
