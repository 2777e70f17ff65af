import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildStamp } from "../shared/contracts/provenance.ts";
import { commitOf } from "../shared/local/installation/commit.ts";
import { FLOWS } from "../shared/stages/flows.ts";
import { sha256 } from "../shared/stores/digest.ts";

/** What is deployed, for the provenance of the runs it will carry out. @param root the project's folder */
export async function readBuild(root: string): Promise<BuildStamp> {
  const read = (...path: string[]) => readFile(join(root, ...path), "utf8");
  const { version } = JSON.parse(await read("package.json")) as { readonly version: string };
  const git_commit = await commitOf(root);
  const machines = FLOWS.map(async ({ stateMachine }) => {
    return [stateMachine, sha256(await read("statemachines", `${stateMachine}.asl.json`))] as const;
  });
  return {
    restep_version: version,
    ...(git_commit === undefined ? {} : { git_commit }),
    lockfile_sha256: sha256(await read("package-lock.json")),
    state_machines: Object.fromEntries(await Promise.all(machines)),
  };
}
