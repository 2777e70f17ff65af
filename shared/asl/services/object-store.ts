/** Objects in buckets, as a Distributed Map reads its items and writes its results. */
export interface ObjectStore {
  /** The bytes of an object, in pieces. Iterating throws if it is not there; see {@link objectError}. */
  get(bucket: string, key: string): AsyncIterable<Uint8Array>;
  /** The objects whose key begins with the prefix, in the order of their keys. */
  list(bucket: string, prefix: string): AsyncIterable<ObjectSummary>;
  /** Bytes of a body may become others once the promise has settled. */
  put(bucket: string, key: string, body: string | Uint8Array): Promise<void>;
  /** What is not there is removed already. */
  remove(bucket: string, key: string): Promise<void>;
}

/** An object as `ListObjectsV2` hands it to a Map's iterations. */
export interface ObjectSummary {
  readonly Etag: string;
  readonly Key: string;
  /** Seconds since the epoch. */
  readonly LastModified: number;
  readonly Size: number;
  readonly StorageClass: string;
}

/** An error as the states language has it, for a store to throw. */
export function objectError(error: string, cause: string): Error {
  return Object.assign(new Error(cause), { error, cause });
}

/** Objects in memory, for tests. */
export function memoryObjectStore(
  objects: Iterable<{ readonly bucket: string; readonly key: string; readonly body: string | Uint8Array }> = [],
): ObjectStore & { read(bucket: string, key: string): string | undefined } {
  const bodies = new Map<string, Map<string, Uint8Array>>();
  const write = (bucket: string, key: string, body: string | Uint8Array) => {
    const bytes = typeof body === "string" ? Buffer.from(body) : Uint8Array.from(body);
    const keys = bodies.get(bucket) ?? new Map<string, Uint8Array>();
    bodies.set(bucket, keys.set(key, bytes));
  };
  for (const { bucket, key, body } of objects) write(bucket, key, body);
  return {
    async *get(bucket, key) {
      const body = bodies.get(bucket)?.get(key);
      if (body === undefined)
        throw objectError("S3.NoSuchKeyException", `The specified key does not exist: ${bucket}/${key}`);
      yield body;
    },
    async *list(bucket, prefix) {
      for (const [key, body] of [...(bodies.get(bucket) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1))) {
        if (!key.startsWith(prefix)) continue;
        yield { Etag: `"${key}"`, Key: key, LastModified: 0, Size: body.length, StorageClass: "STANDARD" };
      }
    },
    put: async (bucket, key, body) => write(bucket, key, body),
    remove: async (bucket, key) => void bodies.get(bucket)?.delete(key),
    read: (bucket, key) => {
      const body = bodies.get(bucket)?.get(key);
      return body === undefined ? undefined : Buffer.from(body).toString();
    },
  };
}
