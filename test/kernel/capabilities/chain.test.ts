import { describe, expect, it } from "vitest";
import { type Attempt, type Capability, defineCapability } from "../../../shared/kernel/capabilities/capability.ts";
import { type Chain, emptyChain, startChain } from "../../../shared/kernel/capabilities/chain.ts";
import type { World } from "../../../shared/kernel/world.ts";

const world = {} as World;
const attempt = { input: 1 } as Attempt;

/** A layer that says when it is set up, passed inwards, passed outwards and cleaned up. */
function telling(name: string, said: string[], change: Partial<Capability<Attempt, unknown, string>> = {}) {
  return defineCapability<Attempt, unknown, string>(name, 1, {
    setup() {
      said.push(`${name} set up`);
      return `state of ${name}`;
    },
    async around(inner, next, state) {
      said.push(`into ${name} with ${state}`);
      const output = await next(inner);
      said.push(`out of ${name}`);
      return output;
    },
    cleanup(state) {
      said.push(`${state} cleaned up`);
    },
    ...change,
  });
}

describe("a chain", () => {
  it("sets up from the outside in, wraps every attempt in that order, and cleans up from the inside out", async () => {
    const said: string[] = [];
    const chain = emptyChain().use(telling("a", said)).use(telling("b", said));
    const started = await startChain(chain, world, async ({ input }) => {
      said.push("innermost");
      return [input];
    });
    expect(await started.run(attempt)).toEqual([1]);
    await started.run(attempt);
    await started.stop();
    const once = ["into a with state of a", "into b with state of b", "innermost", "out of b", "out of a"];
    expect(said).toEqual([
      ...["a set up", "b set up"],
      ...once,
      ...once,
      ...["state of b cleaned up", "state of a cleaned up"],
    ]);
  });

  it("hands on inwards what a layer adds, and outwards what a layer answers", async () => {
    const doubles = defineCapability<Attempt, { twice: number }>("doubles", 1, {
      around: async (inner, next) => ({ got: await next({ ...inner, twice: (inner.input as number) * 2 }) }),
    });
    const started = await startChain(emptyChain().use(doubles), world, async ({ twice, input }) => [input, twice]);
    expect(await started.run(attempt)).toEqual({ got: [1, 2] });
  });

  it("ends at a layer that does not call the ones within", async () => {
    const said: string[] = [];
    const answers = defineCapability("answers", 1, { around: async () => "answered" });
    const started = await startChain(emptyChain().use(answers).use(telling("b", said)), world, async () => "innermost");
    expect(await started.run(attempt)).toBe("answered");
    expect(said).toEqual(["b set up"]);
  });

  it("cleans up once, however often it is stopped", async () => {
    const said: string[] = [];
    const started = await startChain(emptyChain().use(telling("a", said)), world, async () => 0);
    await started.stop();
    await started.stop();
    expect(said).toEqual(["a set up", "state of a cleaned up"]);
  });

  it("cleans up all layers where one cannot, and says what that threw", async () => {
    const said: string[] = [];
    const fails = telling("b", said, {
      cleanup() {
        throw new Error("stuck");
      },
    });
    const chain = emptyChain().use(telling("a", said)).use(fails).use(telling("c", said));
    const started = await startChain(chain, world, async () => 0);
    await expect(started.stop()).rejects.toThrow("stuck");
    expect(said.slice(3)).toEqual(["state of c cleaned up", "state of a cleaned up"]);
  });

  it("one of whose layers cannot be set up cleans up those before it", async () => {
    const said: string[] = [];
    const fails = telling("b", said, {
      setup() {
        throw new Error("no room");
      },
    });
    const chain = emptyChain().use(telling("a", said)).use(fails).use(telling("c", said));
    await expect(startChain(chain, world, async () => 0)).rejects.toThrow("no room");
    expect(said).toEqual(["a set up", "state of a cleaned up"]);
  });

  it("does not compile where a layer needs what no layer around it gives", () => {
    const gives = defineCapability<Attempt, { log: string }>("gives", 1, {
      around: (inner, next) => next({ ...inner, log: "" }),
    });
    const needs = defineCapability<Attempt & { log: string }>("needs", 1, { around: (inner, next) => next(inner) });
    const right: Chain<Attempt & { log: string }> = emptyChain().use(gives).use(needs);
    // @ts-expect-error: `log` is given further in.
    const wrong: Chain<Attempt> = emptyChain().use(needs).use(gives);
    expect([right, wrong].map(({ capabilities }) => capabilities.map(({ name }) => name))).toEqual([
      ["gives", "needs"],
      ["needs", "gives"],
    ]);
  });
});
