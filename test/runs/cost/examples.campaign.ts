import { join } from "node:path";
import { describe, it } from "vitest";
import { MAP_MODES } from "../../../shared/kernel/map-mode.ts";
import { sizeOfManifest } from "../../../shared/local/size-of-manifest.ts";
import { folderSubmission } from "../../../shared/local/submission-folder.ts";
import { root } from "../../e2e/cli.ts";
import { expectForeseen } from "./foreseen.ts";

const EXAMPLES = ["sha256", "sha256/le", "dispatch", "dispatch/le", "rays", "rays/le", "uuid", "uuid/le"];

describe.each(EXAMPLES)("what is foreseen of examples/%s", (example) => {
  const manifest = join(root, "examples", example, "manifest.json");
  it.each(MAP_MODES)("is what its run does, with Maps %s", { timeout: 120_000 }, async (maps) => {
    const size = await sizeOfManifest(manifest, () => undefined);
    await expectForeseen(folderSubmission(manifest), size, maps);
  });
});
