import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { mutantsIn, nearness } from "./campaign.ts";
import { instrument, SWITCH } from "./instrument.ts";
import { diffOf, type Mutant, mutantsOf } from "./mutants.ts";
import { ROOMS } from "./rooms.ts";
import { parse } from "./syntax.ts";

const applied = (source: string, mutant: Mutant) =>
  source.slice(0, mutant.start) + mutant.text + source.slice(mutant.end);
const changes = (source: string) =>
  mutantsOf("a.ts", source).map((mutant) => `${mutant.operator}: ${applied(source, mutant)}`);

describe("mutants of a file", () => {
  it.each<[source: string, expected: string[]]>([
    ["a < b;", ["binary: a <= b;", "binary: a >= b;"]],
    ["a /* < */ < b;", ["binary: a /* < */ <= b;", "binary: a /* < */ >= b;"]],
    ["a ?? (b && c);", ["fallback: a;", "fallback: b && c;", "logical: a ?? (b || c);"]],
    ["a + 'x';", ['string: a + "";']],
    ["f = a - 3;", ["statement: ;", "binary: f = a + 3;", "number: f = a - 4;"]],
    ["const limit = 30_000;", ["number: const limit = 0;"]],
    ["if (a) b;", ["condition: if (true) b;", "condition: if (false) b;"]],
    ["while (!a) b;", ["negation: while (a) b;", "condition: while (false) b;"]],
    ["for (;; i++) a;", []],
    ["i++;", ["update: i--;"]],
    ["await f(true);", ["statement: ;", "boolean: await f(false);"]],
    ["x = [1];", ["statement: ;", "array: x = [];", "number: x = [2];"]],
    ["x = { a: '' };", ["statement: ;", "object: x = ({});", 'string: x = { a: "mutant" };']],
    ["const x = a?.b.c;", ["optional: const x = a.b.c;"]],
    ["const x = a.filter(b).some(c);", ["method: const x = a.some(c);", "method: const x = a.filter(b).every(c);"]],
    ["const x = (await a)?.b;", ["optional: const x = (await a).b;"]],
    ["const x = (await a).slice(b);", ["method: const x = (await a);"]],
    ["const x = Math.min(a, b.min());", ["method: const x = Math.max(a, b.min());"]],
    ["const f = () => { g(); };", ["body: const f = () => {};", "statement: const f = () => { ; };"]],
    [
      "class A extends B { constructor() { super('a'); } }",
      ['string: class A extends B { constructor() { super(""); } }'],
    ],
    // Types, names and modules are no values.
    ["import a from 'b'; export { a } from 'c'; type T = 'd' | 1; let x: 'e';", []],
    ["const x = 'a' as 'a' | 'b';", [`string: const x = "" as 'a' | 'b';`]],
    ["const { a: b } = c; c['d'];", [`string: const { a: b } = c; c[""];`]],
  ])("%s", (source, expected) => {
    expect(changes(source).sort()).toEqual([...expected].sort());
  });

  it("tells text for people from words that are looked at", () => {
    const source = "f(`@{a}: expected one of @{b}`, 'in progress', 'state_failed', `@{a}/@{b}`, 'field:');".replaceAll(
      "@",
      "$",
    );
    const strings = mutantsOf("a.ts", source).filter(({ operator }) => operator === "string");
    expect(strings.map(({ isWording }) => isWording)).toEqual([true, true, false, false, false]);
  });

  it("are shown as the lines that change", () => {
    const source = "let a;\n\nif (a) {\n  b();\n}\n";
    const [mutant] = mutantsOf("a.ts", source).filter(({ operator }) => operator === "statement");
    expect(mutant?.line).toBe(4);
    expect(diffOf(mutant!, source)).toEqual({ before: "  b();", after: "  ;" });
  });
});

/** What a text gives for some inputs, errors included. */
function behaviour(text: string, mutant?: number): unknown[] {
  const run = new Function(SWITCH, `${text}\nreturn subject;`) as (
    isOn: (n: number) => boolean,
  ) => (n: number) => unknown;
  return [0, 1, 2, 5].map((input) => {
    try {
      return run((number) => number === mutant)(input);
    } catch (thrown) {
      return (thrown as Error).name;
    }
  });
}

describe("an instrumented file", () => {
  const source = `
    const table = { limit: 2, names: ["a", "b"].slice(1) };
    const grow = (n) => { let sum = 0; for (let i = 0; i < n && i < 3; i++) { sum += i % 2 === 0 ? i : -1; } return sum; };
    function subject(n) {
      const seen = [];
      if (n > table.limit) seen.push("more"); else if (n === 1 || n + 1 < 0) seen.push(\`\${n}!\`);
      const holder = n === 5 ? undefined : { inner: { value: grow(n) } };
      seen.push(holder?.inner.value ?? 99, table.names?.length);
      switch (n) { case 2: seen.push(!n); }
      return seen;
    }`;
  const mutants = mutantsOf("a.js", source);

  it("does what the file does while no mutant is on, and what the mutant does while one is", () => {
    const all = instrument(source, mutants, (mutant) => mutants.indexOf(mutant));
    expect(mutants.length).toBeGreaterThan(50);
    expect(behaviour(all)).toEqual(behaviour(source));
    mutants.forEach((mutant, number) => {
      expect({ mutant, does: behaviour(all, number) }).toEqual({ mutant, does: behaviour(applied(source, mutant)) });
    });
  });

  it.each(Object.values(ROOMS).flatMap(({ sources }) => sources))("is still a module: all of %s", (folder) => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const text = readFileSync(`${folder}/${file}`, "utf8");
      expect(() => parse(instrument(text, mutantsOf(file, text), () => 0)), file).not.toThrow();
    }
  });
});

describe("the mutants that are tried", () => {
  const stages = { sources: ["shared/stages/shards.ts", "shared/stages/patches.ts"] };
  const all = mutantsIn(stages, { root: process.cwd(), seed: 1, count: 1_000, withWording: true }).all;
  const tried = (change: object) =>
    mutantsIn(stages, { root: process.cwd(), seed: 7, count: 5, withWording: false, ...change }).chosen;

  it("are the same for the same seed, others for another", () => {
    expect(tried({})).toHaveLength(5);
    expect(new Set(tried({})).size).toBe(5);
    expect(tried({})).toEqual(tried({}));
    expect(tried({ seed: 8 })).not.toEqual(tried({}));
  });

  it("are all where fewer are there than asked for, those of wording where that is asked for", () => {
    expect(tried({ count: 1_000, withWording: true })).toEqual(all);
    expect(tried({ count: 1_000 })).toEqual(all.filter(({ isWording }) => !isWording));
    expect(all.filter(({ isWording }) => isWording)).toHaveLength(1);
  });

  it("are those of one file, or of one line, where it is told", () => {
    const only = (line?: number) => tried({ count: 1_000, only: { file: "shared/stages/shards.ts", line } });
    expect(new Set(only().map(({ file }) => file))).toEqual(new Set(["shared/stages/shards.ts"]));
    const { line } = only()[0]!;
    expect(only(line)).toEqual(only().filter((mutant) => mutant.line === line));
  });
});

it("is tried first by the tests beside it, then by those around", () => {
  const tests = [
    "test/stages/plan.test.ts",
    "test/kernel/world.test.ts",
    "test/kernel/secrets/walk.test.ts",
    "test/kernel/secrets/rules.test.ts",
    "test/kernel/secrets/rules.property.test.ts",
  ];
  expect(tests.map((test) => nearness("shared/kernel/secrets/rules.ts", test))).toEqual([0, 1, 2, 3, 3]);
});
