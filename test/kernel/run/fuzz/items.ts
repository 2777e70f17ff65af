import type { EventEnvelope } from "../../../../shared/contracts/event.ts";
import * as make from "../events.ts";

/** An event, and the letter that the model reads it as. `seq` is set anew each time it is used. */
export interface Item {
  readonly event: EventEnvelope & { seq: number };
  readonly letter: string;
  /** What the letter is about: a state, a gate, a child run, a plan. */
  readonly about: string;
  readonly kind: "start" | "state" | "gate" | "child" | "cancel" | "end" | "followed" | "telling" | "nonsense";
}

export const PLANS: Readonly<Record<string, Parameters<typeof make.started>>> = {
  full: [["intake", "lift.shard", "override", "approve", "publish", "complete"]],
  dry: [["intake", "lift.shard", "approve", "publish", "complete"], { approve: "dry", publish: "dry" }],
  plain: [["intake", "lift.shard", "publish", "complete"]],
  loop: [["intake", "select.round", "try.round_shard", "publish", "complete"]],
};
export const SHARDS = ["lift.shard_0", "lift.shard_1", "lift.shard_2"] as const;
/** By round, from 1: the one state that selects, and those that try. */
export const ROUNDS: readonly { readonly select: string; readonly tries: readonly string[] }[] = [
  { select: "select.round_1", tries: ["try.round_1_shard_0", "try.round_1_shard_1"] },
  { select: "select.round_2", tries: ["try.round_2_shard_0", "try.round_2_shard_1"] },
  { select: "select.round_3", tries: ["try.round_3_shard_0"] },
];
/** What a state is planned as, where that is not itself; and its round. */
export const MEMBERS: ReadonlyMap<string, { readonly template: string; readonly round?: number }> = new Map<
  string,
  { readonly template: string; readonly round?: number }
>([
  ...SHARDS.map((short) => [short, { template: "lift.shard" }] as const),
  ...ROUNDS.flatMap(({ select, tries }, index) => [
    [select, { template: "select.round", round: index + 1 }] as const,
    ...tries.map((short) => [short, { template: "try.round_shard", round: index + 1 }] as const),
  ]),
]);
const STATES = [
  ...["intake", "lift.shard", "select.round", "try.round_shard", ...MEMBERS.keys()],
  ...["override", "approve", "publish", "complete", "record_failure"],
];
/** In no plan. */
const STRANGERS = ["validate", "publish.shard_0", "lift.main", "select.round_0", "try.round_1"];
const GATES = ["publish", "validation"];
const CHILDREN = [make.CHILD_ID, "0c1d2e3f-6f3b-4d0e-9a52-000000000000"];

const item = (row: make.Row, kind: Item["kind"], letter: string, about = ""): Item => ({
  event: make.place(row, 1),
  kind,
  letter,
  about,
});
/** `E`ntered, `C`ompleted, `F`ailed, taken back (`X`), `N`ot taken back. */
const states = [...STATES, ...STRANGERS].flatMap((short) => [
  item(make.enter(short), "state", "E", short),
  item(make.complete(short), "state", "C", short),
  item(make.fail(short), "state", "F", short),
  item(make.compensated(short), "state", "X", short),
  item(make.notCompensated(short), "state", "N", short),
]);
/** The same, of a second attempt. */
const secondAttempts = STATES.flatMap((short) => [
  item(make.enter(short, 1), "state", "E", short),
  item(make.complete(short, 1), "state", "C", short),
  item(make.fail(short, 1), "state", "F", short),
]);
/** Failed, opened as `m`anual or as `o`verride, `a`pproved, `r`ejected, o`v`erridden. */
const gates = GATES.flatMap((gate) => [
  item(make.gateFailed(gate), "gate", "f", gate),
  item(make.gateOpened(gate, "manual"), "gate", "m", gate),
  item(make.gateOpened(gate, "override"), "gate", "o", gate),
  item(make.decided(gate, "approved"), "gate", "a", gate),
  item(make.decided(gate, "rejected"), "gate", "r", gate),
  item(make.overridden(gate), "gate", "v", gate),
]);
/** Spawned, `c`ompleted, `d`ead, cancelled (`q`). */
const children = CHILDREN.flatMap((child) => [
  item(make.spawned(child), "child", "s", child),
  item(make.childEnded("completed", child), "child", "c", child),
  item(make.childEnded("failed", child), "child", "d", child),
  item(make.childEnded("cancelled", child), "child", "q", child),
]);
const starts = Object.entries(PLANS).map(([plan, built]) => item(make.started(...built), "start", "S", plan));
/** Somebody as`k`s for the run to be cancelled. */
const cancels = [item(make.cancelRequested, "cancel", "k")];
/** Succeeded (`g`), failed (`x`), rolled back (`z`), cancelled (`w`), cancelled and rolled back (`y`). */
const ends = [
  item(make.ended(), "end", "g"),
  item(make.ended("failed"), "end", "x"),
  item(make.rolledBack, "end", "z"),
  item(make.ended("cancelled"), "end", "w"),
  item(make.cancelledRolledBack, "end", "y"),
];
const followed = [
  item(make.fact("lift.shard_0/clock/now", 8), "followed", "fact"),
  item(make.fact("attest/value/trail", 9, 1), "followed", "fact"),
  item(make.emitted("bundle", 10), "followed", "artifact"),
  item(make.emitted("module", 11), "followed", "artifact"),
  item(make.escalated("publish"), "followed", "escalation"),
  item(make.said({ state: "succeeded", bundle: make.ref(10) }), "followed", "said"),
  item(make.said({ state: "failed", error: "IoError", cause: "disk" }), "followed", "said"),
];
const telling = [
  item({ name: "recomp.run.stage.completed", payload: { stage: "lift", counts: {} } }, "telling", "_"),
  item({ name: "recomp.something.new", payload: { state_id: make.state("intake"), gate: "publish" } }, "telling", "_"),
  item({ name: "recomp.artifact.quarantined", payload: {} }, "telling", "_"),
];
/** What no machine wrote. */
const nonsense = (
  [
    ["kernel.run_paused", {}],
    ["run_started", { states: "all" }],
    ["run_started", { states: [make.state("intake"), null] }],
    ["run_started", { states: [make.state("intake"), make.state("intake")] }],
    ["state_entered", {}],
    ["state_entered", { state_id: 7 }],
    ["state_entered", { state_id: "" }],
    ["state_entered", { state_id: "__proto__" }],
    ["state_completed", { state_id: [make.state("intake")] }],
    ["state_failed", { state_id: null }],
    ["run_completed", {}],
    ["run_completed", { status: "succeeded" }],
    ["run_completed", { status: "completed", rolled_back: true }],
    ["run_completed", { status: "failed", rolled_back: "yes" }],
    ["run_completed", { status: "cancelled", rolled_back: false }],
    ["recomp.run.cancel_requested", { by: "alice" }],
    ["recomp.run.cancel_requested", { by: 1, reason: "why" }],
    ["recomp.gate.failed", { gate: 1 }],
    ["recomp.gate.opened", { gate: "publish" }],
    ["recomp.gate.opened", { gate: "publish", kind: "hard" }],
    ["recomp.gate.decided", { gate: "publish", decision: "overridden" }],
    ["recomp.gate.decided", { gate: "validation", decision: true }],
    ["recomp.gate.override_applied", { gate: "nowhere" }],
    ["recomp.state.compensated", {}],
    ["recomp.state.compensation_failed", { state_id: "other.publish.main" }],
    ["recomp.run.escalated", { attempts: 6 }],
    ["child_run_spawned", {}],
    ["child_run_completed", { child_run_id: make.CHILD_ID, status: "lost" }],
  ] as const
).map(([name, payload]) => item({ name, payload }, "nonsense", "?"));
/** A reference decides, so the payload is read only where there is one. */
const badArtifact = item({ name: "recomp.artifact.emitted", payload: { role: 1 }, ref: make.ref(12) }, "nonsense", "?");

const known: ReadonlyMap<string, ReadonlyMap<string, Item>> = (() => {
  const byLetter = new Map<string, Map<string, Item>>();
  for (const each of [...states, ...gates, ...children, ...starts, ...cancels, ...ends]) {
    const byAbout = byLetter.get(each.letter) ?? new Map<string, Item>();
    byLetter.set(each.letter, byAbout.set(each.about, each));
  }
  return byLetter;
})();

const second = new Map(secondAttempts.map((each) => [`${each.letter} ${each.about}`, each]));

/** @throws when there is none: a script asks for what the alphabet lacks */
export function the(letter: string, about = "", attempt = 0): Item {
  const found = attempt === 0 ? known.get(letter)?.get(about) : second.get(`${letter} ${about}`);
  if (found === undefined) throw new Error(`no item ${letter} ${about}`);
  return found;
}

export const FOLLOWED = followed;
export const TELLING = telling;
/** Twice as often what may be sensible in the right place. */
const sensible = [
  ...states,
  ...secondAttempts,
  ...gates,
  ...children,
  ...starts,
  ...cancels,
  ...ends,
  ...followed,
  ...telling,
];
export const ALL: readonly Item[] = [...sensible, ...sensible, ...nonsense, badArtifact];
/** What rules are about other things than its own state: rare in the right place, were it not drawn more often. */
export const TELLTALE: readonly Item[] = [...gates, ...ends, ...states.filter(({ letter }) => "XN".includes(letter))];
export { CHILDREN, STATES };
