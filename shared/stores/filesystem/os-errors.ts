import { AccessDeniedError, IoError, LayoutError, NoSpaceError, StoreError } from "../errors.ts";
import { errnoOf } from "./file-system.ts";

const REFUSED: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

const MISPLACED: Readonly<Record<string, string>> = {
  ENOTDIR: "a file stands where a folder belongs",
  EISDIR: "a folder stands where a file belongs",
  EFTYPE: "something that is no file stands where a file belongs",
  ENXIO: "something that is no file stands where a file belongs",
  EFBIG: "a file larger than any that belongs there stands",
  ENOENT: "something is missing",
  EEXIST: "something is in the way",
  ENOTEMPTY: "something is in the way",
  ELOOP: "links point in a circle",
};

/** The operating system's error in the words of this room. Store errors pass unchanged. */
export function toStoreError(cause: unknown, doing: string, where: string): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = errnoOf(cause) ?? "";
  const place = pathOf(cause) ?? where;
  if (code === "ENOSPC" || code === "EDQUOT") return new NoSpaceError(doing, place, cause);
  const refused = REFUSED[code];
  if (refused !== undefined) return new AccessDeniedError(doing, place, refused, cause);
  const misplaced = MISPLACED[code];
  if (misplaced !== undefined) return new LayoutError(doing, place, misplaced, cause);
  return new IoError(doing, place, cause instanceof Error ? cause.message : String(cause), cause);
}

/** Runs an action and translates what the operating system says when it fails. */
export async function translated<T>(doing: string, where: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toStoreError(error, doing, where);
  }
}

/** The same for what comes piece by piece. */
export async function* translatedItems<T>(doing: string, where: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw toStoreError(error, doing, where);
  }
}

function pathOf(error: unknown): string | undefined {
  if (error instanceof Error && "path" in error && typeof error.path === "string") return error.path;
  return undefined;
}
