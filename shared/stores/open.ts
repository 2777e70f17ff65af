import { fileURLToPath } from "node:url";
import { InvalidInputError, NotFoundError } from "./errors.ts";
import { inspectFolder } from "./filesystem/inspection.ts";
import { openFileSystemStores } from "./filesystem/open.ts";
import type { Inspection } from "./inspection.ts";
import type { Stores, StoresOptions } from "./ports.ts";

export { folderArtifacts } from "./filesystem/folder-artifacts.ts";
export { type LeasedFolderOptions, openLeasedFolder } from "./filesystem/leased-folder.ts";
export { readFileHere } from "./filesystem/node-file-system.ts";
export { translated } from "./filesystem/os-errors.ts";

/** How the stores of one scheme are reached. Those of other schemes than files are loaded when they are asked for. */
interface Scheme {
  /** What is written to name one, for messages. */
  readonly form: string;
  /** Whether other threads and processes can open them too. */
  readonly isShared: boolean;
  open(url: string, options: StoresOptions): Promise<Stores>;
  inspect(url: string): Promise<Inspection>;
}

const SCHEMES: Readonly<Record<string, Scheme>> = {
  file: {
    form: "file:PATH, a plain path",
    isShared: true,
    open: async (url, options) => openFileSystemStores(folderOf(url), options),
    inspect: async (url) => inspectFolder(folderOf(url)),
  },
  s3: {
    form: "s3://BUCKET/PREFIX",
    isShared: true,
    open: async (url, options) => (await import("./aws/open.ts")).openAwsStores(url, options),
    inspect: async (url) => (await import("./aws/inspection.ts")).inspectAws(url),
  },
  memory: {
    form: "memory:",
    isShared: false,
    async open(url, options) {
      checkMemory(url);
      if (options.mustExist === true || options.asFound === true) throw new NotFoundError("a store", "a new memory");
      return (await import("./memory/open.ts")).createMemoryStores(options);
    },
    async inspect(url) {
      checkMemory(url);
      throw new NotFoundError("a store", "a new memory");
    },
  },
};

const FORMS = Object.values(SCHEMES).map(({ form }) => form);
const KNOWN = `${FORMS.slice(0, -1).join(", ")}, or ${FORMS.at(-1)}`;

/** Two characters at the least: one is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/**
 * Opens the stores at a URL: `file:PATH` or a plain path, a folder; `s3://BUCKET/PREFIX`, a bucket and the tables beside it;
 * `memory:`, which forgets everything with the process.
 * @throws InvalidInputError for another scheme
 * @throws NotFoundError when there is no store and one must exist
 */
export async function openStores(url: string, options: StoresOptions = {}): Promise<Stores> {
  return schemeOf(url).open(url, options);
}

/** Looks at the store at a URL as it stands. @throws InvalidInputError for another scheme */
export async function inspectStore(url: string): Promise<Inspection> {
  return schemeOf(url).inspect(url);
}

/** Whether other threads and processes can open the stores at a URL too. @throws InvalidInputError for another scheme */
export function isSharedStore(url: string): boolean {
  return schemeOf(url).isShared;
}

/** The folder that a store's files are in; undefined where it has none. @throws InvalidInputError for another scheme */
export function storeFolder(url: string): string | undefined {
  return schemeOf(url) === SCHEMES.file ? folderOf(url) : undefined;
}

function schemeOf(url: string): Scheme {
  const name = SCHEME.exec(url)?.[1]?.toLowerCase() ?? "file";
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (scheme !== undefined && url !== "") return scheme;
  const found = url === "" ? "nothing" : `${url} (write ./${url} for a folder of that name)`;
  throw new InvalidInputError("store", KNOWN, found);
}

/** @throws InvalidInputError */
function folderOf(url: string): string {
  if (!/^file:/i.test(url)) return url;
  const rest = url.slice("file:".length);
  try {
    const path = rest.startsWith("//") ? fileURLToPath(url) : rest;
    if (path !== "") return path;
  } catch {
    // Such as file://server/share: no folder of this machine.
  }
  throw new InvalidInputError("store", "file: and the path of a folder of this machine", url);
}

/** @throws InvalidInputError */
function checkMemory(url: string): void {
  if (!/^memory:$/i.test(url)) throw new InvalidInputError("store", "memory: and nothing behind it", url);
}
