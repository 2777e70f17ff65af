import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderedGraph } from "../../../shared/recompiler/ir/flow/order.ts";
import { planSpills, type SpillNode } from "../../../shared/recompiler/ir/spills.ts";
import { oneIn } from "../../support/scale.ts";

interface Step extends SpillNode {
  readonly next: readonly number[];
}

const REGISTERS = [0, 1, 2, 3, 4];
const ALL = 0b11111;

/** A machine that moves registers as planned, and one that has them in one place. */
function simulate(steps: readonly Step[], picks: readonly number[]): { loads: number; stores: number } {
  const traffic = planSpills(steps, orderedGraph(steps.map(({ next }) => next)));
  const count = { loads: 0, stores: 0 };
  const truth = REGISTERS.map((register) => 100 + register);
  const globals = [...truth];
  const locals: (number | undefined)[] = REGISTERS.map(() => undefined);
  let fresh = 1000;
  const isIn = (set: number, register: number) => (set & (1 << register)) !== 0;
  const store = (set: number) => {
    for (const register of REGISTERS) {
      if (!isIn(set, register)) continue;
      globals[register] = locals[register]!;
      count.stores += 1;
    }
  };
  const load = (set: number) => {
    for (const register of REGISTERS) {
      if (!isIn(set, register)) continue;
      locals[register] = globals[register];
      count.loads += 1;
    }
  };
  let node = 0;
  for (let round = 0; round < 40; round++) {
    const step = steps[node]!;
    load(traffic.loads[node]!);
    for (const register of REGISTERS) if (isIn(step.reads, register)) expect(locals[register]).toBe(truth[register]);
    for (const register of REGISTERS) {
      if (!isIn(step.writes, register)) continue;
      truth[register] = fresh;
      locals[register] = fresh++;
    }
    store(traffic.stores[node]!);
    for (const register of REGISTERS) {
      if (isIn(step.outsideReads, register)) expect(globals[register]).toBe(truth[register]);
      if (!isIn(step.outsideWrites, register)) continue;
      truth[register] = fresh;
      globals[register] = fresh++;
      // What a call leaves in the locals is nobody's business.
      locals[register] = -1;
    }
    if (step.next.length === 0) return count;
    const next = step.next[picks[round % picks.length]! % step.next.length]!;
    store(traffic.storesOn(node, next));
    load(traffic.loadsOn(node, next));
    node = next;
  }
  return count;
}

const anySet = fc.integer({ min: 0, max: ALL });
/** Mostly plain code; calls that read and write everything, calls whose effects are known, exits. */
const anyOutside = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ outsideReads: 0, outsideWrites: 0 }) },
  { weight: 2, arbitrary: fc.constant({ outsideReads: ALL, outsideWrites: ALL }) },
  { weight: 2, arbitrary: fc.record({ outsideReads: anySet, outsideWrites: anySet }) },
);

const anyProgram = fc.integer({ min: 1, max: 9 }).chain((count) =>
  fc
    .array(
      fc.record({
        reads: anySet,
        writes: anySet,
        outside: anyOutside,
        next: fc.array(fc.integer({ min: 1, max: count }), { maxLength: 3 }),
      }),
      { minLength: count, maxLength: count },
    )
    .map((nodes): Step[] => [
      { reads: 0, writes: 0, outsideReads: 0, outsideWrites: 0, next: [1] },
      ...nodes.map(({ outside, next, ...step }) => ({
        ...step,
        ...(next.length === 0 ? { outsideReads: ALL, outsideWrites: 0 } : outside),
        next,
      })),
    ]),
);

/** Plain code unless said otherwise. */
function step(next: readonly number[], rest: Partial<SpillNode> = {}): Step {
  return { reads: 0, writes: 0, outsideReads: 0, outsideWrites: 0, ...rest, next };
}

const CALL = { outsideReads: ALL, outsideWrites: ALL };
const EXIT = { outsideReads: ALL };

describe("register traffic", () => {
  it("has every value where it is read, at every call and at every exit", () => {
    fc.assert(
      fc.property(anyProgram, fc.array(fc.nat(5), { minLength: 1, maxLength: 20 }), (program, picks) => {
        simulate(program, picks);
      }),
      { numRuns: 2000 / oneIn(5) },
    );
  });

  // biome-ignore format: a table, one row a function
  it.each<readonly [string, readonly Step[], readonly number[], { loads: number; stores: number }]>([
    ["loads nothing on a way that reads nothing",
      [step([1]), step([2, 3], { reads: 1 }), step([3], { reads: 0b1110, writes: 0b10 }), step([], EXIT)],
      [0, 1], { loads: 1, stores: 0 }],
    ["stores once what is written twice",
      [step([1]), step([2], { writes: 1 }), step([3], { writes: 1 }), step([], EXIT)],
      [0], { loads: 0, stores: 1 }],
    ["does not load for a store what another way wrote",
      [step([1]), step([2, 3]), step([3], { writes: 0b11 }), step([], EXIT)],
      [0, 1], { loads: 0, stores: 0 }],
    ["stores before the join on the way that wrote",
      [step([1]), step([2, 3]), step([3], { writes: 0b11 }), step([], EXIT)],
      [0, 0], { loads: 0, stores: 2 }],
    ["loads once before a loop that reads, stores once behind one that writes",
      [step([1]), step([1, 2], { reads: 0b11, writes: 1 }), step([], EXIT)],
      [0, 0, 0, 0, 0, 0, 1], { loads: 2, stores: 1 }],
    ["reloads after a call what is read later, not what is written first",
      [step([1]), step([2], CALL), step([], { reads: 1, writes: 0b11, ...EXIT })],
      [0], { loads: 1, stores: 2 }],
    ["leaves alone what a call of known effects does not touch",
      [step([1]), step([2], { writes: 0b111, outsideReads: 1, outsideWrites: 0b10000 }), step([], { reads: 0b111, ...EXIT })],
      [0], { loads: 0, stores: 3 }],
    ["stores before a loop what a call in each of its turns has stored anyway",
      [step([1], { writes: 0b10 }), step([2], { reads: 1 }), step([1, 3], { ...CALL, writes: 1 }), step([], EXIT)],
      [0, 0, 0, 0, 0, 0, 1], { loads: 3, stores: 4 }],
    ["keeps a value in its local across a call that only reads it",
      [step([1]), step([2], { reads: 1, writes: 1, outsideReads: 1 }), step([], { reads: 1, ...EXIT })],
      [0], { loads: 1, stores: 1 }],
  ])("%s", (_, program, picks, expected) => {
    expect(simulate(program, picks)).toEqual(expected);
  });
});
