import { describe, expect, it } from "vitest";
import {
  CHILD_ID,
  childEnded,
  decided,
  ended,
  gateFailed,
  gateOpened,
  log,
  overridden,
  type Row,
  spawned,
  state,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { PHASES, phaseAfter, planned } from "./phases.ts";

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

  it("that is soft and fails is kept as such, and the run goes on to its success", () => {
    const { name, payload } = gateFailed("coverage");
    const soft = { name, payload: { ...payload, kind: "soft" } };
    const record = foldEvents(log(...planned, soft, ended()));
    expect(record).toMatchObject({ phase: "succeeded" });
    expect(record.gates.get("coverage")).toMatchObject({
      kind: "soft",
      state: "failed",
      reason: "two functions disagree",
    });
    expect(phaseAfter([...planned, { name, payload: { ...payload, kind: "loud" } }])).toBe("-");
    expect(phaseAfter([...planned, soft, gateOpened("coverage", "manual")])).toBe("-");
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

  it("keeps the decision's signature, where there is one", () => {
    const { name, payload } = decided("publish", "approved");
    const signature = { keyid: "ed25519:aa", statement: "decided" };
    const gateAfter = (row: Row) => foldEvents(log(...PHASES.blocked, row)).gates.get("publish");
    expect(gateAfter({ name, payload: { ...payload, signature } })).toMatchObject({ state: "approved", signature });
    expect(gateAfter({ name, payload })).not.toHaveProperty("signature");
    const bare = gateAfter({ name, payload: { gate: "publish", decision: "approved", reason: 7 } });
    expect(bare).not.toHaveProperty("by");
    expect(bare?.reason).not.toBe(7);
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
    cancelled: [...planned, spawned(), childEnded("cancelled")],
  } as const satisfies Record<string, readonly Row[]>;
  const refused = { unknown: "-", running: "-", completed: "-", failed: "-", cancelled: "-" };
  const table: [string, Row, Record<keyof typeof CHILDREN, string>][] = [
    ["spawned", spawned(), { ...refused, unknown: "running" }],
    ["completed", childEnded("completed"), { ...refused, running: "completed" }],
    ["failed", childEnded("failed"), { ...refused, running: "failed" }],
    ["cancelled", childEnded("cancelled"), { ...refused, running: "cancelled" }],
    [
      "ended nobody knows how",
      { name: "child_run_completed", payload: { child_run_id: CHILD_ID, status: "lost" } },
      refused,
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
