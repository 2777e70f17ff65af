/**
 * Writes what follows from the flows' stages into statemachines/: each Task's Retry and Catch, and the flow's name in its
 * call. `--check` writes nothing and fails on a difference.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { definitionDifferences, stampDefinition } from "../shared/kernel/flow-definition.ts";
import { FLOWS } from "../shared/stages/flows.ts";

const isCheck = process.argv.includes("--check");
for (const flow of FLOWS) {
  const path = new URL(`../statemachines/${flow.stateMachine}.asl.json`, import.meta.url);
  const definition = JSON.parse(readFileSync(path, "utf8"));
  const differences = definitionDifferences(definition, flow);
  if (differences.length === 0) continue;
  if (!isCheck) {
    writeFileSync(path, JSON.stringify(stampDefinition(definition, flow), null, 2));
    execFileSync("npx", ["biome", "format", "--write", fileURLToPath(path)], { stdio: "ignore" });
    continue;
  }
  for (const difference of differences) console.error(difference);
  console.error(`statemachines/${flow.stateMachine}.asl.json: not as its stages say; run npm run stamp`);
  process.exitCode = 1;
}
