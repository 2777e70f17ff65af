import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { memoryObjectStore } from "../../../shared/asl/index.ts";
import { services } from "./services.ts";

const etag = (body: string) => `"${createHash("md5").update(body).digest("hex")}"`;

describe("an object", () => {
  it("is put as it is where it is text, else as JSON, and got back whole", async () => {
    const { call, objects } = services();
    const put = async (Body: unknown) =>
      (await call("aws-sdk:s3:putObject", { Bucket: "b", Key: "k", ...(Body === undefined ? {} : { Body }) })).output;
    expect(await put("text")).toEqual({ ETag: etag("text"), ServerSideEncryption: "AES256" });
    expect(objects.read("b", "k")).toBe("text");
    expect(await put({ a: 1 })).toEqual({ ETag: etag('{"a":1}'), ServerSideEncryption: "AES256" });
    expect(await put(undefined)).toEqual({ ETag: etag(""), ServerSideEncryption: "AES256" });
    expect(objects.read("b", "k")).toBe("");
    await put("größer");
    const got = await call("aws-sdk:s3:getObject", { Bucket: "b", Key: "k" });
    expect(got.output).toEqual({ Body: "größer", ContentLength: 8, ETag: etag("größer"), Metadata: {} });
  });

  it("is not there in another bucket", async () => {
    const { call, objects } = services();
    expect(objects.read("b", "none")).toBeUndefined();
    expect(objects.read("other", "a/1")).toBeUndefined();
    expect(await call("aws-sdk:s3:getObject", { Bucket: "other", Key: "a/1" })).toMatchObject({
      error: "S3.NoSuchKeyException",
    });
  });

  it("is copied, asked about and removed", async () => {
    const { call, objects } = services();
    const copy = { Bucket: "other", Key: "a copy", CopySource: "/b/a%2F1" };
    expect((await call("aws-sdk:s3:copyObject", copy)).output).toMatchObject({
      CopyObjectResult: { ETag: expect.any(String) },
    });
    expect(objects.read("other", "a copy")).toBe("one");
    expect((await call("aws-sdk:s3:headObject", { Bucket: "other", Key: "a copy" })).output).toMatchObject({
      ContentLength: 3,
    });
    await call("aws-sdk:s3:deleteObject", { Bucket: "other", Key: "a copy" });
    expect(await call("aws-sdk:s3:headObject", { Bucket: "other", Key: "a copy" })).toMatchObject({
      error: "S3.NoSuchKeyException",
    });
    expect(await call("aws-sdk:s3:copyObject", { ...copy, CopySource: "b/none" })).toMatchObject({
      error: "S3.NoSuchKeyException",
    });
    const Delete = { Objects: [{ Key: "a/1" }, { Key: "never there" }] };
    expect((await call("aws-sdk:s3:deleteObjects", { Bucket: "b", Delete })).output).toEqual({
      Deleted: [{ Key: "a/1" }, { Key: "never there" }],
    });
    expect(
      (await call("aws-sdk:s3:deleteObjects", { Bucket: "b", Delete: { ...Delete, Quiet: true } })).output,
    ).toEqual({});
    expect([objects.read("b", "a/1"), objects.read("b", "a/2")]).toEqual([undefined, "two"]);
  });

  it("is asked for with the SDK's integration alone, and by actions that are served", async () => {
    const { call } = services();
    expect(await call("aws-sdk:s3:putObjectAcl", { Bucket: "b", Key: "a/1" })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("arn:aws:states:::aws-sdk:s3:putObjectAcl is not recognized"),
    });
    for (const resource of ["s3:getObject", "aws-sdk:s3:toString"]) {
      expect(() => call(resource, { Bucket: "b", Key: "a/1" })).toThrow(
        `arn:aws:states:::${resource} is not recognized`,
      );
    }
  });
});

describe("a list", () => {
  const listed = async (input: object) => {
    const { call } = services();
    for (const Key of ["c", "a/10", "b"]) await call("aws-sdk:s3:putObject", { Bucket: "b", Key, Body: Key });
    return (await call("aws-sdk:s3:listObjectsV2", { Bucket: "b", ...input })).output as {
      Contents: { Key: string }[];
      IsTruncated: boolean;
    };
  };
  const keys = ({ Contents }: Awaited<ReturnType<typeof listed>>) => Contents.map(({ Key }) => Key);

  it("has the objects of a prefix in the order of their keys, each with what S3 says of it", async () => {
    const all = await listed({});
    expect(keys(all)).toEqual(["a/1", "a/10", "a/2", "b", "c"]);
    expect(all).toMatchObject({ IsTruncated: false, KeyCount: 5, MaxKeys: 1000, Name: "b", Prefix: "" });
    expect(all.Contents[0]).toEqual({
      Key: "a/1",
      ETag: '"a/1"',
      LastModified: "1970-01-01T00:00:00.000Z",
      Size: 3,
      StorageClass: "STANDARD",
    });
    expect(keys(await listed({ Prefix: "a/1" }))).toEqual(["a/1", "a/10"]);
  });

  it.each([
    [0, [], true],
    [1, ["a/1"], true],
    [4, ["a/1", "a/10", "a/2", "b"], true],
    [5, ["a/1", "a/10", "a/2", "b", "c"], false],
  ])("of %i objects at most", async (MaxKeys, expected, IsTruncated) => {
    const result = await listed({ MaxKeys });
    expect(keys(result)).toEqual(expected);
    expect(result).toMatchObject({ IsTruncated, KeyCount: expected.length, MaxKeys });
  });

  it("of a bucket without objects is empty", async () => {
    expect(await listed({ Bucket: "none" })).toMatchObject({ Contents: [], IsTruncated: false, KeyCount: 0 });
  });
});

describe("a store that fails", () => {
  it("is heard as it says", async () => {
    const broken = Object.assign(new Error("slow down"), { error: "S3.SlowDown", cause: "slow down" });
    const objects = {
      ...memoryObjectStore(),
      // biome-ignore lint/correctness/useYield: it fails before the first piece.
      async *get(): AsyncGenerator<Uint8Array> {
        throw broken;
      },
    };
    const { call } = services({ objects });
    expect(await call("aws-sdk:s3:getObject", { Bucket: "b", Key: "k" })).toMatchObject({
      error: "S3.SlowDown",
      cause: "slow down",
    });
  });

  it("keeps what was put, whatever becomes of the bytes", async () => {
    const objects = memoryObjectStore();
    const bytes = Buffer.from("before");
    const kept = objects.put("b", "k", bytes);
    await kept;
    bytes.write("after!");
    expect(objects.read("b", "k")).toBe("before");
  });
});
