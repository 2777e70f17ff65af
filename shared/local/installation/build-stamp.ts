import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { BuildStamp } from "../../contracts/provenance.ts";
import { FLOWS } from "../../stages/flows.ts";
import { sha256 } from "../../stores/digest.ts";
import { commitOf } from "./commit.ts";
import { packageRoot, readStateMachine } from "./package.ts";

/** What `scripts/launch.mjs` leaves in dist/. */
const Built = z.object({
  version: z.string(),
  git_commit: z.string().optional(),
  lockfile_sha256: z.string().optional(),
});

/** What this program was built from. A repository is asked itself: it may have moved on since the build. */
export async function readBuildStamp(): Promise<BuildStamp> {
  const [built, commit, stateMachines] = await Promise.all([
    readFile(join(packageRoot, "dist", "build.json"), "utf8").then((text) => Built.parse(JSON.parse(text))),
    existsSync(join(packageRoot, ".git")) ? commitOf(packageRoot) : undefined,
    Promise.all(
      FLOWS.map(async ({ stateMachine }) => [stateMachine, sha256(await readStateMachine(stateMachine))] as const),
    ),
  ]);
  const { version, lockfile_sha256 } = built;
  const git_commit = commit ?? built.git_commit;
  return {
    restep_version: version,
    ...(git_commit === undefined ? {} : { git_commit }),
    ...(lockfile_sha256 === undefined ? {} : { lockfile_sha256 }),
    state_machines: Object.fromEntries(stateMachines),
  };
}
