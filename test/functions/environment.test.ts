import { afterEach, describe, expect, it, vi } from "vitest";
import { readEnvironment } from "../../functions/environment.ts";

/** A folder stands for a deployment's stores. */
vi.mock("../../shared/stores/open-deployed.ts", async () => ({
  openDeployedStores: (await import("../../shared/stores/open.ts")).openStores,
}));

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

describe("RESTEP_STATE_MACHINES", () => {
  it("names the ARNs of state machines, and there are none where it is left out", () => {
    const arns = { "run-lifecycle": "arn:aws:states:us-east-1:123456789012:stateMachine:r" };
    expect(readEnvironment({ RESTEP_STATE_MACHINES: JSON.stringify(arns) }).stateMachines).toEqual(arns);
    expect(readEnvironment({}).stateMachines).toEqual({});
  });

  it.each(["{", "[]", '{"a":1}'])("of %s is refused by name", (value) => {
    expect(() => readEnvironment({ RESTEP_STATE_MACHINES: value })).toThrow(/RESTEP_STATE_MACHINES/);
  });
});

describe("RESTEP_ATTEMPTS_PER_SECOND", () => {
  it.each([
    ["2", { perSecond: 2, burst: 2 }],
    ["2.5", { perSecond: 2.5, burst: 3 }],
    ["0.5", { perSecond: 0.5, burst: 1 }],
  ])("of %s lets so many attempts at a stage begin each second, and as many at once after a pause", (value, limit) => {
    expect(readEnvironment({ RESTEP_ATTEMPTS_PER_SECOND: value }).rateLimit).toEqual(limit);
  });

  it("left out is no limit", () => {
    expect(readEnvironment({}).rateLimit).toBeUndefined();
  });

  it.each(["0", "-1", "many", "Infinity"])("of %s is refused by name: it is no number of attempts", (value) => {
    expect(() => readEnvironment({ RESTEP_ATTEMPTS_PER_SECOND: value })).toThrow(
      expect.objectContaining({
        name: "ContractInputMissing",
        message: expect.stringContaining("RESTEP_ATTEMPTS_PER_SECOND"),
      }),
    );
  });

  it("holds in the world that a handler's attempts are made in", async () => {
    vi.stubEnv("RESTEP_STORE", "memory:");
    vi.stubEnv("RESTEP_ATTEMPTS_PER_SECOND", "4");
    vi.resetModules();
    const { connectFromEnvironment } = await import("../../functions/connection.ts");
    expect((await connectFromEnvironment()).rateLimit).toEqual({ perSecond: 4, burst: 4 });
  });
});
