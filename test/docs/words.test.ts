import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const FOLDERS = ["scripts", "functions", "statemachines", "shared", "docs", "examples"];

/** Of another thing, or of what older stores say. */
const ALLOWED = [
  /** What a comparison in the code tells of a jump table's length does hold for all inputs. */
  "shared/recompiler/mips/jump-tables.ts",
  /** Reads the indexes that an older version wrote. */
  "shared/contracts/program.ts",
  /** Of file systems, and of adapters. */
  "shared/stores/filesystem/artifact-kinds.ts",
  "shared/stores/filesystem/log-writer.ts",
  "docs/extending.md",
  /** Say why the word is not used. */
  "docs/decisions/2026-11-30-what-the-gate-demands.md",
  "docs/testing-functions.md",
  "CHANGELOG.md",
];

const files = [
  "README.md",
  "CHANGELOG.md",
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|md|json)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length)),
  ),
].filter((file) => !file.includes("/artifacts/") && !ALLOWED.includes(file));

it("nothing says of a function that it is proven: it is tested", () => {
  expect(files.length).toBeGreaterThan(300);
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, index) =>
        /\b(un)?prov(en|ed|es|ing|able)\b|\bproofs?\b/i.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
  expect(found).toEqual([]);
});
