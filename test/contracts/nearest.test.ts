import { describe, expect, it } from "vitest";
import * as z from "zod";
import { keysAt, nearestName } from "../../shared/contracts/nearest.ts";

describe("the name that was meant", () => {
  const names = ["include", "exclude", "random_states", "run", "io_mode"];
  it.each([
    ["includes", "include"],
    ["inculde", "include"],
    ["exlude", "exclude"],
    ["randomStates", "random_states"],
    ["IO-MODE", "io_mode"],
    ["rum", "run"],
    ["nu", undefined],
    ["entirely_else", undefined],
    ["", undefined],
  ])("by %s is %s", (written, meant) => {
    expect(nearestName(written, names)).toBe(meant);
  });

  it("is none of none", () => {
    expect(nearestName("a_name", [])).toBeUndefined();
  });
});

describe("the keys of an object", () => {
  const schema = z.strictObject({
    plain: z.strictObject({ a: z.string(), b: z.string() }).optional(),
    list: z.array(z.strictObject({ c: z.string() })).default([]),
    named: z.record(z.string(), z.strictObject({ d: z.string() })),
    either: z.union([z.strictObject({ e: z.string() }), z.strictObject({ f: z.string() })]),
    piped: z.strictObject({ g: z.string() }).transform((value) => value),
  });

  it.each<[PropertyKey[], string[]]>([
    [[], ["plain", "list", "named", "either", "piped"]],
    [["plain"], ["a", "b"]],
    [["list", 0], ["c"]],
    [["named", "x"], ["d"]],
    [["either"], ["e", "f"]],
    [["piped"], ["g"]],
    [["nowhere", "x"], []],
    [["plain", "a"], []],
  ])("at %o are %o", (path, keys) => {
    expect(keysAt(schema, path)).toEqual(keys);
  });
});
