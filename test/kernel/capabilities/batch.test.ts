import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Attempt,
  type BatchMode,
  type Capability,
  defineCapability,
} from "../../../shared/kernel/capabilities/capability.ts";
import { type Chain, emptyChain, startChain } from "../../../shared/kernel/capabilities/chain.ts";
import type { World } from "../../../shared/kernel/world.ts";
import { deferred, settled } from "../support.ts";

const world = {} as World;
const PER_ITEM: BatchMode = { errors: "per_item", atOnce: 1 };
const FAIL_FAST: BatchMode = { errors: "fail_fast", atOnce: 1 };
const attempts = (...inputs: unknown[]) => inputs.map((input) => ({ input, stateId: `state ${input}` }) as Attempt);

type Layer = Capability<Attempt, unknown, void>;

/** Says which attempts pass inwards and outwards. */
function single(name: string, said: string[], change: Partial<Layer> = {}): Layer {
  return defineCapability<Attempt, unknown, void>(name, 1, {
    async around(attempt, next) {
      said.push(`${name}< ${attempt.input}`);
      const output = await next(attempt);
      said.push(`${name}> ${attempt.input}`);
      return output;
    },
    ...change,
  });
}

function batch(name: string, said: string[]): Layer {
  return single(name, said, {
    async aroundBatch(inner, next) {
      const inputs = inner.map(({ input }) => input).join("+");
      said.push(`${name}< ${inputs}`);
      const outcomes = await next(inner);
      said.push(`${name}> ${inputs}`);
      return outcomes;
    },
  });
}

/** Lets nothing with this input through. */
function refusing(input: unknown): Layer {
  return defineCapability("refusing", 1, {
    async around(attempt, next) {
      if (attempt.input === input) throw new Error(`no ${input}`);
      return next(attempt);
    },
  });
}

function start(layers: readonly Layer[], innermost: (attempt: Attempt) => Promise<unknown>) {
  const chain = layers.reduce<Chain<Attempt>>((whole, layer) => whole.use(layer), emptyChain());
  return startChain(chain, world, innermost);
}
const double = async ({ input }: Attempt) => (input as number) * 2;
const values = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((each) => (each.status === "fulfilled" ? each.value : (each.reason as Error).message));

describe("a chain around a batch", () => {
  it("has every layer down to the last batch form see all attempts before those within see any", async () => {
    const said: string[] = [];
    const { runBatch } = await start([single("a", said), batch("b", said), single("c", said)], async ({ input }) => {
      said.push(`run ${input}`);
    });
    await runBatch(attempts(1, 2), PER_ITEM);
    expect(said).toEqual([
      ...["a< 1", "a< 2", "b< 1+2"],
      ...["c< 1", "run 1", "c> 1", "c< 2", "run 2", "c> 2"],
      ...["b> 1+2", "a> 1", "a> 2"],
    ]);
  });

  it("goes through single forms between batch forms all at once", async () => {
    const said: string[] = [];
    const { runBatch } = await start([batch("a", said), single("b", said), batch("c", said)], double);
    await runBatch(attempts(1, 2), PER_ITEM);
    expect(said).toEqual(["a< 1+2", "b< 1", "b< 2", "c< 1+2", "c> 1+2", "b> 1", "b> 2", "a> 1+2"]);
  });

  it("keeps the order of the batch where a layer lets a later attempt through first", async () => {
    const said: string[] = [];
    const first = deferred();
    const waits = single("waits", [], {
      async around(attempt, next) {
        if (attempt.input === 1) await first.promise;
        return next(attempt);
      },
    });
    const { runBatch } = await start([waits, batch("b", said)], double);
    const outcomes = runBatch(attempts(1, 2), PER_ITEM);
    await settled();
    expect(said).toEqual([]);
    first.resolve();
    expect(values(await outcomes)).toEqual([2, 4]);
    expect(said).toEqual(["b< 1+2", "b> 1+2"]);
  });

  it("hands inwards only what a layer does not answer itself", async () => {
    const said: string[] = [];
    const answers = single("answers", [], {
      around: async (attempt, next) => (attempt.input === 2 ? "known" : next(attempt)),
    });
    const { runBatch } = await start([answers, batch("b", said)], double);
    expect(values(await runBatch(attempts(1, 2, 3), PER_ITEM))).toEqual([2, "known", 6]);
    expect(values(await runBatch(attempts(2), PER_ITEM))).toEqual(["known"]);
    expect(said).toEqual(["b< 1+3", "b> 1+3"]);
  });

  it("per item: has an attempt that fails anywhere keep none of the others", async () => {
    for (const layers of [
      [refusing(2), batch("b", [])],
      [batch("b", []), refusing(2)],
    ]) {
      const { runBatch } = await start(layers, double);
      expect(values(await runBatch(attempts(1, 2, 3), PER_ITEM))).toEqual([2, "no 2", 6]);
    }
  });

  it("fail fast: begins nothing behind an attempt that failed, and nothing at all where one fails further out", async () => {
    const not = (input: number) => `state ${input}: not begun, for another attempt of its batch failed`;
    const within = await start([batch("b", []), refusing(2)], double);
    expect(values(await within.runBatch(attempts(1, 2, 3), FAIL_FAST))).toEqual([2, "no 2", not(3)]);
    const said: string[] = [];
    const outside = await start([refusing(2), batch("b", said)], double);
    expect(values(await outside.runBatch(attempts(1, 2, 3), FAIL_FAST))).toEqual([not(1), "no 2", not(3)]);
    expect(said).toEqual([]);
  });

  it("begins as many at once as it is told, in their order, and answers in the order of the batch", async () => {
    const begun: unknown[] = [];
    const ends = [deferred<string>(), deferred<string>(), deferred<string>()];
    const { runBatch } = await start([], ({ input }) => {
      begun.push(input);
      return ends[input as number]!.promise;
    });
    const outcomes = runBatch(attempts(0, 1, 2), { errors: "per_item", atOnce: 2 });
    await settled();
    expect(begun).toEqual([0, 1]);
    ends[1]!.resolve("b");
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    ends[2]!.resolve("c");
    ends[0]!.resolve("a");
    expect(values(await outcomes)).toEqual(["a", "b", "c"]);
  });

  it("gives each attempt what it would get alone, whatever the mix of forms", async () => {
    const form = fc.constantFrom("single", "batch", "refuses");
    await fc.assert(
      fc.asyncProperty(
        fc.array(form, { maxLength: 5 }),
        fc.array(fc.nat(4), { maxLength: 6 }),
        async (forms, inputs) => {
          const layers = forms.map((each, place) => {
            if (each === "single") return single(`${place}`, []);
            return each === "batch" ? batch(`${place}`, []) : refusing(place);
          });
          const { run, runBatch } = await start(layers, double);
          const alone = await Promise.allSettled(attempts(...inputs).map(run));
          expect(values(await runBatch(attempts(...inputs), PER_ITEM))).toEqual(values(alone));
        },
      ),
    );
  });
});
