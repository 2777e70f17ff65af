import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
