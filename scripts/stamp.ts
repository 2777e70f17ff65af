/**
 * Writes what follows from the stages' declarations. Into statemachines/: each Task's Retry and Catch, and the flow's name in
 * its call. The table of what each stage does, and a Lambda handler each. `--check` writes nothing and fails on a difference.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { invalidDefinitionMessage, isAcceptable, validateDefinition } from "../shared/asl/index.ts";
import type { Flow } from "../shared/kernel/flow.ts";
import { definitionDifferences, stampDefinition } from "../shared/kernel/flow-definition.ts";
import { STAGE_NAMES } from "../shared/stages/declarations.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { handlerPath, isGenerated, stageFiles } from "./stamp/stage-files.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const isCheck = process.argv.includes("--check");

for (const [path, text] of stageFiles(STAGE_NAMES)) {
  if (existsSync(`${root}${path}`) && readFileSync(`${root}${path}`, "utf8") === text) continue;
  if (isCheck) {
    refuse(`${path}: expected what shared/stages/declarations.ts gives, found something else; run npm run stamp`);
    continue;
  }
  mkdirSync(dirname(`${root}${path}`), { recursive: true });
  writeFileSync(`${root}${path}`, text);
}

// What a stage left behind that has gone is for a person to remove. Others of that folder were written by one.
const handlers = new Set(STAGE_NAMES.map(handlerPath));
for (const { name } of readdirSync(`${root}functions`, { withFileTypes: true }).filter((each) => each.isDirectory())) {
  const path = `functions/${name}/handler.ts`;
  if (!handlers.has(path) && isGenerated(readFileSync(`${root}${path}`, "utf8")))
    refuse(`${path}: expected a stage of shared/stages/declarations.ts, found none of that name`);
}

for (const flow of FLOWS) {
  try {
    stampStateMachine(flow);
  } catch (thrown) {
    refuse(`statemachines/: ${(thrown as Error).message}`);
  }
}

function stampStateMachine(flow: Flow): void {
  const path = `${root}statemachines/${flow.stateMachine}.asl.json`;
  const definition = JSON.parse(readFileSync(path, "utf8"));
  // Such as a state that none leads to.
  const diagnostics = validateDefinition(definition);
  if (!isAcceptable(diagnostics)) throw new Error(`${flow.stateMachine}: ${invalidDefinitionMessage(diagnostics)}`);
  const differences = definitionDifferences(definition, flow);
  if (differences.length === 0) return;
  if (!isCheck) {
    writeFileSync(path, JSON.stringify(stampDefinition(definition, flow), null, 2));
    execFileSync("npx", ["biome", "format", "--write", path], { stdio: "ignore" });
    return;
  }
  for (const difference of differences) console.error(difference);
  refuse(`statemachines/${flow.stateMachine}.asl.json: not as its stages say; run npm run stamp`);
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
