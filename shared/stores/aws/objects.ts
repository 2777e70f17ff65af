import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { LayoutError } from "../errors.ts";
import type { AwsAccess } from "./access.ts";
import { isNamed } from "./aws-errors.ts";

/** An object as it stands. */
export interface ObjectHead {
  readonly size: number;
  /** Undefined in a bucket that keeps no versions. */
  readonly version: string | undefined;
  /** SHA-256 that S3 checked and keeps, 64 hexadecimal digits; undefined when it was put without one. */
  readonly sha256: string | undefined;
  /** Information of whoever put it. */
  readonly notes: Readonly<Record<string, string>>;
}

export interface WholeObject extends ObjectHead {
  readonly bytes: Uint8Array;
}

/** Objects that are made once, read, and removed by their version: so no removal meets what was put since. */
export interface Objects {
  /** @returns false when there is an object of that name: nothing was written */
  putNew(key: string, bytes: Uint8Array, sha256: string, notes?: Readonly<Record<string, string>>): Promise<boolean>;
  head(key: string): Promise<ObjectHead | undefined>;
  get(key: string): Promise<WholeObject | undefined>;
  /** Removes just this version for good; one that is gone is no failure. @throws LayoutError without a version */
  remove(key: string, version: string | undefined): Promise<void>;
  /** In order of name, without the prefix. */
  list(prefix: string): AsyncIterable<{ readonly name: string; readonly size: number }>;
}

export function objectsIn(access: AwsAccess): Objects {
  const Bucket = access.bucket;
  const Key = (key: string) => `${access.prefix}${key}`;
  return {
    async putNew(key, bytes, sha256, notes = {}) {
      const ChecksumSHA256 = Buffer.from(sha256, "hex").toString("base64");
      const Metadata = Object.fromEntries(
        Object.entries(notes).map(([name, text]) => [name, encodeURIComponent(text)]),
      );
      const object = { Bucket, Key: Key(key), Body: bytes, ChecksumSHA256, Metadata, IfNoneMatch: "*" };
      try {
        await access.s3(new PutObjectCommand(object));
        return true;
      } catch (error) {
        if (isNamed(error, "PreconditionFailed")) return false;
        throw error;
      }
    },
    async head(key) {
      try {
        return headOf(await access.s3(new HeadObjectCommand({ Bucket, Key: Key(key), ChecksumMode: "ENABLED" })));
      } catch (error) {
        if (isNamed(error, "NotFound", "NoSuchKey")) return undefined;
        throw error;
      }
    },
    async get(key) {
      try {
        const answer = await access.s3(new GetObjectCommand({ Bucket, Key: Key(key) }));
        const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
        return { ...headOf(answer), size: bytes.length, bytes };
      } catch (error) {
        if (isNamed(error, "NotFound", "NoSuchKey")) return undefined;
        throw error;
      }
    },
    async remove(key, version) {
      if (version === undefined || version === "null") {
        const found = "a bucket that keeps no versions, in which a removal could meet what is put at the same time";
        throw new LayoutError("remove an object", access.where, found, undefined, "turn versioning on");
      }
      await access.s3(new DeleteObjectCommand({ Bucket, Key: Key(key), VersionId: version }));
    },
    async *list(prefix) {
      const Prefix = Key(prefix);
      let ContinuationToken: string | undefined;
      do {
        const page = await listPage({ Bucket, Prefix, ContinuationToken });
        for (const { Key: name = "", Size: size = 0 } of page.Contents ?? [])
          yield { name: name.slice(Prefix.length), size };
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },
  };

  function listPage(input: { Bucket: string; Prefix: string; ContinuationToken: string | undefined }) {
    return access.s3(new ListObjectsV2Command(input));
  }
}

function headOf(answer: {
  readonly ContentLength?: number | undefined;
  readonly VersionId?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
}): ObjectHead {
  const sha256 = answer.ChecksumSHA256;
  const notes = Object.entries(answer.Metadata ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
  return {
    size: answer.ContentLength ?? 0,
    version: answer.VersionId,
    sha256: sha256 && Buffer.from(sha256, "base64").toString("hex"),
    notes: Object.fromEntries(notes),
  };
}
