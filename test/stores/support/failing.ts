import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";

/** The error of an operating system. */
export function failure(code: string, path = ""): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}

type Operation = Exclude<keyof FileSystem, "watch" | "isLink">;

/** A disk on which an operation fails where `why` says with which error. */
export function failingAt<Name extends Operation>(
  disk: FileSystem,
  operation: Name,
  why: (...args: Parameters<FileSystem[Name]>) => string | undefined,
): FileSystem {
  const act = disk[operation] as (...args: Parameters<FileSystem[Name]>) => Promise<unknown>;
  return {
    ...disk,
    [operation]: async (...args: Parameters<FileSystem[Name]>) => {
      const code = why(...args);
      if (code !== undefined) throw failure(code, String(args[0]));
      return act(...args);
    },
  };
}
