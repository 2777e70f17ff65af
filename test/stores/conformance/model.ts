import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect } from "../../../shared/stores/collect.ts";
import { ConcurrencyError } from "../../../shared/stores/errors.ts";
import { oneIn } from "../../support/scale.ts";
import type { Client, Harness } from "../support/harness.ts";
import { ALICE, event, RUN } from "../support/samples.ts";

type Step =
  | { readonly do: "append"; readonly client: number; readonly offset: number; readonly count: number }
  | { readonly do: "read"; readonly client: number; readonly from: number; readonly to: number }
  | { readonly do: "history"; readonly client: number; readonly values: readonly number[] }
  | { readonly do: "hold" | "reopen"; readonly client: number };

const client = fc.nat(1);
/** Mostly at the end, sometimes beside it. */
const offset = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -2, max: 2 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("append" as const), client, offset, count: fc.integer({ min: 0, max: 4 }) }),
  fc.record({ do: fc.constant("read" as const), client, from: fc.nat(12), to: fc.nat(12) }),
  fc.record({ do: fc.constant("history" as const), client, values: fc.array(fc.nat(), { maxLength: 3 }) }),
  fc.record({ do: fc.constantFrom("hold" as const, "reopen" as const), client }),
);

export function modelConformance(start: () => Promise<Harness>): void {
  describe("random steps of two clients", () => {
    it("leave what a plain array would", async () => {
      await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), runSteps), { numRuns: 40 / oneIn(4) });
    });
  });

  async function runSteps(steps: readonly Step[]): Promise<void> {
    const harness = await start();
    const clients = [await harness.open(), await harness.open()];
    await clients[0]!.runs.create(RUN, {});
    const expected: string[] = [];
    const history: number[] = [];
    for (const [number, one] of steps.entries()) {
      const at = one.client as 0 | 1;
      const actor = clients[at]!;
      if (one.do === "append") await appendBoth(actor, expected, one.offset, one.count, number);
      if (one.do === "read") {
        const read = (await collect(actor.events.read(RUN, one.from, one.to))).map(({ name }) => name);
        expect(read).toEqual(expected.slice(Math.max(0, one.from - 1), one.to));
      }
      if (one.do === "history") history.push(...one.values);
      if (one.do === "history") expect(await actor.history.append(RUN, one.values)).toBe(history.length);
      if (one.do === "hold") await (await actor.leases.acquire(RUN, ALICE)).release();
      if (one.do === "reopen") {
        await actor.close();
        clients[at] = await harness.open();
      }
    }
    const reader = await harness.open();
    expect((await collect(reader.events.read(RUN))).map(({ name }) => name)).toEqual(expected);
    expect(await collect(reader.history.read(RUN))).toEqual(history);
    expect(await reader.events.verifyChain(RUN)).toMatchObject({ entries: expected.length });
    await harness.dispose();
  }
}

async function appendBoth(actor: Client, expected: string[], offset: number, count: number, number: number) {
  const names = Array.from({ length: count }, (_, index) => `s${number}_${index}`);
  const append = actor.events.append(
    RUN,
    expected.length + offset,
    names.map((name) => event(name)),
  );
  if (offset !== 0) {
    await expect(append).rejects.toThrow(ConcurrencyError);
    return;
  }
  expected.push(...names);
  expect((await append).head.seq).toBe(expected.length);
}
