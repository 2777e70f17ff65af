#!/usr/bin/env node
// Runs an entry point of scripts/ as JavaScript, built again first whenever a source is newer than the last build:
// as fast as the published package, and never stale. Usage: node scripts/launch.mjs ENTRY [args...] | --build
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = join(root, "dist", ".built");
const [entry, ...args] = process.argv.slice(2);

const status = entry === "--build" || isStale() ? build() : 0;
if (entry === "--build") {
  process.exitCode = status;
} else {
  const script = join(root, "dist", "scripts", `${entry}.js`);
  process.argv = [process.execPath, script, ...args];
  await import(script);
}

/** Whether anything the build reads has changed since. */
function isStale() {
  const built = modifiedAt(stamp);
  const inputs = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) => join(root, name));
  for (const room of ["scripts", "functions", "shared"]) {
    for (const file of readdirSync(join(root, room), { recursive: true, withFileTypes: true })) {
      // A folder changes when a file in it comes or goes.
      inputs.push(join(file.parentPath, file.name));
    }
  }
  return inputs.some((path) => modifiedAt(path) > built);
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Compiles to dist/. Type errors are shown but do not stop an entry point from running, as with any other loader. */
function build() {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const startedAt = new Date();
  rmSync(stamp, { force: true });
  const { status: exit } = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], {
    stdio: ["ignore", process.stderr.fd, process.stderr.fd],
  });
  if (exit === 0) {
    writeFileSync(stamp, "");
    utimesSync(stamp, startedAt, startedAt);
  }
  return exit ?? 1;
}
