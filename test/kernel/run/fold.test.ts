import { describe, expect, it } from "vitest";
import type { RunPhase } from "../../../shared/kernel/run/record.ts";
import { isTerminal } from "../../../shared/kernel/run/transitions.ts";
import {
  cancelRequested,
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
  type Row,
  rolledBack,
  spawned,
  started,
  state,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { executing, failing, opened, PHASES, phaseAfter, planned } from "./phases.ts";

/** The events that may change a run's phase, and what each makes of each phase; `-` where it is refused. */
const RUN_TABLE: [
  event: string,
  rows: readonly Row[],
  Record<Exclude<RunPhase, "succeeded" | "failed" | "rolled_back" | "cancelled">, string>,
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
    "run_completed as cancelled, which nobody asked for",
    [ended("cancelled")],
    { created: "-", preflight_validated: "-", executing: "-", blocked: "-" },
  ],
  [
    "run_completed as cancelled, which somebody asked for",
    [cancelRequested, ended("cancelled")],
    { created: "cancelled", preflight_validated: "cancelled", executing: "cancelled", blocked: "cancelled" },
  ],
  [
    "run_completed as rolled back",
    [rolledBack],
    { created: "-", preflight_validated: "-", executing: "-", blocked: "-" },
  ],
];

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
    cancelRequested,
    ended("cancelled"),
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
