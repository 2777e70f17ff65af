import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { version } from "../../shared/local/installation/package.ts";
import { writePackage } from "../../shared/local/submission-folder.ts";
import { pack } from "../../shared/runs/pack.ts";
import { EXIT_VALIDATION, exitProgram } from "../runs/exit-program.ts";
import { restep } from "./cli.ts";

/** Packs an example with a config of its own; returns the manifest's path and the run's id. */
export async function packExample(
  folder: string,
  config: Record<string, unknown>,
  binary = "examples/sha256/sha256-be.elf",
): Promise<{ manifest: string; runId: string }> {
  const configPath = `${folder}.config.json`;
  writeFileSync(configPath, JSON.stringify({ schema_version: 1, ...config }));
  const packed = await restep(["pack", binary, "-o", folder, "--config", configPath]);
  if (packed.code !== 0) throw new Error(packed.stderr);
  const manifest = join(folder, "manifest.json");
  return { manifest, runId: (JSON.parse(readFileSync(manifest, "utf8")) as { run_id: string }).run_id };
}

/** Packs a program that only exits, named like the folder, with a config of its own. @returns the manifest's path */
export function packExit(folder: string, runId: string, config: object = {}): Promise<string> {
  const json = { schema_version: 1, validation: { ...EXIT_VALIDATION, require: { conclusive: "none" } }, ...config };
  const input = {
    binary: { name: `${basename(folder)}.elf`, bytes: exitProgram() },
    config: { name: "config.json", bytes: Buffer.from(JSON.stringify(json)) },
  };
  const options = { runId: RunId.parse(runId), requestedBy: PrincipalId.parse("test"), toolVersion: version };
  return writePackage(folder, pack(input, options));
}
