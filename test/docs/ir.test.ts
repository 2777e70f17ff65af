import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OPCODES } from "../../shared/recompiler/ir/opcodes.ts";
import { PASSES } from "../../shared/recompiler/ir/passes/index.ts";
import { readFileTest, runFileTest, writeFileTest } from "../recompiler/ir/support/file-test.ts";

const page = readFileSync("docs/ir.md", "utf8");
const [, example = ""] = /```\n([\s\S]*?)```/.exec(page) ?? [];

describe("docs/ir.md", () => {
  it("shows what its example becomes", () => {
    const test = readFileTest(example);
    const found = writeFileTest(test, runFileTest(test));
    if (process.env.RESTEP_UPDATE === "1")
      writeFileSync(
        "docs/ir.md",
        page.replace(example, () => found),
      );
    else expect(found).toBe(example);
  });

  it("has a row for each pass, in their order", () => {
    const rows = [...page.split("## Passes")[1]!.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    expect(rows).toEqual(["build", ...PASSES.map(({ name }) => name)]);
  });

  it("names operations that there are", () => {
    const names = new Set<string>(OPCODES.map(({ name }) => name));
    const named = [
      ...page.matchAll(/`((?:guest|i32|i64|f32|f64)\.\w+|settle_\w+|host_float|trap_if|tail_call)\b/g),
    ].map(([, name]) => name!);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });
});
