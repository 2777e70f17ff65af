/**
 * How much of programs that nobody prepared is lifted, and what stands in the way: `npm run survey -- ELF...`, or
 * `npm run survey -- --debian` for Debian's static mipsel programs, fetched by apt into a scratch folder.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { loadElf } from "../../shared/recompiler/elf/index.ts";
import { liftShard } from "../../shared/recompiler/lift/shard.ts";
import { discoverFunctions } from "../../shared/recompiler/mips/discover.ts";
import { layoutProcess } from "../../shared/recompiler/runtime/layout.ts";

/** Where the packages have their static programs. */
const DEBIAN: Readonly<Record<string, string>> = {
  tini: "usr/bin/tini-static",
  sash: "bin/sash",
  "bash-static": "bin/bash-static",
  "zsh-static": "bin/zsh-static",
  "e2fsck-static": "sbin/e2fsck.static",
  "gpgv-static": "usr/bin/gpgv-static",
  "dar-static": "usr/bin/dar_static",
  "busybox-static": "bin/busybox",
};
/** Reasons listed for each program; the rest is counted. */
const REASONS = 8;

const { positionals, values } = parseArgs({ allowPositionals: true, options: { debian: { type: "boolean" } } });
if (positionals.length === 0 && !values.debian) {
  console.error("Usage: npm run survey -- ELF... | --debian");
  process.exit(2);
}
positionals.forEach(survey);
if (values.debian) surveyDebian();

function survey(path: string): void {
  const image = loadElf(readFileSync(path), path);
  const started = performance.now();
  const functions = discoverFunctions(image);
  const found = performance.now();
  const { module, reports } = liftShard({ image, layout: layoutProcess(image), functions, members: functions });
  const lifted = performance.now();
  const failed = reports.filter(({ status }) => status === "not_lifted");
  const instructions = reports.reduce((sum, report) => sum + report.instructions, 0);
  const share = (100 * (reports.length - failed.length)) / reports.length;
  console.log(
    `${basename(path)}: ${reports.length - failed.length} of ${reports.length} functions lifted (${share.toFixed(2)}%), ` +
      `${instructions} instructions, ${(module.length / instructions).toFixed(2)} bytes each; ` +
      `found in ${seconds(found - started)}, lifted in ${seconds(lifted - found)}`,
  );
  const trapping = reports.filter(({ obstacles }) => obstacles.length > 0);
  console.log(
    `  ${trapping.length} functions with obstacles (${((100 * trapping.length) / reports.length).toFixed(2)}%)`,
  );
  const reasons = new Map<string, number>();
  for (const { instruction, reason } of reports.flatMap(({ obstacle, obstacles }) => [
    ...obstacles,
    ...(obstacle ? [obstacle] : []),
  ])) {
    const kind = `${instruction.split(/\s/)[0]}: ${reason.replaceAll(/0x[0-9a-f]+/g, "0x…")}`;
    reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
  }
  const listed = [...reasons].sort(([, left], [, right]) => right - left);
  for (const [reason, count] of listed.slice(0, REASONS)) console.log(`  ${count} ${reason}`);
  if (listed.length > REASONS) console.log(`  and ${listed.length - REASONS} more kinds`);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function surveyDebian(): void {
  const scratch = mkdtempSync(join(tmpdir(), "restep-survey-"));
  try {
    fetchPackages(scratch);
    for (const program of Object.values(DEBIAN)) survey(join(scratch, "files", program));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** With lists and a status of its own: nothing is installed, and this machine's architecture does not matter. */
function fetchPackages(scratch: string): void {
  const state = join(scratch, "apt");
  mkdirSync(join(state, "lists", "partial"), { recursive: true });
  mkdirSync(join(state, "cache", "archives", "partial"), { recursive: true });
  writeFileSync(join(state, "status"), "");
  const options = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, "status")}`,
    `Dir::Cache=${join(state, "cache")}`,
    "APT::Architecture=mipsel",
    "APT::Architectures=mipsel",
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  const apt = (...args: string[]) =>
    execFileSync("apt-get", [...options, "-qq", ...args], { cwd: scratch, stdio: ["ignore", "ignore", "inherit"] });
  apt("update");
  apt("download", ...Object.keys(DEBIAN));
  const packages = readdirSync(scratch).filter((name) => name.endsWith(".deb"));
  for (const name of packages) execFileSync("dpkg-deb", ["-x", join(scratch, name), join(scratch, "files")]);
}
