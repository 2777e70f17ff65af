#!/usr/bin/env node
// Runs an entry point as JavaScript, built again first whenever a source is newer than the last build: as fast as the
// published package, and never stale. ENTRY is its path without an ending: scripts/restep, test/lab/bench.
// Usage: node scripts/launch.mjs ENTRY [args...] | --build | --build-if-stale
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = join(root, "dist", ".built");
const [entry, ...args] = process.argv.slice(2);

const status = entry === "--build" || isStale() ? build() : 0;
if (entry === "--build" || entry === "--build-if-stale") {
  process.exitCode = status;
} else {
  const script = join(root, "dist", `${entry}.js`);
  // npm goes to the package's folder. Paths on the command line are of the folder that it was typed in.
  const { npm_lifecycle_event: npmScript = "", INIT_CWD: typedIn } = process.env;
  if (["restep", "local"].includes(npmScript) && typedIn !== undefined) process.chdir(typedIn);
  process.argv = [process.execPath, script, ...args];
  await import(script);
}

/** Whether anything the build reads has changed since. Files are compared with files: the clock may say what it likes. */
function isStale() {
  return newestInput() > modifiedAt(stamp);
}

/** When what the build reads was changed last, in whole milliseconds. */
function newestInput() {
  const inputs = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) => join(root, name));
  for (const room of ["scripts", "functions", "shared", "test/lab"]) {
    for (const file of readdirSync(join(root, room), { recursive: true, withFileTypes: true })) {
      // A folder changes when a file in it comes or goes.
      inputs.push(join(file.parentPath, file.name));
    }
  }
  return Math.floor(Math.max(...inputs.map(modifiedAt)));
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Compiles aside, then takes the place of dist/ at once: another process may be running from it. Type errors are shown each
 * time until they are gone; they fail `--build`, but stop no entry point from running.
 */
function build() {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const dist = join(root, "dist");
  const aside = `${dist}.${process.pid}`;
  removeAbandoned();
  // Before it is read: what changes while it is built is newer. File systems keep some digits less, hence a millisecond more.
  const newest = new Date(newestInput() + 1);
  const { status: exit } = spawnSync(
    process.execPath,
    [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", aside],
    { stdio: ["ignore", process.stderr.fd, process.stderr.fd] },
  );
  if (existsSync(join(aside, "scripts"))) bundle(aside);
  if (exit === 0) {
    writeFileSync(join(aside, ".built"), "");
    utimesSync(join(aside, ".built"), newest, newest);
  }
  if (existsSync(join(aside, "scripts"))) {
    writeFileSync(join(aside, "build.json"), `${JSON.stringify(describeBuild())}\n`);
    const before = `${aside}.before`;
    if (existsSync(dist)) renameSync(dist, before);
    renameSync(aside, dist);
    rmSync(before, { recursive: true, force: true });
  }
  rmSync(aside, { recursive: true, force: true });
  return exit ?? 1;
}

/** What builds left behind that were killed. */
function removeAbandoned() {
  for (const name of readdirSync(root)) {
    const [, pid] = /^dist\.(\d+)(?:\.before)?$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch ({ code }) {
    return code === "EPERM";
  }
}

/**
 * Each process and worker thread loads a module graph: as one file in a third of the time. The command line as one for what
 * every verb needs, and one more for each verb.
 */
function bundle(folder) {
  const at = (name) => join(folder, name);
  const { buildSync } = createRequire(import.meta.url)("esbuild");
  const options = {
    outdir: folder,
    outbase: folder,
    allowOverwrite: true,
    absWorkingDir: root,
    bundle: true,
    // What is imported when it is asked for, such as the stores in AWS, half of it all, is not read before.
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    // Packages in CommonJS load the modules of Node.js themselves.
    banner: {
      js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
    },
    logLevel: "warning",
  };
  buildSync({ ...options, entryPoints: ["functions/local-worker.js", "test/lab/crash/worker.js"].map(at) });
  // By itself: of what it shares with the others it needs a tenth.
  buildSync({ ...options, entryPoints: [at("shared/recompiler/runtime/worker-entry.js")] });
  buildSync({
    ...options,
    entryPoints: [at("scripts/restep.js")],
    // An error's class name is the name that is shown, and decides on the exit code.
    keepNames: true,
    // The one starts a thread with the file beside it. The other needs all of zod, a third of what every verb would read with it.
    external: ["shared/recompiler/runtime/run-in-worker.js", "shared/local/api-server.js"].map(at),
  });
  buildSync({ ...options, entryPoints: [at("shared/local/api-server.js")], keepNames: true });
}

/** What a run's provenance says of this build; a package that is installed has no repository to ask. */
function describeBuild() {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lockfile = join(root, "package-lock.json");
  const git = (...words) => spawnSync("git", ["-C", root, ...words], { encoding: "utf8" }).stdout?.trim() ?? "";
  // As shared/local/installation/commit.ts has them.
  const sources = ["package.json", "package-lock.json", "scripts", "functions", "shared", "statemachines"];
  const commit = existsSync(join(root, ".git")) ? git("rev-parse", "--verify", "--quiet", "HEAD") : "";
  return {
    version,
    ...(commit === ""
      ? {}
      : { git_commit: git("status", "--porcelain", "--", ...sources) === "" ? commit : `${commit}-dirty` }),
    ...(existsSync(lockfile)
      ? { lockfile_sha256: createHash("sha256").update(readFileSync(lockfile)).digest("hex") }
      : {}),
  };
}
