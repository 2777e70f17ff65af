import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { generateLibrary, readPackage } from "../../scripts/jsonata/generate.ts";

const FILE = new URL("../../shared/asl/query/jsonata/library-source.ts", import.meta.url);

describe("the JSONata library that is checked in", () => {
  it("is what the installed package gives; if this fails, run: npm run jsonata", () => {
    expect(readFileSync(FILE, "utf8")).toBe(generateLibrary(readPackage()));
  });

  it("names the version and the code it was made from, and keeps its licence", () => {
    const source = readPackage();
    const changed = generateLibrary({ ...source, version: "9.9.9", code: `${source.code}\n` });
    expect(changed).toContain("From jsonata 9.9.9");
    const digests = [generateLibrary(source), changed].map((text) => /^\/\/ ([0-9a-f]{64})\.$/m.exec(text)?.[1]);
    expect(new Set(digests).size).toBe(2);
    expect(changed).toContain("The above copyright notice and this permission notice shall be included in");
  });

  it.each([
    ["a promise", "return new Promise((resolve) => resolve(1));", "Promise"],
    ["an asynchronous arrow function", "const later = async value => value;", "async"],
    ["an asynchronous method", "class Later { async run() {} }", "async"],
    ["an asynchronous loop", "async function later() { for await (const value of values) {} }", "await"],
  ])("is not made from code in which %s is left", (_, line, found) => {
    const source = readPackage();
    expect(() => generateLibrary({ ...source, code: `${source.code}\n(function () { ${line} });` })).toThrow(
      `cannot make this version synchronous, found '${found}`,
    );
  });
});
