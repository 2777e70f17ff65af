import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { type ObjectStore, objectError } from "./object-store.ts";

/** Of what is being written. Keys that end so are not listed. */
const PARTIAL = /\.partial-\d+-\d+$/;

let writes = 0;

/**
 * Buckets that are folders of a folder, and objects that are files in them, as other programs put them there. A key is a path
 * in its bucket: without empty parts, `.` and `..`.
 */
export function folderObjectStore(folder: string): ObjectStore {
  const bucketFolder = (bucket: string) => {
    if (/^[\w.-]{1,255}$/.test(bucket) && !/^\.+$/.test(bucket)) return join(folder, bucket);
    throw objectError("S3.InvalidBucketNameException", `The specified bucket is not valid: ${bucket}`);
  };
  const fileOf = (bucket: string, key: string) => {
    const parts = key.split("/");
    const isPath = !key.includes("\0") && parts.every((part) => part !== "" && part !== "." && part !== "..");
    if (isPath) return join(bucketFolder(bucket), ...parts);
    throw objectError("S3.NoSuchKeyException", `A folder's objects have no such key: ${bucket}/${key}`);
  };
  return {
    async *get(bucket, key) {
      const file = fileOf(bucket, key);
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) {
        throw objectError("S3.NoSuchKeyException", `The specified key does not exist: ${bucket}/${key}`);
      }
      yield* createReadStream(file) as AsyncIterable<Uint8Array>;
    },
    async *list(bucket, prefix) {
      const root = bucketFolder(bucket);
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => {
        throw objectError("S3.NoSuchBucketException", `The specified bucket does not exist: ${bucket}`);
      });
      const keys = entries
        .filter((entry) => entry.isFile() && !PARTIAL.test(entry.name))
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(root.length + 1)
            .replaceAll(sep, "/"),
        );
      for (const key of keys.filter((each) => each.startsWith(prefix)).sort(byBytes)) {
        const found = await stat(join(root, key)).catch(() => undefined);
        // One that went away in between is not there.
        if (found === undefined) continue;
        const { size, mtimeMs } = found;
        const Etag = `"${size.toString(16)}-${Math.trunc(mtimeMs).toString(16)}"`;
        yield { Etag, Key: key, LastModified: mtimeMs / 1000, Size: size, StorageClass: "STANDARD" };
      }
    },
    async put(bucket, key, body) {
      const file = fileOf(bucket, key);
      await mkdir(dirname(file), { recursive: true });
      const partial = `${file}.partial-${process.pid}-${writes++}`;
      try {
        const handle = await open(partial, "wx");
        try {
          await handle.writeFile(body);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(partial, file);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
    async remove(bucket, key) {
      await rm(fileOf(bucket, key), { force: true });
    },
  };
}

/** S3 lists keys by their bytes in UTF-8. */
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
