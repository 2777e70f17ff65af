import { describe, expect, it } from "vitest";
import lock from "../../../capabilities.lock.json" with { type: "json" };
import { attemptChain } from "../../../shared/kernel/capabilities/index.ts";
import { expectLocked } from "../../../shared/kernel/capabilities/lock.ts";
import { addOne, createTestRun } from "../support.ts";

const locked = lock.capabilities;

describe("capabilities.lock.json", () => {
  it("names the capabilities that stand around every attempt, in their order", () => {
    expect(locked).toEqual(attemptChain.capabilities.map(({ name, version }) => ({ name, version })));
    expect(() => expectLocked(attemptChain.capabilities)).not.toThrow();
  });

  const others: [what: string, chain: typeof locked, message: RegExp][] = [
    ["without its first", locked.slice(1), /place 1: expected \w+ version 1, found \w+ version 1/],
    ["without its last", locked.slice(0, -1), /place \d+: expected schema_out version 1, found nothing/],
    ["with one more", [...locked, { name: "more", version: 1 }], /place \d+: expected nothing, found more version 1/],
    ["in another order", [locked[1]!, locked[0]!, ...locked.slice(2)], /place 1/],
    ["of another version", locked.map((each) => ({ ...each, version: each.version + 1 })), /found \w+ version 2/],
    ["that is empty", [], /place 1: expected \w+ version 1, found nothing/],
  ];
  it.each(others)("refuses a chain %s, naming the first difference", (_what, chain, message) => {
    expect(() => expectLocked(chain)).toThrow(message);
    expect(() => expectLocked(chain)).toThrow(expect.objectContaining({ name: "ChainMismatch" }));
  });

  it("is looked at before the first attempt of a process: with another chain none begins", async () => {
    const { attempt, names } = await createTestRun();
    const chain = attemptChain.capabilities as unknown as { name: string; version: number }[];
    chain.push({ name: "more", version: 1 });
    try {
      await expect(attempt(addOne(), { n: 1 })).rejects.toMatchObject({ name: "ChainMismatch" });
    } finally {
      chain.pop();
    }
    expect(await names()).toEqual([]);
    expect(await attempt(addOne(), { n: 1 })).toEqual({ sum: 2 });
  });
});
