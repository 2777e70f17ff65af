import { basename, extname } from "node:path";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import type { Priority } from "../../shared/contracts/priorities.ts";
import { version } from "../../shared/local/installation/package.ts";
import { readInput, writePackage } from "../../shared/local/submission-folder.ts";
import { pack } from "../../shared/runs/pack.ts";
import { parseArgument } from "../cli/arguments.ts";
import { type GlobalOptions, nextCommand, print, say } from "../cli/context.ts";

interface PackVerbOptions extends GlobalOptions {
  output?: string;
  symbols?: string;
  config?: string;
  provenance?: string;
  runId?: string;
  requestedBy: string;
  priority: Priority;
}

export async function packVerb(binary: string, options: PackVerbOptions): Promise<void> {
  const folder = options.output ?? `${basename(binary, extname(binary))}.restep`;
  const optional = async (path: string | undefined, what: string) =>
    path === undefined ? undefined : readInput(path, what);
  const packed = pack(
    {
      binary: await readInput(binary, "binary"),
      symbols: await optional(options.symbols, "symbol file"),
      config: await optional(options.config, "config"),
      provenance: await optional(options.provenance, "provenance"),
    },
    {
      runId: options.runId === undefined ? undefined : parseArgument(RunId, "--run-id", options.runId),
      requestedBy: parseArgument(PrincipalId, "--requested-by", options.requestedBy),
      priority: options.priority,
      toolVersion: version,
    },
  );
  const manifest = await writePackage(folder, packed);
  if (options.provenance === undefined) {
    say("No --provenance given: the manifest states only the file's name, size and hash.");
  }
  const { submission, artifacts, warnings } = packed;
  for (const warning of warnings) say(`restep: ${warning}`);
  if (options.json)
    return print(JSON.stringify({ manifest, run_id: submission.run_id, artifacts: [...artifacts.keys()] }));
  print(`${manifest}\nrun id ${submission.run_id}, ${artifacts.size} artifacts`);
  say(`Next: ${nextCommand(options, "run", manifest)}`);
}
