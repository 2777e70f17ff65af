import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  DECISIONS,
  GATE_TRANSITIONS,
  RUN_TRANSITIONS,
  STEP_TRANSITIONS,
} from "../../../shared/kernel/run/transitions.ts";
import { explore } from "./fuzz/explore.ts";

const SEED = Number(process.env.RESTEP_FOLD_SEED ?? 20_260_101);

const { stackTraceLimit } = Error;
beforeEach(() => {
  // Refusals are thrown by the hundred thousand, and nobody looks at where.
  Error.stackTraceLimit = 0;
});
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

/** A table of the fold with one entry more or one less. Tables are objects, so they can be changed and put back. */
interface Mutant {
  readonly name: string;
  apply(): () => void;
}

function mutantsOf(
  table: string,
  rows: Readonly<Record<string, readonly string[]>>,
  targets: readonly string[],
): Mutant[] {
  const changeable = rows as Record<string, readonly string[]>;
  return Object.entries(rows).flatMap(([from, to]) =>
    targets.map((target) => ({
      name: `${table}: ${from} -> ${target} ${to.includes(target) ? "left out" : "let in"}`,
      apply() {
        changeable[from] = to.includes(target) ? to.filter((each) => each !== target) : [...to, target];
        return () => {
          changeable[from] = to;
        };
      },
    })),
  );
}

const GATE_STATES = Object.keys(GATE_TRANSITIONS).filter((name) => name !== "none");
const MUTANTS = [
  ...mutantsOf("run", RUN_TRANSITIONS, Object.keys(RUN_TRANSITIONS)),
  ...mutantsOf("state", STEP_TRANSITIONS, Object.keys(STEP_TRANSITIONS)),
  ...mutantsOf("gate", GATE_TRANSITIONS, GATE_STATES),
  ...mutantsOf("decision", DECISIONS, ["approved", "rejected", "overridden"]),
];

/** Entries that no event asks for, so that they change nothing. */
const UNASKED: readonly (readonly [RegExp, why: string])[] = [
  [/^run: .* -> created /, "only an empty log is created"],
  [/^run: (preflight_validated|executing|blocked) -> preflight_validated /, "intake completes once"],
  [/^run: (created|executing) -> executing /, "a decision asks for it, and an open gate has blocked the run"],
  [/^state: .* -> (pending|skipped) /, "the plan and the end of the run say so, whatever was before"],
  [/^gate: open -> failed /, "nobody decides that"],
  [/^gate: open -> open /, "a blocked run is not blocked again"],
  [/^decision: (hard|soft) /, "a hard gate, or a soft one, is never open"],
];

describe("a fold with one entry of its tables changed", () => {
  const asked = MUTANTS.filter(({ name }) => !UNASKED.some(([unasked]) => unasked.test(name)));

  it.each(asked)("parts from the model: $name", { timeout: 60_000 }, ({ apply }) => {
    const restore = apply();
    try {
      expect(explore(300_000, SEED).violation).toBeDefined();
    } finally {
      restore();
    }
    expect(explore(100, SEED).violation).toBeUndefined();
  });
});
