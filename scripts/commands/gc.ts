import type { Collection, RemovedItem, Tally } from "../../shared/runs/retention/collect.ts";
import { retentionPolicy } from "../../shared/runs/retention/policy.ts";
import { parseCount } from "../cli/arguments.ts";
import { type GlobalOptions, print, say, withRuns } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";

interface GcOptions extends GlobalOptions {
  readonly dryRun: boolean;
  readonly keepFailed?: string;
  readonly keepIntermediates?: string;
  readonly grace?: string;
}

/** Removes what the retention policy keeps no longer, and prints what and why. Exit code 1 when a run cannot be read. */
export async function gcVerb(options: GcOptions): Promise<ExitCode> {
  const policy = retentionPolicy({
    keepFailedDays: optionalCount("--keep-failed", options.keepFailed),
    keepIntermediatesDays: optionalCount("--keep-intermediates", options.keepIntermediates),
    graceHours: optionalCount("--grace", options.grace),
  });
  // As found: a dry run changes nothing, and what opening a store would clear away is counted here.
  const collection = await withRuns(options, (runs) => runs.collect({ policy, isDryRun: options.dryRun }), {
    asFound: true,
  });
  if (options.json) print(JSON.stringify(collection));
  else for (const line of formatCollection(collection)) print(line);
  for (const { message } of collection.problems) if (!options.json) say(`restep: ${message}`);
  return collection.problems.length === 0 ? ExitCode.succeeded : ExitCode.failed;
}

function optionalCount(name: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseCount(name, text, 0);
}

const REMOVED: Readonly<Record<RemovedItem["why"], string>> = {
  intermediate_expired: "intermediates of succeeded runs",
  failed_run_expired: "artifacts of failed runs",
  unreferenced: "artifacts that no run refers to",
  set_aside_expired: "things in quarantine",
  leftover: "temporary files of processes that are gone",
};

const KEPT: Readonly<Record<keyof Collection["kept"], string>> = {
  run_not_ended: "runs that have not ended",
  bundle: "bundles",
  provenance: "provenance",
  fact: "recorded facts",
  manifest: "manifests",
  input: "what manifests name",
  failed_run: "failed runs whose time is not over",
  succeeded_run: "succeeded runs whose time is not over",
  run_at_work: "put since a run at work began",
  recently_put: "put lately",
  run_unreadable: "perhaps of a run that cannot be read",
};

function formatCollection({ is_dry_run, removed, freed_bytes, kept, problems }: Collection): string[] {
  const lines: string[] = [];
  if (is_dry_run) for (const { name, size, why } of removed) lines.push(`${name}  ${formatBytes(size)}  ${why}`);
  const verb = is_dry_run ? "Would remove" : "Removed";
  lines.push(`${verb} ${removed.length}, ${formatBytes(freed_bytes)}`);
  for (const [why, text] of Object.entries(REMOVED)) lines.push(...formatTally(tallyOf(removed, why), text));
  const all = Object.values(kept).reduce((sum, { count, bytes }) => ({
    count: sum.count + count,
    bytes: sum.bytes + bytes,
  }));
  lines.push(`Kept ${all.count} artifacts, ${formatBytes(all.bytes)}`);
  for (const [why, text] of Object.entries(KEPT)) lines.push(...formatTally(kept[why as keyof typeof KEPT], text));
  if (problems.length > 0)
    lines.push("No artifact is removed as long as a run cannot be read, for it might be the run's.");
  return lines;
}

function tallyOf(removed: readonly RemovedItem[], why: string): Tally {
  const items = removed.filter((item) => item.why === why);
  return { count: items.length, bytes: items.reduce((sum, { size }) => sum + size, 0) };
}

function formatTally({ count, bytes }: Tally, text: string): string[] {
  return count === 0 ? [] : [`${String(count).padStart(8)}  ${formatBytes(bytes).padStart(9)}  ${text}`];
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`;
}
