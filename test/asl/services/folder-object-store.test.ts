import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderObjectStore, type ObjectStore } from "../../../shared/asl/index.ts";

let folder: string;
let objects: ObjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-objects-"));
  objects = folderObjectStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

async function allOf<Each>(each: AsyncIterable<Each>): Promise<readonly Each[]> {
  const all: Each[] = [];
  for await (const one of each) all.push(one);
  return all;
}
const read = async (bucket: string, key: string) => Buffer.concat(await allOf(objects.get(bucket, key))).toString();
const keys = async (bucket: string, prefix = "") => (await allOf(objects.list(bucket, prefix))).map(({ Key }) => Key);

describe("buckets in a folder", () => {
  it("have the files that others put there, listed by the bytes of their keys", async () => {
    mkdirSync(join(folder, "b", "in"), { recursive: true });
    writeFileSync(join(folder, "b", "in", "2.json"), "[2]");
    writeFileSync(join(folder, "b", "in.json"), "[]");
    writeFileSync(join(folder, "b", "A"), "a");
    expect(await keys("b")).toEqual(["A", "in.json", "in/2.json"]);
    expect(await keys("b", "in/")).toEqual(["in/2.json"]);
    expect(await read("b", "in/2.json")).toBe("[2]");
    const [summary] = await allOf(objects.list("b", "in/2"));
    expect(summary).toMatchObject({ Size: 3, StorageClass: "STANDARD", LastModified: expect.any(Number) });
  });

  it("take objects whole, in folders and buckets that are made for them, and lose them again", async () => {
    await objects.put("new", "runs/1/out.json", "one");
    await objects.put("new", "runs/1/out.json", Buffer.from("two"));
    expect(readFileSync(join(folder, "new", "runs", "1", "out.json"), "utf8")).toBe("two");
    expect(readdirSync(join(folder, "new", "runs", "1"))).toEqual(["out.json"]);
    await objects.remove("new", "runs/1/out.json");
    await objects.remove("new", "runs/1/out.json");
    expect(await keys("new")).toEqual([]);
  });

  it.each([
    ["b", "none", "S3.NoSuchKeyException"],
    ["b", "in", "S3.NoSuchKeyException"],
    ["b", "../secret", "S3.NoSuchKeyException"],
    ["b", "in/../../secret", "S3.NoSuchKeyException"],
    ["b", "/etc/passwd", "S3.NoSuchKeyException"],
    ["b", "a\0", "S3.NoSuchKeyException"],
    ["b", "", "S3.NoSuchKeyException"],
    ["..", "secret", "S3.InvalidBucketNameException"],
    [".", "secret", "S3.InvalidBucketNameException"],
    ["a/b", "x", "S3.InvalidBucketNameException"],
  ])("have nothing outside or that is no file: %s %j", async (bucket, key, error) => {
    mkdirSync(join(folder, "b", "in"), { recursive: true });
    writeFileSync(join(folder, "secret"), "outside of every bucket");
    await expect(read(bucket, key)).rejects.toMatchObject({ error });
    if (key !== "none" && key !== "in") {
      await expect(objects.put(bucket, key, "x")).rejects.toMatchObject({ error });
      await expect(objects.remove(bucket, key)).rejects.toMatchObject({ error });
    }
    expect(readFileSync(join(folder, "secret"), "utf8")).toBe("outside of every bucket");
  });

  it("say that a bucket is not there", async () => {
    await expect(keys("none")).rejects.toMatchObject({ error: "S3.NoSuchBucketException" });
  });
});
