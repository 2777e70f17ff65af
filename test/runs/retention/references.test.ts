import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { reachable, refsIn, refsInArtifact } from "../../../shared/runs/retention/references.ts";

const ref = (digit: string) => `artifact://${digit.repeat(64)}` as ArtifactRef;

describe("references in a text", () => {
  it.each<[string, string, ArtifactRef[]]>([
    ["nothing", "", []],
    ["a field", `{"bundle":"${ref("a")}"}`, [ref("a")]],
    ["several, in order, also twice", `[${ref("b")},${ref("a")},${ref("b")}]`, [ref("b"), ref("a"), ref("b")]],
    ["one in a text within a text", JSON.stringify({ output: JSON.stringify({ of: ref("c") }) }), [ref("c")]],
    ["one in a message", `${ref("a")} not found; check the id`, [ref("a")]],
    ["digits without their scheme", "a".repeat(64), []],
    ["too few digits", `artifact://${"a".repeat(63)}`, []],
    ["capitals", `artifact://${"A".repeat(64)}`, []],
  ])("%s", (_, text, refs) => {
    expect(refsIn(text)).toEqual(refs);
  });
});

describe("references in an artifact", () => {
  it.each([
    ["an object", JSON.stringify({ a: ref("a") })],
    ["a list", JSON.stringify([ref("a")])],
    ["a string", JSON.stringify(ref("a"))],
  ])("are those of %s", (_, text) => {
    expect(refsInArtifact(Buffer.from(text))).toEqual([ref("a")]);
  });

  it.each([
    ["a module", `\0asm${ref("a")}`],
    ["text", `see ${ref("a")}`],
    ["nothing", ""],
  ])("are none for %s", (_, text) => {
    expect(refsInArtifact(Buffer.from(text))).toEqual([]);
  });
});

describe("what roots lead to", () => {
  const edges: Record<string, string[]> = { a: ["b", "c"], b: ["d"], c: ["d"], d: ["a"], e: ["a"] };
  const refsOf = async (from: ArtifactRef) => (edges[from.at(-1)!] ?? []).map(ref);

  it.each([
    [[], []],
    [["d"], ["a", "b", "c", "d"]],
    [["e"], ["a", "b", "c", "d", "e"]],
    [["x", "x"], ["x"]],
  ])("%j lead to %j", async (roots, all) => {
    expect([...(await reachable(roots.map(ref), refsOf))].toSorted()).toEqual(all.map(ref));
  });

  it("is asked of each artifact once", async () => {
    const asked: ArtifactRef[] = [];
    await reachable([ref("a"), ref("d"), ref("a")], async (from) => {
      asked.push(from);
      return refsOf(from);
    });
    expect(asked.toSorted()).toEqual(["a", "b", "c", "d"].map(ref));
  });
});
