/** Writes `capabilities.lock.json`, or with `--check` says where it differs from the chain there is. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attemptChain } from "../shared/kernel/capabilities/index.ts";
import { packageRoot } from "../shared/local/installation/package.ts";

const path = join(packageRoot, "capabilities.lock.json");
const capabilities = attemptChain.capabilities.map(({ name, version }) => ({ name, version }));
const lines = capabilities.map(
  (each) =>
    `    ${JSON.stringify(each)
      .replaceAll(/([:,])/g, "$1 ")
      .replace("{", "{ ")
      .replace("}", " }")}`,
);
const lock = `{\n  "schema_version": 1,\n  "capabilities": [\n${lines.join(",\n")}\n  ]\n}\n`;

if (!process.argv.includes("--check")) {
  await writeFile(path, lock);
} else if ((await readFile(path, "utf8")) !== lock) {
  console.error(
    `${path}: expected the chain of shared/kernel/capabilities, found another; run npm run lock-capabilities`,
  );
  process.exitCode = 1;
}
