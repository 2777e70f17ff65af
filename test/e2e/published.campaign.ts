import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, temporaryFolder } from "./cli.ts";
import { installPublished } from "./published.ts";

const TIMEOUT = 120_000;
const folder = temporaryFolder();
/** What the page's program prints. */
let shown: readonly string[] = [];
beforeAll(() => {
  installPublished(folder.path);
  shown = run(printed).trimEnd().split("\n");
}, TIMEOUT);
afterAll(() => folder.remove());

/** Runs a program that has the package installed; answers with what it prints. */
function run(code: string): string {
  const file = join(folder.path, "program.mjs");
  writeFileSync(file, code);
  return execFileSync(process.execPath, [file], { cwd: folder.path, encoding: "utf8" });
}

const page = readFileSync(join(root, "docs/runs.md"), "utf8");
const printed = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

describe("the package as published", () => {
  it("starts a run from a program, and tells of it, as the page prints", () => {
    const [outcome, summary, last] = shown;
    expect(outcome).toBe("ended");
    expect(summary).toMatch(/^succeeded \d+ artifact:\/\/[0-9a-f]{64}$/);
    expect(last).toMatch(/^\d+ run_completed$/);
  });

  it("holds what a user runs: the bundled command line and its worker, the libraries, the pages; no test, no lab", () => {
    const installed = join(folder.path, "node_modules/restep");
    const packed = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
    const folders = new Set(
      packed.map((path) =>
        path
          .split("/")
          .slice(0, path.startsWith("dist/") ? 2 : 1)
          .join("/"),
      ),
    );
    expect([...folders].filter((name) => !/^dist\/[^/]+\.js$/.test(name)).sort()).toEqual([
      "LICENSE",
      "README.md",
      "dist/build.json",
      "dist/capabilities.lock.json",
      "dist/functions",
      "dist/scripts",
      "dist/shared",
      "docs",
      "examples",
      "package.json",
      "statemachines",
    ]);
    expect(packed.filter((path) => /^dist\/(functions|scripts)\//.test(path)).sort()).toEqual([
      "dist/functions/local-worker.js",
      "dist/scripts/restep.js",
    ]);
  });

  it("tells of no command of the repository's lab", () => {
    const pages = join(folder.path, "node_modules/restep/docs");
    const lab = /npm run (bench|crash)\b/;
    const told = readdirSync(pages).filter(
      (name) => name.endsWith(".md") && lab.test(readFileSync(join(pages, name), "utf8")),
    );
    expect(told).toEqual([]);
  });

  it("has every entry that it names", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports: object };
    const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
    const code = entries.map((entry) => {
      const name = JSON.stringify(`restep${entry.slice(1)}`);
      return `console.log(${name}, Object.keys(await import(${name})).length > 0);`;
    });
    expect(run(code.join("\n"))).toBe(entries.map((entry) => `restep${entry.slice(1)} true\n`).join(""));
  });

  it(
    "makes the bundle that the repository makes, and its own verbs read what a program has run",
    () => {
      const { run_id: runId } = JSON.parse(readFileSync(join(root, "examples/sha256/manifest.json"), "utf8"));
      const of = (cli: string, store: string) => {
        const words = [cli, "summary", runId, "--store", store, "--json"];
        return JSON.parse(execFileSync(process.execPath, words, { cwd: folder.path, encoding: "utf8" }));
      };
      const here = join(folder.path, "here");
      execFileSync(
        process.execPath,
        [join(root, "scripts/launch.mjs"), "scripts/restep", "run", "examples/sha256/manifest.json", "--store", here],
        { cwd: root, stdio: "pipe" },
      );
      const published = of(join(folder.path, "node_modules/restep/dist/scripts/restep.js"), ".restep");
      expect(published.state).toBe("succeeded");
      expect(published.bundle).toBe(of(join(root, "dist/scripts/restep.js"), here).bundle);
      const exec = ["node_modules/restep/dist/scripts/restep.js", "exec", runId, "--store", ".restep"];
      const digest = execFileSync(process.execPath, exec, { cwd: folder.path, input: "abc", encoding: "utf8" });
      expect(digest).toMatch(/^ba7816bf/);
    },
    TIMEOUT,
  );

  it(
    "is typed: a program that takes a text for a number does not compile",
    () => {
      const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
      const compile = (name: string, code: string) => {
        writeFileSync(join(folder.path, name), code);
        const words = ["--strict", "--noEmit", "--skipLibCheck", "--module", "nodenext", "--target", "es2023", name];
        return execFileSync(process.execPath, [tsc, ...words], { cwd: folder.path, encoding: "utf8", stdio: "pipe" });
      };
      const program = (type: string) => `
        import { openRuns, type RunSummary } from "restep/runs";
        const runs = await openRuns({ store: "file:.restep", workers: 2 });
        const summary: RunSummary = await runs.summary("6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11");
        export const state: ${type} = summary.state;
      `;
      compile("right.mts", program("string"));
      expect(() => compile("wrong.mts", program("number"))).toThrow(
        expect.objectContaining({ stdout: expect.stringContaining("wrong.mts(5") }),
      );
    },
    TIMEOUT,
  );
});
