import { join } from "node:path";
import { type ArtifactId, type ArtifactRef, artifactId, artifactRef } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError } from "../errors.ts";
import { digitsOf } from "../identifiers.ts";
import type {
  ClaimAsFound,
  FileAsFound,
  Inspection,
  PublicationAsFound,
  PublishedAsFound,
  RunFilesAsFound,
  StoredAsFound,
} from "../inspection.ts";
import { artifactPath, namesIn } from "./artifact-files.ts";
import { readIfThere } from "./artifacts.ts";
import { closeQuietly, readWholeFile } from "./durable-file.ts";
import { errnoOf, type FileSystem, isMissing, type OpenFile } from "./file-system.ts";
import { parseKinds } from "./kinds-as-found.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { translated } from "./os-errors.ts";
import { runFolderOf } from "./run-folder.ts";
import { readSeal, SEALED_FILES } from "./seal.ts";

const KINDS = "kinds.txt";

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

  /** Reads no more than what is sealed. */
  const beginningOf = async (path: string, sealed: number | undefined): Promise<FileAsFound["found"]> => {
    let file: OpenFile;
    try {
      file = await fs.open(path, "read");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const { size } = await file.stat();
      const bytes = sealed === undefined ? undefined : await file.read(0, Math.min(size, sealed));
      return { size, sealedPart: bytes && sha256(bytes) };
    } finally {
      await closeQuietly(file);
    }
  };

  const stored = async (): Promise<StoredAsFound> => {
    const refs: ArtifactRef[] = [];
    const others: string[] = [];
    for (const prefix of await namesIn(fs, artifacts)) {
      if (prefix === KINDS) continue;
      const isPrefix = /^[0-9a-f]{2}$/.test(prefix) && (await fs.stat(join(artifacts, prefix)))?.kind === "folder";
      if (!isPrefix) others.push(join(artifacts, prefix));
      else {
        for (const rest of await namesIn(fs, join(artifacts, prefix))) {
          if (/^[0-9a-f]{62}$/.test(rest)) refs.push(artifactRef((prefix + rest) as ArtifactId));
          else others.push(join(artifacts, prefix, rest));
        }
      }
    }
    return { refs, others };
  };

  const bundles = async (): Promise<ArtifactRef[]> => {
    const names = [...(await namesIn(fs, join(root, "bundles"))), ...(await namesIn(fs, join(root, "claims")))];
    const digits = [...new Set(names)].filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
    return digits.map((each) => artifactRef(each as ArtifactId));
  };

  const files = async (runFolder: string): Promise<RunFilesAsFound> => {
    const seal = await readSeal(fs, runFolder);
    const all: FileAsFound[] = [];
    for (const name of ["events.jsonl", "history.jsonl", ...SEALED_FILES] as const) {
      const sealed = seal?.[name];
      all.push({
        name,
        sealed: sealed && { size: sealed.bytes, sha256: sealed.sha256 },
        found: await beginningOf(join(runFolder, name), sealed?.bytes),
      });
    }
    return { isSealed: seal !== undefined, files: all };
  };

  return {
    artifact: async (ref, size) => {
      const path = artifactPath(artifacts, digitsOf(ref));
      return translated(`read ${ref}`, path, () => readIfPresent(fs, ref, path, size));
    },
    stored: async () => translated("list the artifacts", artifacts, stored),
    bundles: async () => translated("list the bundles", root, bundles),
    kinds: async () => {
      const path = join(artifacts, KINDS);
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
async function readIfPresent(
  fs: FileSystem,
  ref: ArtifactRef,
  path: string,
  size: number | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return await readIfThere(fs, path, size);
  } catch (error) {
    if (["EISDIR", "ENOTDIR", "EFTYPE", "ENXIO"].includes(errnoOf(error) ?? "")) return undefined;
    if (errnoOf(error) !== "EFBIG" || size === undefined) throw error;
    throw new CorruptionError(ref, {
      where: path,
      expected: `${size} bytes, as it is recorded with`,
      found: `${(await fs.stat(path))?.size} bytes, which were not read`,
      remedy: "restore the file from a copy",
    });
  }
}
