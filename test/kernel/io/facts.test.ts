import { describe, expect, it } from "vitest";
import { FactIndex } from "../../../shared/contracts/facts.ts";
import { factKey, factScope } from "../../../shared/kernel/io/facts.ts";
import type { Transports } from "../../../shared/kernel/io/transports.ts";
import { canonicalBytes, sha256 } from "../../../shared/stores/digest.ts";
import { addOne, createTestRun } from "../support.ts";

const scope = factScope("lift.shard_3");

describe("the key of a fact", () => {
  it("is where it was asked for, and its name", () => {
    expect(factKey(scope, "http", "call/one")).toBe("lift.shard_3/http/call/one");
  });

  it.each([
    ["", "found nothing"],
    [undefined, "found nothing"],
    ["two words", 'found "two words"'],
    ["a//b", 'found "a//b"'],
  ])("has a name in it, and says what it found: %j", (name, found) => {
    expect(() => factKey(scope, "http", name as string)).toThrow(
      `call in lift.shard_3/http: name: expected A-Z a-z 0-9 _ . : - in parts between slashes, ${found}`,
    );
  });

  it("has a namespace and a scope that are names", () => {
    expect(() => factKey(scope, "HTTP!", "x")).toThrow(
      'call in lift.shard_3: namespace: expected a name such as http, found "HTTP!"',
    );
    expect(() => factScope("lift shard")).toThrow('expected <stage> or <stage>.shard_<n>, found "lift shard"');
  });
});

describe("the facts that external calls are answered from", () => {
  const index = FactIndex.parse({ schema_version: 1, facts: [] });
  const clock: Transports["clock"] = async () => ({ now: "2026-01-03T00:00:00.000Z" });
  const reading = async (config: object) => {
    const run = await createTestRun({
      config: { facts: `artifact://${sha256(canonicalBytes(index))}`, ...config },
      world: { io: { mode: "live", transports: () => ({ clock }) } },
    });
    await run.stores.artifacts.put("output", canonicalBytes(index));
    const reads: unknown[] = [];
    const { get } = run.world.artifacts;
    const counting = (ref: Parameters<typeof get>[0]) => {
      reads.push(ref);
      return get(ref);
    };
    Object.assign(run.world, { artifacts: { ...run.world.artifacts, get: counting } });
    await run.attempt(
      addOne(async ({ io }) => void (await io.now("now"))),
      { n: 1 },
    );
    return reads.includes(`artifact://${sha256(canonicalBytes(index))}`);
  };

  it("are the run's own where it is live, whatever index the config names", async () => {
    expect(await reading({ io_mode: "live" })).toBe(false);
  });
});
