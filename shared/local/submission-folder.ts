import { statSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { ConfigManifest } from "../contracts/config-manifest.ts";
import { type ArtifactRef, artifactId } from "../contracts/ids.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { expectMipsExecutable, isElfFile, kindOf } from "../recompiler/elf/index.ts";
import type { NamedBytes, Package } from "../runs/pack.ts";
import type { SubmissionSource } from "../runs/submission-source.ts";
import { LayoutError } from "../stores/errors.ts";
import { folderArtifacts, readFileHere, translated } from "../stores/open.ts";
import type { ArtifactReader } from "../stores/ports.ts";

/**
 * A submission as `restep pack` writes it: `manifest.json`, with `artifacts/` beside it.
 * @param path of the manifest, or of the folder it is in
 * @param beside opens the folder of artifacts
 */
export function folderSubmission(
  path: string,
  beside: (folder: string) => ArtifactReader = folderArtifacts,
): SubmissionSource {
  const manifestPath = isFolder(path) ? join(path, "manifest.json") : path;
  return {
    name: manifestPath,
    async manifest() {
      const bytes = await read(manifestPath, "manifest", REMEDY);
      expectManifest(manifestPath, bytes);
      return bytes;
    },
    artifacts: beside(join(dirname(manifestPath), "artifacts")),
    artifactsAt: "the artifacts folder beside the manifest",
  };
}

/** False of what cannot be looked at: that is said where it is read. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

const REMEDY = "; give the path of a manifest.json, as `restep pack` writes it";

/** A binary in place of its manifest is the first mistake that one makes. */
function expectManifest(path: string, bytes: Uint8Array): void {
  if (isElfFile(bytes)) {
    // Where that would be refused as well, the reason is said at once.
    expectMipsExecutable(bytes, path);
    const folder = basename(path, extname(path));
    throw new ContractInputMissing(
      `${path}: expected a manifest.json, found an ELF file; make one for it with \`restep pack ${path} -o ${folder}/\`, and run ${folder}/manifest.json`,
    );
  }
  // Space, tab, line feed and carriage return may stand before a JSON value.
  if (bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte)) === "{".charCodeAt(0)) {
    expectSubmission(path, bytes);
    return;
  }
  throw new ContractInputMissing(`${path}: expected JSON, found ${kindOf(bytes) ?? "a binary file"}${REMEDY}`);
}

/** The manifests that a submission names, what tells one from the others, and what to do with one. */
const OTHER_MANIFESTS: readonly [name: string, keys: readonly string[], advice: string][] = [
  ["module manifest", ["isa", "binary"], "`restep pack` makes one from a binary, and a manifest.json beside it"],
  ["provenance manifest", ["collection", "licence"], "hand it to `restep pack <binary> --provenance <file>`"],
  [
    "config manifest",
    Object.keys(ConfigManifest.shape).filter((key) => key !== "schema_version"),
    "hand it to `restep pack <binary> --config <file>`",
  ],
];

/** A manifest of another kind is called by its name, and JSON of another kind JSON. What is no JSON is told of where it is parsed. */
function expectSubmission(path: string, bytes: Uint8Array): void {
  let keys: string[];
  try {
    keys = Object.keys(JSON.parse(new TextDecoder().decode(bytes)) as object);
  } catch {
    return;
  }
  if (isOfSubmission(keys)) return;
  const other = OTHER_MANIFESTS.find(([, own]) => own.some((key) => keys.includes(key)));
  const [name, , advice] = other ?? ["file of other JSON", [], "`restep pack <binary>` makes one"];
  throw new ContractInputMissing(`${path}: expected a submission (manifest.json), found a ${name}; ${advice}`);
}

const isOfSubmission = (keys: readonly string[]): boolean =>
  keys.includes("run_id") || keys.includes("module_manifest");

/** @throws {ContractInputMissing} naming the file */
export async function readInput(path: string, what: string): Promise<NamedBytes> {
  return { name: path, bytes: await read(path, what, `; give the path of the ${what}`) };
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ENOTDIR: "a file stands where a folder belongs",
  ELOOP: "links lead in a circle",
  ENAMETOOLONG: "no file has so long a name",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EFTYPE: "it is no file but a FIFO or a device",
  ENXIO: "it is no file but a socket",
  EFBIG: "it is larger than any that is taken",
};

/** Bytes of the largest file of a submission: more than the address space of a guest. */
const LARGEST_INPUT = 1 << 29;

async function read(path: string, what: string, remedy: string): Promise<Uint8Array> {
  try {
    return await readFileHere(path, LARGEST_INPUT);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const why = UNREADABLE[code] === undefined ? "" : `: ${UNREADABLE[code]}`;
    throw new ContractInputMissing(`${path}: cannot read the ${what} (${code})${why}${remedy}`, { cause: error });
  }
}

/**
 * Writes a package as a folder: `artifacts/ab/cdef…` first, `manifest.json` last, each file whole or not at all. A submission
 * that stands there is replaced; its artifacts stay, which others may name.
 * @returns the path of `manifest.json`
 * @throws LayoutError where a `manifest.json` of somebody else's stands; AccessDeniedError, NoSpaceError, IoError
 */
export function writePackage(folder: string, packed: Package): Promise<string> {
  return translated("write the submission", folder, () => writeFiles(folder, packed));
}

/** Where an artifact is, seen from its manifest. */
export function artifactPath(ref: ArtifactRef): string {
  const id = artifactId(ref);
  return `artifacts/${id.slice(0, 2)}/${id.slice(2)}`;
}

async function writeFiles(folder: string, { submission, artifacts }: Package): Promise<string> {
  const manifest = join(folder, "manifest.json");
  if (!(await mayBeReplaced(manifest))) {
    throw new LayoutError("write the submission", manifest, "a file that is no submission");
  }
  for (const [ref, bytes] of artifacts) {
    await writeWhole(join(folder, artifactPath(ref)), bytes);
  }
  await writeWhole(manifest, new TextEncoder().encode(`${JSON.stringify(submission, null, 2)}\n`));
  return manifest;
}

/** Whether nothing stands there, or a submission. Other programs have files of that name too. */
async function mayBeReplaced(manifest: string): Promise<boolean> {
  let bytes: Uint8Array;
  try {
    bytes = await readFileHere(manifest, LARGEST_INPUT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
  try {
    return isOfSubmission(Object.keys(JSON.parse(new TextDecoder().decode(bytes)) as object));
  } catch {
    return false;
  }
}

/** Writes a file that is there whole or not at all, and the folders that it stands in. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
