import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from "dependency-cruiser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const { options, ...ruleSet } = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as IFlattenedRuleSet & {
  readonly options: ICruiseOptions;
};

let folder = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "circles-")));
});
afterEach(() => rm(folder, { recursive: true }));

/** The circles that the project's own rules find in these files, each as its modules. */
async function circlesIn(files: Readonly<Record<string, string>>): Promise<readonly (readonly string[])[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const tops = [...new Set(Object.keys(files).map((path) => path.split("/", 1)[0]!))];
  const { output } = await cruise(tops, { ...options, baseDir: folder, ruleSet, validate: true });
  return (output as ICruiseResult).summary.violations
    .filter(({ rule }) => rule.name === "no-circles")
    .map(({ cycle = [] }) => cycle.map(({ name }) => name).sort());
}

const typeCircle = (folderName: string) => ({
  [`${folderName}/one.ts`]:
    'import type { Other } from "./other.ts";\nexport interface One { readonly other: Other }\n',
  [`${folderName}/other.ts`]: 'import type { One } from "./one.ts";\nexport interface Other { readonly one: One }\n',
});

describe("the rule against circles", () => {
  it.each([
    "shared/asl/interpreter",
    "shared/kernel",
    "shared/recompiler/mips",
    "scripts",
    "functions/intake",
    "test/asl",
  ])("finds two modules in %s whose types know each other", async (room) => {
    expect(await circlesIn(typeCircle(room))).toEqual([[`${room}/one.ts`, `${room}/other.ts`]]);
  });

  it("finds a circle by way of a third module that only hands on", async () => {
    const circles = await circlesIn({
      "shared/kernel/one.ts": 'import { two } from "./two.ts";\nexport const one = two;\nexport type Name = string;\n',
      "shared/kernel/two.ts": 'export { two } from "./three.ts";\n',
      "shared/kernel/three.ts": 'import type { Name } from "./one.ts";\nexport const two: Name = "2";\n',
    });
    expect(circles).toEqual([["shared/kernel/one.ts", "shared/kernel/three.ts", "shared/kernel/two.ts"]]);
  });

  it("lets two modules share a third", async () => {
    const circles = await circlesIn({
      "shared/kernel/one.ts":
        'import type { Name } from "./name.ts";\nimport { two } from "./two.ts";\nexport const one: Name = two;\n',
      "shared/kernel/two.ts": 'import type { Name } from "./name.ts";\nexport const two: Name = "2";\n',
      "shared/kernel/name.ts": "export type Name = string;\n",
    });
    expect(circles).toEqual([]);
  });
});
