import { describe, expect, it } from "vitest";
import { splitIntoShards } from "../../shared/stages/shards.ts";

const functions = (count: number) => Array.from({ length: count }, (_, index) => index);
const sizes = (count: number, perShard: number) =>
  splitIntoShards(functions(count), perShard).map(({ length }) => length);

describe("the split into shards", () => {
  it.each([
    [10, 4, [4, 4, 2]],
    [8, 4, [4, 4]],
    [4, 4, [4]],
    [3, 4, [3]],
    [1, 1, [1]],
    [0, 4, [0]],
  ])("of %i functions, %i each", (count, perShard, expected) => {
    expect(sizes(count, perShard)).toEqual(expected);
  });

  it("leaves the functions in their order, each in one shard", () => {
    expect(splitIntoShards(functions(10), 4).flat()).toEqual(functions(10));
  });

  it("makes 200 shards at most: they are larger where the config asks for more", () => {
    expect(sizes(200, 1)).toEqual(Array(200).fill(1));
    expect(sizes(201, 1)).toEqual([...Array(100).fill(2), 1]);
    expect(sizes(10_000, 50)).toEqual(Array(200).fill(50));
    expect(sizes(10_001, 50)).toHaveLength(197);
    expect(sizes(10_001, 50)[0]).toBe(51);
  });
});
