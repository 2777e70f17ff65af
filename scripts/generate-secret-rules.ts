/**
 * Makes `shared/kernel/secrets/collection.ts` of the rules that gitleaks keeps (MIT).
 *
 *   npm run secret-rules -- gitleaks.toml    from config/gitleaks.toml of its repository
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generateCollection } from "./secret-rules/generate.ts";

const [from] = process.argv.slice(2);
if (from === undefined) {
  console.error("npm run secret-rules: expected the path of gitleaks' config/gitleaks.toml, found nothing");
  process.exitCode = 2;
} else {
  const { source, taken, left } = generateCollection(readFileSync(from, "utf8"));
  writeFileSync(fileURLToPath(new URL("../shared/kernel/secrets/collection.ts", import.meta.url)), source);
  console.log(`${taken.length} rules taken; left out:`);
  for (const [id, why] of left) console.log(`  ${id}: ${why}`);
}
