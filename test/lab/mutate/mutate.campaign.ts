import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { BaselineFailed, mutate } from "./campaign.ts";
import { reportOf, scoreOf } from "./report.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const SUBJECT = `
export const isAdult = (age: number): boolean => age >= 18;
export const twice = (n: number): number => n * 2;
export function countDown(from: number): number {
  let n = from;
  while (n > 0) n--;
  return n;
}
`;
const TEST = `
import { expect, it } from "vitest";
import { countDown, isAdult } from "../shared/subject.ts";
it("tells", () => expect(isAdult(40)).toBe(true));
it("counts down", () => expect(countDown(3)).toBe(0));
`;

/** A project of one source and one test. */
function project(test: string): string {
  const root = mkdtempSync(join(tmpdir(), "mutate-"));
  folders.push(root);
  const files = { "shared/subject.ts": SUBJECT, "test/subject.test.ts": test, "package.json": '{"type":"module"}' };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(root, "node_modules"));
  return root;
}

const room = { sources: ["shared"], tests: ["test"] };
const options = { seed: 1, count: 100, withWording: false, workers: 1, say: () => {} };

describe("a campaign", () => {
  it("finds what the tests do not notice and what they never reach, and leaves the files alone", async () => {
    const root = project(TEST);
    const campaign = await mutate(room, { root, ...options });
    const fates = campaign.judged.map(
      ({ mutant, fate }) => `${mutant.line} ${mutant.operator} ${mutant.text}: ${fate}`,
    );
    expect(fates.sort()).toEqual(
      [
        "2 binary >: survived",
        "2 binary <: killed",
        "2 number 0: survived",
        "3 binary /: not_reached",
        "3 number 3: not_reached",
        "4 body {}: killed",
        "6 binary <=: killed",
        "6 binary >=: killed",
        "6 condition false: killed",
        "6 number 1: killed",
        "6 update ++: timed_out",
      ].sort(),
    );
    expect(readFileSync(join(root, "shared/subject.ts"), "utf8")).toBe(SUBJECT);
    const { percent, counts } = scoreOf(campaign.judged);
    expect(counts).toEqual({ killed: 6, survived: 2, not_reached: 2, timed_out: 1 });
    expect(percent).toBe(60);
    const report = reportOf(campaign, () => SUBJECT);
    expect(report).toContain(
      "shared/subject.ts:2 binary: survived\n- export const isAdult = (age: number): boolean => age >= 18;\n+ export const isAdult = (age: number): boolean => age > 18;",
    );
    expect(report).toContain(
      "11 mutants tried of 11.\nkilled 6, survived 2, not reached by any test 2, timed out 1 (not counted)",
    );
  });

  it("judges each test file by what it does itself", async () => {
    const root = project(TEST);
    writeFileSync(
      join(root, "test/another.test.ts"),
      `import { expect, it } from "vitest";
       import { isAdult, twice } from "../shared/subject.ts";
       it("doubles", () => expect([twice(3), isAdult(3)]).toEqual([6, false]));`,
    );
    const { judged } = await mutate(room, { root, ...options });
    const by = (line: number) =>
      judged.filter(({ mutant }) => mutant.line === line).map((each) => each.by?.split(":")[0]);
    expect(by(3)).toEqual(["test/another.test.ts", "test/another.test.ts"]);
    expect(by(4)).toEqual(["test/subject.test.ts"]);
    expect(judged.filter(({ mutant, fate }) => mutant.line === 2 && fate === "survived")).toHaveLength(1);
  });

  it("asks another test file where one is stuck, and believes it where it fails", async () => {
    const expecting = (...claims: string[]) =>
      [
        'import { expect, it } from "vitest";',
        'import { countDown } from "../shared/subject.ts";',
        ...claims.map((claim, place) => `it("${place}", () => expect(countDown(${claim})).toBe(0));`),
      ].join("\n");
    // Each is stuck where the other fails, whichever is asked first.
    const root = project(expecting("3, Infinity"));
    writeFileSync(join(root, "test/another.test.ts"), expecting("0, Infinity", "3, 10"));
    writeFileSync(
      join(root, "shared/subject.ts"),
      `export function countDown(from, most) {
        let n = from;
        for (let times = 0; n > 0 && times < most; times++) n--;
        return n;
      }`,
    );
    const { judged } = await mutate(room, { root, ...options });
    const fates = judged.map(({ mutant, fate }) => `${mutant.operator} ${mutant.text}: ${fate}`);
    expect(fates).toContain("update ++: killed");
    expect(fates).toContain("binary <=: killed");
  });

  it("judges nothing by tests that fail as they are, and says which", async () => {
    const root = project(TEST.replace("toBe(0)", "toBe(1)"));
    const failed = mutate(room, { root, ...options });
    await expect(failed).rejects.toThrow(BaselineFailed);
    await expect(failed).rejects.toThrow(
      "test/subject.test.ts fails without any mutant: counts down: expected +0 to be 1 // Object.is equality. Mend it first.",
    );
  });
});
