import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import type { RemovalEntry } from "../../../shared/stores/retention.ts";
import { type PlayedStore, playedStore } from "../support/played-store.ts";

const entry = (digit: string): RemovalEntry => ({
  at: "2026-01-01T00:00:00.000Z",
  artifact: `artifact://${digit.repeat(64)}` as ArtifactRef,
  size: 7,
  why: "unreferenced",
  outcome: "removed",
});
const file = (store: PlayedStore) => store.at("collected.jsonl");

async function recorded(...digits: string[]): Promise<PlayedStore> {
  const store = playedStore();
  await (await store.open()).retention.record(digits.map(entry));
  return store;
}
const read = async (store: PlayedStore) => collect((await store.open()).retention.removals());

describe("the record of removals", () => {
  it("is durable when it was written", async () => {
    const store = await recorded("a", "b");
    store.disk.cutPower();
    expect(await read(store)).toEqual([entry("a"), entry("b")]);
  });

  it("goes on after an entry that a crash tore, at any byte", async () => {
    const [whole, length] = [
      await recorded("a", "b"),
      (await (await recorded("a")).read("/store/collected.jsonl")).length,
    ];
    const text = await whole.read(file(whole));
    for (let cut = length; cut < text.length; cut += 1) {
      whole.disk.damage(file(whole), () => text.subarray(0, cut));
      await (await whole.open()).retention.record([entry("c")]);
      const all = cut === text.length - 1 ? ["a", "b", "c"] : ["a", "c"];
      expect({ cut, entries: await read(whole) }).toEqual({ cut, entries: all.map(entry) });
    }
  });

  it("explains nothing by an entry of which any single byte is changed", async () => {
    const store = await recorded("a");
    const text = await store.read(file(store));
    // Between the newlines.
    for (let at = 1; at < text.length - 1; at += 1) {
      store.disk.damage(file(store), () => text.map((byte, index) => (index === at ? byte ^ 1 : byte)));
      expect({ at, entries: await read(store) }).toEqual({ at, entries: [] });
    }
  });
});
