import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

/** What the lint goes by: all but the topmost have a rule of this name, from the top down. */
const { forbidden } = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as {
  forbidden: readonly { readonly name: string }[];
};
const linted = [
  "scripts",
  ...forbidden.flatMap(({ name }) => (name.endsWith("-points-down") ? [name.replace("-points-down", "")] : [])),
];

/** Rooms in `shared/`, of those that stand beside it. */
const isShared = (room: string) => !["scripts", "stacks", "functions", "statemachines"].includes(room);

describe("the rooms", () => {
  it("that are linted are at least all there are", () => {
    const there = readdirSync(at("shared"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of there) expect(linted).toContain(name);
  });

  it("of the architecture are those that there are, in the order of the lint", () => {
    const text = readFileSync(at("docs/architecture.md"), "utf8");
    const rows = [...text.matchAll(/^\| `(?:shared\/)?([a-z]+)\/` \|/gm)].map((match) => match[1]);
    const there = linted.filter((room) => existsSync(at(isShared(room) ? `shared/${room}` : room)));
    // What is no code is not linted.
    expect(rows.filter((room) => room !== "statemachines")).toEqual(there);
  });

  it("of the guide for contributors are the same, those to come included", () => {
    const text = readFileSync(at("CONTRIBUTING.md"), "utf8");
    const paragraph = /\*\*Rooms\.\*\*([\s\S]*?)`npm run architecture`/.exec(text)?.[1] ?? "";
    const named = [...paragraph.matchAll(/`([a-z]+)`/g)].map((match) => match[1]);
    expect(named.filter((room) => room !== "statemachines")).toEqual(linted);
  });
});
