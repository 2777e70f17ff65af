import { join } from "node:path";
import type { RunId } from "../../contracts/ids.ts";
import { RunSignature } from "../../contracts/signature.ts";
import { canonicalText } from "../digest.ts";
import { CorruptionError, NotFoundError } from "../errors.ts";
import type { SignatureStore } from "../ports.ts";
import { ensureFolder, namesIn } from "./artifact-files.ts";
import { readIfThere } from "./artifacts.ts";
import { replaceFile } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";
import { translated } from "./os-errors.ts";
import { runFolderOf } from "./run-folder.ts";
import type { TemporaryFiles } from "./temporary-files.ts";

const FOLDER = "signatures";
/** Nothing tells how large a file should be: far more than a statement takes. */
const MOST_BYTES = 64 * 2 ** 20;

/** A file for each key in a folder of their own in the run's folder, beside what the run's holder writes. */
export function fileSignatures({
  fs,
  folder,
  temporary,
}: {
  readonly fs: FileSystem;
  /** The `runs` folder. */
  readonly folder: string;
  readonly temporary: TemporaryFiles;
}): SignatureStore {
  const expectRun = async (runId: RunId): Promise<string> => {
    const runFolder = runFolderOf(folder, runId);
    if ((await fs.stat(runFolder)) === undefined) throw new NotFoundError(`run ${runId}`, folder);
    return runFolder;
  };
  return {
    put: (runId, signature) =>
      translated(`keep a signature of run ${runId}`, folder, async () => {
        const runFolder = await expectRun(runId);
        const signatures = join(runFolder, FOLDER);
        await ensureFolder(fs, signatures);
        await fs.syncFolder(runFolder);
        const parsed = RunSignature.parse(signature);
        await replaceFile(fs, temporary.next(), join(signatures, nameOf(parsed)), Buffer.from(textOf(parsed)));
        await fs.syncFolder(signatures);
      }),
    list: (runId) =>
      translated(`read the signatures of run ${runId}`, folder, async () => {
        const signatures = join(await expectRun(runId), FOLDER);
        const found: RunSignature[] = [];
        for (const name of await namesIn(fs, signatures)) {
          const path = join(signatures, name);
          const bytes = await readIfThere(fs, path, MOST_BYTES);
          if (bytes !== undefined) found.push(parse(Buffer.from(bytes).toString("utf8"), { runId, name, path }));
        }
        return found;
      }),
  };
}

/** `ed25519-<64 digits>.json`: a colon is no part of a file's name everywhere. */
function nameOf({ keyid }: RunSignature): string {
  return `${keyid.replace(":", "-")}.json`;
}

function textOf(signature: RunSignature): string {
  return `${canonicalText(signature)}\n`;
}

/** Nothing but what `textOf` writes, under the name of its key. */
function parse(
  text: string,
  { runId, name, path }: { readonly runId: RunId; readonly name: string; readonly path: string },
): RunSignature {
  try {
    const parsed = RunSignature.safeParse(JSON.parse(text));
    if (parsed.success && textOf(parsed.data) === text && nameOf(parsed.data) === name) return parsed.data;
  } catch {
    // Not JSON.
  }
  throw new CorruptionError("the signature of a run", {
    where: path,
    expected: "what one key has signed, as this store writes it",
    found: "something else",
    remedy: `remove the file, and sign the run again with \`restep sign ${runId}\``,
  });
}
