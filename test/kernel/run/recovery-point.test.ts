import { describe, expect, it } from "vitest";
import type { ExecutionPlan, PlannedState } from "../../../shared/contracts/execution-plan.ts";

import { recoveryPoint } from "../../../shared/kernel/run/recovery-point.ts";
import { OP, planned } from "../plan/plans.ts";
import {
  cancelRequested,
  compensated,
  complete,
  decided,
  ended,
  enter,
  fail,
  gateFailed,
  gateOpened,
  log,
  overridden,
  type Row,
  started,
  state,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";

type Meta = Partial<PlannedState["meta"]>;

/** States by their short ids, each with its own name as a tag, and what the table says. */
function plan(states: Readonly<Record<string, Meta>>): ExecutionPlan {
  return {
    schema_version: 1,
    op_id: OP,
    states: Object.entries(states).map(([short, meta]) => ({
      ...planned("any", { tags: [short.split(".")[0]!], ...meta }),
      id: state(short) as PlannedState["id"],
    })),
    edges: [],
  };
}

/** Where a run goes on whose log is this, and what it need not do again; ids without the machine. */
function pointOf(states: Readonly<Record<string, Meta>>, rows: readonly Row[], from?: string): string {
  const record = foldEvents(log(started(Object.keys(states)), ...rows));
  const { stateId, goesOn, reusable } = recoveryPoint(plan(states), record, from);
  const short = (id: string) => id.replace("run_lifecycle.", "").replace(".main", "");
  return `${goesOn} ${short(stateId)}: ${reusable.map(({ stateId: id }) => short(id)).join(" ")}`;
}

const softGateFailed = (short: string): Row => {
  const { name, payload } = gateFailed("quality", short);
  return { name, payload: { ...payload, kind: "soft" } };
};
const END = ended("failed");

describe("of the visits that carry a tag, a strategy chooses", () => {
  const states = (strategy: PlannedState["meta"]["depends_on_strategy"]) => ({
    intake: {},
    a: { tags: ["source"] },
    b: { tags: ["source"] },
    x: {},
    c: { tags: ["source"] },
    use: { depends_on: ["source"], depends_on_strategy: strategy },
  });
  const whole = [...through("intake", "a", "b", "x", "c"), enter("use"), fail("use"), END];
  const doubtful = [
    ...through("intake", "a", "b", "x"),
    enter("c"),
    softGateFailed("c"),
    complete("c"),
    enter("use"),
    fail("use"),
    END,
  ];

  it.each([
    ["latest", whole, "behind c: intake a b x c"],
    ["latest", doubtful, "at c: intake a b x"],
    ["earliest", whole, "behind a: intake a"],
    ["earliest", doubtful, "behind a: intake a"],
    ["latest_successful", whole, "behind c: intake a b x c"],
    ["latest_successful", doubtful, "behind b: intake a b"],
  ] as const)("%s", (strategy, rows, expected) => {
    expect(pointOf(states(strategy), rows)).toBe(expected);
  });

  it("the last one, where none was successful", () => {
    const rows = [
      ...through("intake"),
      ...["a", "b"].flatMap((short) => [enter(short), softGateFailed(short), complete(short)]),
      enter("use"),
      fail("use"),
      END,
    ];
    expect(pointOf(states("latest_successful"), rows)).toBe("at b: intake a");
    const third = [enter("c"), softGateFailed("c"), complete("c")];
    const three = [...rows.slice(0, -3), ...third, ...rows.slice(-3)];
    expect(pointOf(states("latest_successful"), three)).toBe("at c: intake a b");
  });

  it("only of those that were entered before it", () => {
    const rows = [...through("intake", "a"), enter("use"), fail("use"), ...through("b"), END];
    expect(pointOf(states("latest"), rows)).toBe("behind a: intake a");
  });

  it("the one entered first of those for several tags", () => {
    const two = { intake: {}, a: {}, b: {}, c: {}, use: { depends_on: ["c", "a"] } };
    const rows = [...through("intake", "a", "b", "c"), enter("use"), fail("use"), END];
    expect(pointOf(two, rows)).toBe("behind a: intake a");
  });
});

describe("a run goes on at what it stopped at", () => {
  it("where that depends on nothing", () => {
    expect(pointOf({ intake: {}, a: {} }, [...through("intake"), enter("a"), fail("a"), END])).toBe("at a: intake");
  });

  it("where nothing was entered that it depends on: it was bypassed", () => {
    const states = { intake: {}, a: {}, b: { depends_on: ["a"] } };
    expect(pointOf(states, [...through("intake"), enter("b"), fail("b"), END])).toBe("at b: intake");
  });

  it("as it begins, where nothing was entered at all", () => {
    const end: Row = { name: "run_completed", payload: { status: "cancelled" } };
    expect(pointOf({ intake: {}, a: {} }, [cancelRequested, end])).toBe("at intake: ");
  });
});

describe("a run whose failed step has shards", () => {
  const states = { intake: {}, plan: {}, "lift.shard": { depends_on: ["plan"] }, link: { depends_on: ["lift"] } };
  const begun = [...through("intake", "plan"), enter("lift.shard_0"), enter("lift.shard_1"), enter("lift.shard_2")];

  it("does those again that did not complete, and no other", () => {
    const rows = [...begun, fail("lift.shard_1"), complete("lift.shard_2"), complete("lift.shard_0"), END];
    expect(pointOf(states, rows)).toBe("behind plan: intake plan lift.shard_0 lift.shard_2");
  });

  it("does all of them again where a person says so", () => {
    const rows = [...begun, fail("lift.shard_1"), complete("lift.shard_2"), complete("lift.shard_0"), END];
    expect(pointOf(states, rows, "lift")).toBe("at lift.shard: intake plan");
  });

  it("takes a step for successful only if all of them are", () => {
    const shards = ["lift.shard_0", "lift.shard_1", "lift.shard_2"].map((short) => complete(short));
    const whole = [...begun, ...shards, enter("link"), fail("link"), END];
    expect(pointOf(states, whole)).toBe("behind lift.shard: intake plan lift.shard_0 lift.shard_1 lift.shard_2");
  });
});

describe("a run with rounds", () => {
  const loop = (strategy: PlannedState["meta"]["depends_on_strategy"]) => ({
    intake: {},
    "select.round": { depends_on: ["judge"], depends_on_strategy: strategy },
    "try.round_shard": { depends_on: ["select"] },
    "judge.round": { depends_on: ["try"] },
  });
  const round = (n: number, ok = true): Row[] => [
    ...through(`select.round_${n}`, `try.round_${n}_shard_0`, `try.round_${n}_shard_1`),
    enter(`judge.round_${n}`),
    ...(ok ? [] : [softGateFailed(`judge.round_${n}`)]),
    complete(`judge.round_${n}`),
  ];
  const inThird = [
    ...through("intake"),
    ...round(1),
    ...round(2, false),
    enter("select.round_3"),
    fail("select.round_3"),
    END,
  ];
  const first = "intake select.round_1 try.round_1_shard_0 try.round_1_shard_1 judge.round_1";
  const second = "select.round_2 try.round_2_shard_0 try.round_2_shard_1";

  it.each([
    ["latest", `at judge.round_2: ${first} ${second}`],
    ["earliest", `behind judge.round_1: ${first}`],
    ["latest_successful", `behind judge.round_1: ${first}`],
  ] as const)("chooses among rounds: %s", (strategy, expected) => {
    expect(pointOf(loop(strategy), inThird)).toBe(expected);
  });

  it("forgets no gate that failed in one for another that failed since", () => {
    const rows = [
      ...through("intake"),
      ...round(1, false),
      ...round(2, false),
      enter("select.round_3"),
      fail("select.round_3"),
      END,
    ];
    expect(pointOf(loop("latest_successful"), rows)).toContain("at judge.round_2");
  });

  it("goes on at the shards of the round it stopped in", () => {
    const rows = [
      ...through("intake"),
      ...round(1),
      ...through("select.round_2", "try.round_2_shard_0"),
      enter("try.round_2_shard_1"),
      fail("try.round_2_shard_1"),
      END,
    ];
    expect(pointOf(loop("latest"), rows)).toBe(`behind select.round_2: ${first} select.round_2 try.round_2_shard_0`);
  });

  it("is gone on with at a step of a round, or of the last", () => {
    expect(pointOf(loop("latest"), inThird, "judge.round_1")).toBe(
      "at judge.round_1: intake select.round_1 try.round_1_shard_0 try.round_1_shard_1",
    );
    expect(pointOf(loop("latest"), inThird, "try")).toBe(`at try.round_2_shard: ${first} select.round_2`);
  });
});

describe("a run that stopped at a gate", () => {
  const states = {
    intake: {},
    validation_gate: { tags: ["verdict"] },
    override: { tags: ["verdict"], depends_on: ["verdict"] },
    package: { depends_on: ["verdict"], depends_on_strategy: "latest_successful" as const },
    approve: { depends_on: ["package"] },
    publish: { depends_on: ["approve"], side_effects: "apply_side_effect" as const },
  };
  const disproven = [enter("validation_gate"), gateFailed("validation"), complete("validation_gate")];
  const asked = [enter("override"), gateOpened("validation", "override"), complete("override")];
  const upToPackage = [...through("intake", "validation_gate", "package")];
  const waiting = [...upToPackage, enter("approve"), gateOpened("publish", "manual"), complete("approve")];

  it("asks again where a person said no", () => {
    expect(pointOf(states, [...waiting, decided("publish", "rejected"), END])).toBe(
      "behind package: intake validation_gate package",
    );
  });

  it("asks again where it was cancelled while it waited", () => {
    expect(pointOf(states, [...waiting, cancelRequested, ended("cancelled")])).toBe(
      "behind package: intake validation_gate package",
    );
  });

  it("takes a decision to pass for success, and the gate it was about for none without", () => {
    const passed = [...through("intake"), ...disproven, ...asked, overridden("validation")];
    const failed = [...passed, enter("package"), fail("package"), END];
    expect(pointOf(states, failed)).toBe("behind override: intake validation_gate override");
    const refused = [...through("intake"), ...disproven, ...asked, decided("validation", "rejected"), END];
    expect(pointOf(states, refused)).toBe("at validation_gate: intake");
  });

  it("does not ask again behind it", () => {
    const rows = [...waiting, decided("publish", "approved"), enter("publish"), fail("publish"), END];
    expect(pointOf(states, rows)).toBe("behind approve: intake validation_gate package approve");
  });
});

describe("a run that was ended from outside", () => {
  const states = { intake: {}, a: { depends_on: ["intake"] }, b: { depends_on: ["a"] } };

  it("goes on before what was under way", () => {
    const rows = [...through("intake", "a"), enter("b"), cancelRequested, ended("cancelled")];
    expect(pointOf(states, rows)).toBe("behind a: intake a");
  });

  it("goes on where it was, between two states", () => {
    expect(pointOf(states, [...through("intake", "a"), END])).toBe("behind a: intake a");
  });

  it("goes on before what failed, whatever the failure branch came to", () => {
    const branch = [enter("record_failure"), fail("record_failure")];
    expect(pointOf(states, [...through("intake", "a"), enter("b"), fail("b"), ...branch, END])).toBe(
      "behind a: intake a",
    );
  });
});

describe("what changed the world", () => {
  const states = {
    intake: {},
    publish: { side_effects: "apply_side_effect" as const },
    attest: { depends_on: ["publish"] },
  };

  it("is of the run that did it, also where it could not be taken back", () => {
    const rows = [...through("intake", "publish"), enter("attest"), fail("attest"), END];
    expect(pointOf(states, rows)).toBe("behind publish: intake");
  });

  it("is not there any more where it was taken back", () => {
    const rows = [...through("intake", "publish"), enter("attest"), fail("attest"), compensated("publish"), END];
    expect(pointOf(states, rows)).toBe("at publish: intake");
  });
});

it("a step that the run has not entered is none to go on from", () => {
  const rows = [...through("intake"), enter("a"), fail("a"), ...through("record_failure"), END];
  const states = { intake: {}, a: {}, b: {} };
  for (const from of ["b", "record_failure", "a.round_1"]) {
    expect(() => pointOf(states, rows, from)).toThrow(
      `step to go on from: expected one that the run has entered (intake, a), found ${from}`,
    );
  }
});
