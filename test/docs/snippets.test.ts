import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { registerVerbs } from "../../scripts/commands/index.ts";

/** The first block of a language in a page. */
function snippet(page: string, language: string): string {
  const match = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(readFileSync(page, "utf8"));
  if (match === null) throw new Error(`${page}: expected a block of ${language}, found none`);
  return match[1]!;
}

describe("what the pages show", () => {
  it("one's own state machine runs as printed, in fifteen lines", () => {
    const code = snippet("docs/state-machines.md", "js");
    expect(
      code
        .trim()
        .split("\n")
        .filter((line) => line !== "").length,
    ).toBeLessThanOrEqual(15);
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" });
    expect(output).toBe("SUCCEEDED HELLO, WORLD\n");
  });

  it("the README's commands are the package's scripts", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const readme = readFileSync("README.md", "utf8");
    const named = [...readme.matchAll(/npm run (?:-s )?(\w+)/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("the list of pages has each of them", () => {
    const listed = readFileSync("docs/README.md", "utf8");
    const pages = readdirSync("docs").filter((name) => name.endsWith(".md") && name !== "README.md");
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter((name) => !listed.includes(`(${name})`))).toEqual([]);
  });

  it("the README has every verb, and the pages every option", () => {
    const program = new Command();
    registerVerbs(program, () => {});
    const readme = readFileSync("README.md", "utf8");
    const pages = [
      readme,
      ...readdirSync("docs")
        .filter((name) => name.endsWith(".md"))
        .map((name) => readFileSync(`docs/${name}`, "utf8")),
    ];
    const text = pages.join("\n");
    const verbs = program.commands.map((verb) => verb.name());
    expect(verbs.length).toBeGreaterThan(15);
    expect(verbs.filter((verb) => !new RegExp(`\`${verb}\\b`).test(readme))).toEqual([]);
    const options = program.commands.flatMap((verb) =>
      verb.options.flatMap(({ long }) => (long == null ? [] : [`${verb.name()} ${long}`])),
    );
    expect(options.filter((option) => !text.includes(option.split(" ")[1]!))).toEqual([]);
  });

  it("the README runs the example under the id its manifest has", () => {
    const { run_id: runId } = JSON.parse(readFileSync("examples/sha256/manifest.json", "utf8")) as { run_id: string };
    expect(readFileSync("README.md", "utf8")).toContain(`npm run -s restep -- exec ${runId} -- README.md`);
  });

  it("the schemas in docs/reference are those of the contracts", () => {
    execFileSync(process.execPath, ["--import", "tsx", "scripts/generate-docs.ts", "--check"], { stdio: "pipe" });
  });
});
