import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const page = readFileSync("docs/extending.md", "utf8");
/** The one that the page's example adds. */
const EXAMPLE = "shared/stages/measure.ts";

describe("docs/extending.md", () => {
  it("names files and scripts that are there", () => {
    const paths = [...page.matchAll(/`((?:shared|scripts|test|docs|functions|statemachines)\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    );
    expect(paths.length).toBeGreaterThan(30);
    expect(paths.filter((path) => path !== EXAMPLE && !existsSync(path))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const named = [...page.matchAll(/`npm run ([\w-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("asks for at most four files each, beside what a script writes", () => {
    const sections = page.split("\n## ").slice(1);
    expect(sections.length).toBe(9);
    for (const section of sections) {
      const [title = "", ...lines] = section.split("\n");
      const byHand = lines.filter((line) => /^\d\. (?!`npm run)/.test(line));
      expect(byHand.length, title).toBeGreaterThan(1);
      expect(byHand.length, title).toBeLessThanOrEqual(4);
    }
  });
});
