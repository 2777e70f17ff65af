import { join } from "node:path";
import { artifactId } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { digitsOf } from "../identifiers.ts";
import type {
  ClaimAsFound,
  FileAsFound,
  Inspection,
  PublicationAsFound,
  PublishedAsFound,
  RunFilesAsFound,
} from "../inspection.ts";
import { artifactPath, namesIn } from "./artifact-files.ts";
import { readIfThere } from "./artifacts.ts";
import { readWholeFile } from "./durable-file.ts";
import { errnoOf, type FileSystem } from "./file-system.ts";
import { parseKinds } from "./kinds-as-found.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { translated } from "./os-errors.ts";
import { runFolderOf } from "./run-folder.ts";
import { readSeal, SEALED_FILES } from "./seal.ts";

/** Looks at a store's folder. @param root the store's folder */
export function inspectFolder(root: string, fs: FileSystem = nodeFileSystem): Inspection {
  const artifacts = join(root, "artifacts");

  const entriesOf = async (folder: string): Promise<PublishedAsFound[]> => {
    const entries: PublishedAsFound[] = [];
    for (const path of await fs.readFolder(folder)) {
      const isFile = (await fs.stat(join(folder, path)))?.kind === "file";
      const bytes = isFile ? await readWholeFile(fs, join(folder, path)) : undefined;
      entries.push({ path, extent: bytes && { size: bytes.length, sha256: sha256(bytes) } });
    }
    return entries;
  };

  const claimIn = async (path: string): Promise<ClaimAsFound> => {
    if ((await fs.isLink?.(path)) === true) return "a link";
    const stat = await fs.stat(path);
    if (stat?.kind === "folder") return "a folder";
    if (stat?.kind !== "file") return "no file";
    return stat.size === 0 ? "an empty file" : `a file of ${stat.size} bytes`;
  };

  const publication = async (digits: string): Promise<PublicationAsFound> => {
    const folder = join(root, "bundles", digits);
    const claimed = join(root, "claims", digits);
    const claims = new Map<string, ClaimAsFound>();
    for (const name of await namesIn(fs, claimed)) claims.set(name, await claimIn(join(claimed, name)));
    return { claims, files: (await fs.stat(folder))?.kind === "folder" ? await entriesOf(folder) : undefined };
  };

  const files = async (runFolder: string): Promise<RunFilesAsFound> => {
    const seal = await readSeal(fs, runFolder);
    const all: FileAsFound[] = [];
    for (const name of ["events.jsonl", "history.jsonl", ...SEALED_FILES] as const) {
      const sealed = seal?.[name];
      const bytes = await readIfThere(fs, join(runFolder, name));
      all.push({
        name,
        sealed: sealed && { size: sealed.bytes, sha256: sealed.sha256 },
        found: bytes && { size: bytes.length, sealedPart: sha256(bytes.subarray(0, sealed?.bytes)) },
      });
    }
    return { isSealed: seal !== undefined, files: all };
  };

  return {
    artifact: async (ref) => {
      const path = artifactPath(artifacts, digitsOf(ref));
      return translated(`read ${ref}`, path, () => readIfPresent(fs, path));
    },
    kinds: async () => {
      const path = join(artifacts, "kinds.txt");
      const bytes = await translated("read the index of kinds", path, () => readIfThere(fs, path));
      const { kinds, damaged } = parseKinds(Buffer.from(bytes ?? []).toString("latin1"));
      return { kindsOf: (ref) => kinds.get(artifactId(ref)) ?? new Set(), damaged };
    },
    files: async (runId) => {
      const runFolder = runFolderOf(join(root, "runs"), runId);
      return translated(`look at run ${runId}`, runFolder, () => files(runFolder));
    },
    publication: async (bundle) => translated(`look at ${bundle}`, root, () => publication(digitsOf(bundle))),
  };
}

/** Where something else than a file stands, there is no artifact. */
async function readIfPresent(fs: FileSystem, path: string): Promise<Uint8Array | undefined> {
  try {
    return await readIfThere(fs, path);
  } catch (error) {
    if (["EISDIR", "ENOTDIR", "EFTYPE", "ENXIO"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}
