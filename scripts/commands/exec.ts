import { runInWorker } from "../../shared/recompiler/runtime/run-in-worker.ts";
import { findBundle } from "../../shared/runs/bundle.ts";
import { toLayout } from "../../shared/stages/program-documents.ts";
import { type GlobalOptions, say, withStores } from "../cli/context.ts";
import { ExitCode } from "../cli/exit-codes.ts";

interface ExecOptions extends GlobalOptions {
  readonly root?: string;
}

/** Runs the recompiled program with this process's standard streams. @returns the program's own exit status */
export async function execVerb(target: string, programArgs: string[], options: ExecOptions): Promise<number> {
  const { index, module } = await withStores(options, async (stores) => {
    const { index } = await findBundle(stores, target);
    const file = index.files.find((each) => each.role === "module");
    if (file === undefined) throw new Error(`bundle of ${index.name}: expected a file of role module, found none`);
    return { index, module: await stores.artifacts.get(file.artifact) };
  });
  const args = [index.name, ...programArgs];
  const outcome = await runInWorker({
    module,
    start: { layout: toLayout(index.layout), endianness: index.endianness, entry: Number(index.entry), args, env: [] },
    files: { args, ...(options.root === undefined ? {} : { root: options.root }) },
  });
  for (const { number, count } of outcome.unknownSyscalls) {
    say(`restep: ${index.name}: system call ${number} is not there; it answered ENOSYS ${count} times`);
  }
  if (outcome.kind === "exit") return outcome.status;
  const where = outcome.functionName === undefined ? "" : ` in ${outcome.functionName}`;
  say(`restep: ${index.name}: ${outcome.message}${where}`);
  return ExitCode.failed;
}
