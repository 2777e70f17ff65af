import type { FileSystem, OpenFile } from "./file-system.ts";

/** Makes a new file with these bytes, synced; removes it again when that fails. */
export async function writeNewFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await fs.open(path, "create");
  try {
    try {
      await file.write(0, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard(fs, path);
    throw error;
  }
}

/** Puts a new file in the place of `path`, whole or not at all. `staged` is a free path on the same file system. */
export async function replaceFile(fs: FileSystem, staged: string, path: string, bytes: Uint8Array): Promise<void> {
  await writeNewFile(fs, staged, bytes);
  try {
    await fs.rename(staged, path);
  } catch (error) {
    await discard(fs, staged);
    throw error;
  }
}

/** Bytes of the largest file that is taken into memory whole: what is larger is not of this store's making. */
const LARGEST_WHOLE = 1024 * 1024 * 1024;

/** The whole of a file that is never changed in place. @throws `EFBIG` for one of more bytes than `most` */
export async function readWholeFile(fs: FileSystem, path: string, most = LARGEST_WHOLE): Promise<Uint8Array> {
  const file = await fs.open(path, "read");
  try {
    const { size } = await file.stat();
    if (size <= most) return await file.read(0, size);
    const code = "EFBIG";
    throw Object.assign(new Error(`${code}: ${size} bytes, expected at most ${most}, read '${path}'`), { code, path });
  } finally {
    await closeQuietly(file);
  }
}

/** Makes durable what others have written to a file. */
export async function syncFile(fs: FileSystem, path: string): Promise<void> {
  const file = await fs.open(path, "write");
  try {
    await file.sync();
  } finally {
    await closeQuietly(file);
  }
}

/** Closes a file that was only read, or synced already: should that fail, nothing is lost. */
export async function closeQuietly(file: OpenFile): Promise<void> {
  await file.close().catch(() => undefined);
}

/** Removes a temporary file after a failure; if that fails too, the next open finds it by its owner's name. */
export async function discard(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.removeFile(path);
  } catch {
    // The first failure is the one to report.
  }
}
