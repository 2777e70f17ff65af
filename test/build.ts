import { execFileSync } from "node:child_process";

/** Builds dist/ once where it is older than the sources, so that tests which start the command line do not build it side by side. */
export default function setup(): void {
  execFileSync(process.execPath, ["scripts/launch.mjs", "--build-if-stale"], { stdio: "inherit" });
}
