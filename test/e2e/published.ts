import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./cli.ts";

/**
 * Packs the package as it would be published, and unpacks it where a program would have it, its own dependencies beside it
 * and nothing else: what `npm install` does, without a network. @returns the program's folder
 */
export function installPublished(folder: string): string {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], { cwd: root });
  const { name, version, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    version: string;
    dependencies: Record<string, string>;
  };
  const modules = join(folder, "node_modules");
  const installed = join(modules, name);
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, `${name}-${version}.tgz`), "-C", installed, "--strip-components=1"]);
  for (const dependency of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, dependency)), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), join(modules, dependency), "dir");
  }
  return folder;
}
