import { createHash } from "node:crypto";
import { stringifyExact } from "../query/index.ts";
import type { ObjectStore } from "./object-store.ts";
import type { TaskResolver } from "./resolver.ts";
import { type CallInput, ServiceRefusal, serviceResolver } from "./service-call.ts";

const NAMES = { optimised: "S3", sdk: "S3", service: "Amazon S3" };

/** `aws-sdk:s3` on an object store: get, head, put, copy and delete an object, deleteObjects, listObjectsV2. */
export function s3Resolver(objects: ObjectStore): TaskResolver {
  return serviceResolver(NAMES, {
    async getObject(input) {
      const body = await readAll(objects, input);
      return { Body: body.toString(), ContentLength: body.length, ETag: etag(body), Metadata: {} };
    },
    async putObject({ Bucket, Key, Body = "" }) {
      const body = typeof Body === "string" ? Body : stringifyExact(Body);
      await objects.put(String(Bucket), String(Key), body);
      return { ETag: etag(Buffer.from(body)), ServerSideEncryption: "AES256" };
    },
    async headObject(input) {
      const body = await readAll(objects, input);
      return { ContentLength: body.length, ETag: etag(body), Metadata: {} };
    },
    async copyObject({ Bucket, Key, CopySource }) {
      const [from = "", ...path] = decodeURIComponent(String(CopySource)).replace(/^\//, "").split("/");
      const body = await readAll(objects, { Bucket: from, Key: path.join("/") });
      await objects.put(String(Bucket), String(Key), body);
      return { CopyObjectResult: { ETag: etag(body), LastModified: new Date().toISOString() } };
    },
    async deleteObject({ Bucket, Key }) {
      await objects.remove(String(Bucket), String(Key));
      return {};
    },
    async deleteObjects({ Bucket, Delete }) {
      const { Objects = [], Quiet } = (Delete ?? {}) as {
        readonly Objects?: readonly CallInput[];
        readonly Quiet?: boolean;
      };
      for (const { Key } of Objects) await objects.remove(String(Bucket), String(Key));
      return Quiet ? {} : { Deleted: Objects.map(({ Key }) => ({ Key })) };
    },
    async listObjectsV2({ Bucket, Prefix = "", MaxKeys = 1000 }) {
      const Contents: object[] = [];
      let IsTruncated = false;
      for await (const { Etag, ...object } of objects.list(String(Bucket), String(Prefix))) {
        IsTruncated = Contents.length >= Number(MaxKeys);
        if (IsTruncated) break;
        Contents.push({ ...object, ETag: Etag, LastModified: new Date(object.LastModified * 1000).toISOString() });
      }
      return { Contents, IsTruncated, KeyCount: Contents.length, MaxKeys, Name: Bucket, Prefix };
    },
  });
}

async function readAll(objects: ObjectStore, { Bucket, Key }: CallInput): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of objects.get(String(Bucket), String(Key))) pieces.push(piece);
  } catch (thrown) {
    const { error } = thrown as { error?: unknown };
    if (error !== "S3.NoSuchKeyException") throw thrown;
    throw new ServiceRefusal("NoSuchKey", "The specified key does not exist.", 404);
  }
  return Buffer.concat(pieces);
}

const etag = (body: Uint8Array): string => `"${createHash("md5").update(body).digest("hex")}"`;
