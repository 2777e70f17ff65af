import { describe, expect, it } from "vitest";
import { ModuleName } from "../../shared/contracts/module-manifest.ts";
import { BundleIndex, ProgramPlan } from "../../shared/contracts/program.ts";

// biome-ignore format: two lists
const NAMES = ["sha256", "a", "_start", "Some Game (USA) [!]", "v1.2-rc+3", "ドラゴン", "Éa", "007", "x".repeat(128)];
const NO_NAMES = [
  "",
  "x=/etc/passwd",
  "/etc/passwd",
  "a/b",
  "a\\b",
  "..",
  ".",
  "-rf",
  " x",
  "a\u001b[2Jb",
  "a\nb",
  "a\u0000",
  "a\u009bb",
  "a\u202eb",
  "x".repeat(129),
];

describe("a module's name", () => {
  it.each(NAMES)("may be %j", (name) => expect(ModuleName.safeParse(name).success).toBe(true));
  it.each(NO_NAMES)("is not %j", (name) => expect(ModuleName.safeParse(name).success).toBe(false));

  it("is one in every document that has it", () => {
    const issuesOf = (document: typeof ProgramPlan | typeof BundleIndex) =>
      document.safeParse({ name: "x=/etc/passwd" }).error?.issues.filter(({ path }) => path[0] === "name");
    expect(issuesOf(ProgramPlan)).toHaveLength(1);
    expect(issuesOf(BundleIndex)).toHaveLength(1);
  });
});

it("a bundle's files lie below it", () => {
  const path = BundleIndex.shape.files.element.shape.path;
  for (const good of ["module.wasm", "reports/functions.json"]) expect(path.safeParse(good).success).toBe(true);
  for (const bad of ["../x", "/etc/passwd", "a/../../x", "", "a//b", ".hidden", "a\\b"]) {
    expect(path.safeParse(bad).success).toBe(false);
  }
});
