import type { Verification } from "../../shared/runs/verify/verify-run.ts";
import { type GlobalOptions, print, withRun, withRuns } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";
import { verifyingKeysOf } from "../cli/key-file.ts";

interface KeysOption {
  /** Files with public keys. */
  readonly key: readonly string[];
}

/** @param name a run; without one every run, and what no run leads to */
export function verifyVerb(name: string | undefined, options: GlobalOptions & KeysOption): Promise<ExitCode> {
  return name === undefined ? verifyStore(options) : verifyOne(name, options);
}

async function verifyOne(name: string, options: GlobalOptions & KeysOption): Promise<ExitCode> {
  const keys = await verifyingKeysOf(options.key);
  const result = await withRun(options, name, (runs, runId) => runs.verify(runId, { keys }));
  if (options.json) print(JSON.stringify(result));
  else {
    printFound(result);
    printSigned(result);
    const { artifacts, events, history, facts } = result;
    printEnd(`${artifacts} artifacts, ${events} events, ${history} history entries, ${facts} facts`, result);
  }
  return result.ok ? ExitCode.succeeded : ExitCode.failed;
}

async function verifyStore(options: GlobalOptions & KeysOption): Promise<ExitCode> {
  const keys = await verifyingKeysOf(options.key);
  const result = await withRuns(options, (runs) => runs.verifyAll({ keys }));
  if (options.json) print(JSON.stringify(result));
  else {
    for (const run of result.runs) {
      printFound(run);
      printSigned(run);
      printEnd(`run ${run.run_id}`, run);
    }
    printFound(result);
    const { runs, artifacts, unreferenced, bundles } = result;
    const problems = [...runs.flatMap((run) => run.problems), ...result.problems];
    const counts = `${runs.length} runs, ${artifacts} artifacts, ${unreferenced} of them of no run, ${bundles} bundles`;
    printEnd(counts, { ok: result.ok, problems });
  }
  return result.ok ? ExitCode.succeeded : ExitCode.failed;
}

/** Who vouches for the run, and for each decision in it. */
function printSigned({ signed, decided }: Verification): void {
  for (const { keyid, seq, is_named } of signed) {
    if (is_named && seq !== undefined) print(`Provenance and log, up to event ${seq}, signed by ${keyid}`);
  }
  for (const { gate, decision, by, basis, is_named } of decided) {
    const isUnknown = basis !== "said" && !is_named;
    print(`Gate ${gate} ${decision} by ${by} (${basis}${isUnknown ? ", not named with --key" : ""})`);
  }
}

function printFound({ problems, notices }: Pick<Verification, "problems" | "notices">): void {
  for (const { what, where, expected, found } of problems)
    print(`${what}, ${where}: expected ${expected}; found ${found}`.replaceAll("\n", " "));
  for (const { what, where, why } of notices) print(`Note: ${what}, ${where}: ${why}`);
}

function printEnd(what: string, { ok, problems }: Pick<Verification, "ok" | "problems">): void {
  print(`${what}: ${ok ? "all as recorded" : `${problems.length} not as recorded`}`);
}
