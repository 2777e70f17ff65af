import { readdirSync, readFileSync } from "node:fs";
import { Submission } from "../../shared/contracts/submission.ts";
import type { ArtifactStore } from "../../shared/stores/ports.ts";
import { RUN_ID } from "../kernel/run/events.ts";

const FOLDER = new URL("../../examples/sha256/", import.meta.url);

/** The submission of an example, as that of the run under test. */
export const submission = Submission.parse({
  ...JSON.parse(readFileSync(new URL("manifest.json", FOLDER), "utf8")),
  run_id: RUN_ID,
  requested_by: "alice",
});
export const binary: Uint8Array = readFileSync(new URL("sha256-be.elf", FOLDER));

/** Its manifests and its binary. */
export async function putExample(artifacts: ArtifactStore): Promise<void> {
  for (const entry of readdirSync(new URL("artifacts/", FOLDER), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await artifacts.put("other", readFileSync(`${entry.parentPath}/${entry.name}`));
  }
}
