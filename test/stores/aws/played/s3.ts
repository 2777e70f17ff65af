import { createHash } from "node:crypto";
import { refuse } from "./refusal.ts";

/** Far fewer than S3 lists at once. */
const KEYS_AT_ONCE = 3;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

interface Version {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** What it says of itself, as headers. */
  readonly headers: Readonly<Record<string, string>>;
}

interface Bucket {
  isVersioned: boolean;
  /** The last of each is the one that is found. */
  readonly objects: Map<string, Version[]>;
}

/** A bucket as S3 keeps it, in memory: conditional puts, checked sums, versions, lists in small pages. */
export function playedS3(): (request: HttpRequest) => HttpAnswer {
  const buckets = new Map<string, Bucket>();
  let count = 0;

  const put = (bucket: Bucket, key: string, { headers, body }: HttpRequest): HttpAnswer => {
    const before = bucket.objects.get(key) ?? [];
    if (headers["if-none-match"] === "*" && before.length > 0) {
      refuse("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", { status: 412 });
    }
    const bytes = Buffer.from((body ?? "") as Uint8Array);
    const sum = headers["x-amz-checksum-sha256"];
    if (sum !== undefined && sum !== createHash("sha256").update(bytes).digest("base64")) {
      refuse("BadDigest", "The checksum did not match");
    }
    const said = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-meta-"));
    const saidBytes = said.map(([name, text]) => Buffer.byteLength(name.slice("x-amz-meta-".length) + text));
    if (saidBytes.reduce((sum, one) => sum + one, 0) > 2_048) {
      refuse("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size");
    }
    count += 1;
    const kept = Object.entries(headers).filter(([name]) => /^x-amz-(meta-|checksum-sha256$)/.test(name));
    const version = { id: bucket.isVersioned ? `v${count}` : "null", bytes, headers: Object.fromEntries(kept) };
    bucket.objects.set(key, bucket.isVersioned ? [...before, version] : [version]);
    return { status: 200, headers: { "x-amz-version-id": version.id } };
  };

  const remove = (bucket: Bucket, key: string, id: unknown): HttpAnswer => {
    const left = (bucket.objects.get(key) ?? []).filter((version) => id !== undefined && version.id !== id);
    if (left.length === 0) bucket.objects.delete(key);
    else bucket.objects.set(key, left);
    return { status: 204 };
  };

  const read = (bucket: Bucket, key: string, isHead: boolean): HttpAnswer => {
    const found = bucket.objects.get(key)?.at(-1);
    if (found === undefined) return refuse("NoSuchKey", "The specified key does not exist.", { status: 404 });
    const versioned = bucket.isVersioned ? { "x-amz-version-id": found.id } : {};
    const headers = { ...found.headers, ...versioned, "content-length": String(found.bytes.length) };
    return { status: 200, headers, ...(isHead ? {} : { body: found.bytes }) };
  };

  const list = (bucket: Bucket, query: NonNullable<HttpRequest["query"]>): HttpAnswer => {
    const [prefix, after] = [String(query.prefix ?? ""), String(query["continuation-token"] ?? "")];
    const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, KEYS_AT_ONCE);
    const contents = page.map((key) => {
      const size = bucket.objects.get(key)?.at(-1)?.bytes.length;
      return `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`;
    });
    const next = page.length < keys.length ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    return { status: 200, body: `<ListBucketResult>${contents.join("")}${next}</ListBucketResult>` };
  };

  return (request) => {
    const { method, path, query = {}, body } = request;
    const [, name = "", key = ""] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(path)) ?? [];
    if (method === "PUT" && key === "" && query.versioning === undefined) {
      buckets.set(name, { isVersioned: false, objects: new Map() });
      return { status: 200 };
    }
    const bucket = buckets.get(name) ?? refuse("NoSuchBucket", "The specified bucket does not exist", { status: 404 });
    if (method === "PUT" && key === "") {
      bucket.isVersioned = String(body).includes("<Status>Enabled</Status>");
      return { status: 200 };
    }
    if (method === "PUT") return put(bucket, key, request);
    if (method === "DELETE") return remove(bucket, key, query.versionId);
    if (key !== "") return read(bucket, key, method === "HEAD");
    return method === "HEAD" ? { status: 200 } : list(bucket, query);
  };
}
