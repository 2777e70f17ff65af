import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { artifactKey } from "../../../shared/stores/aws/artifacts.ts";
import { inspectAws } from "../../../shared/stores/aws/inspection.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";
import { playedAwsStore } from "./played/store.ts";

const bytes = Buffer.from("hello");
const refOf = (text: string | Buffer) => `artifact://${sha256(Buffer.from(text))}` as ArtifactRef;
const ref = refOf(bytes);

async function setUp() {
  const played = await playedAwsStore();
  const { address, clients, Bucket, prefix } = played;
  const put = (key: string, text: string) =>
    clients.s3.send(new PutObjectCommand({ Bucket, Key: prefix + key, Body: Buffer.from(text) }));
  return { ...played, put, inspection: inspectAws(address, clients) };
}

describe("an artifact in AWS as it stands", () => {
  it("is its bytes, whatever they hash to", async () => {
    const { put, stores, inspection } = await setUp();
    expect(await inspection.artifact(ref)).toBeUndefined();
    expect(await inspection.artifact(ref, 5)).toBeUndefined();
    await stores.artifacts.put("output", bytes);
    expect(Buffer.from((await inspection.artifact(ref, 5))!)).toEqual(bytes);
    await put(artifactKey(sha256(bytes)), "hallo");
    expect(Buffer.from((await inspection.artifact(ref, 5))!).toString()).toBe("hallo");
  });

  it("is not read where it is larger than recorded", async () => {
    const { stores, inspection } = await setUp();
    await stores.artifacts.put("output", bytes);
    await expect(inspection.artifact(ref, 4)).rejects.toMatchObject({
      name: "CorruptionError",
      message: expect.stringMatching(/s3:\/\/restep\/team-a\/.*4 bytes.*5 bytes.*remove that version/),
    });
  });

  it("is listed in order, over all pages, and what has no artifact's name beside it", async () => {
    const { address, clients, put, stores, inspection } = await setUp();
    const texts = ["a", "b", "c", "d", "e", "f", "g"];
    for (const text of texts) await stores.artifacts.put(text < "c" ? "manifest" : "output", Buffer.from(text));
    await stores.artifacts.put("fact_payload", Buffer.from("a"));
    await put("artifacts/notes.txt", "mine");
    const refs = texts.map(refOf).sort();
    expect(await inspection.stored()).toEqual({ refs, others: ["s3://restep/team-a/artifacts/notes.txt"] });
    const { kindsOf, damaged } = await inspectAws(address, clients).kinds();
    expect(damaged).toEqual([]);
    expect([...kindsOf(refOf("a"))].sort()).toEqual(["fact_payload", "manifest"]);
    expect([...kindsOf(refOf("g"))]).toEqual(["output"]);
    expect([...kindsOf(refOf("nobody's"))]).toEqual([]);
  });
});

describe("what is published in AWS as it stands", () => {
  it("has its claims, and each file with its size and hash", async () => {
    const { put, stores, inspection } = await setUp();
    expect(await inspection.publication(ref)).toEqual({ claims: new Map(), files: undefined });
    expect(await inspection.bundles()).toEqual([]);
    await stores.artifacts.put("output", bytes);
    await stores.artifacts.put("output", Buffer.from("module"));
    const files = [{ path: "module.wasm", artifact: refOf("module") }];
    for (const run of [RUN, OTHER_RUN]) await stores.publications.publish(ref, files, run);
    await put("bundles/notes.txt", "mine");
    await put("bundles/other/notes.txt", "mine");
    expect(await inspection.bundles()).toEqual([ref]);
    const extent = (of: Buffer) => ({ size: of.length, sha256: sha256(of) });
    const found = await inspection.publication(ref);
    expect([...found.claims]).toEqual([
      [RUN, "an empty file"],
      [OTHER_RUN, "an empty file"],
    ]);
    expect(found.files).toEqual([
      { path: "bundle.json", extent: extent(bytes) },
      { path: "module.wasm", extent: extent(Buffer.from("module")) },
    ]);
  });

  it("leaves out what goes while it is listed", async () => {
    const { address, clients, stores } = await setUp();
    await stores.artifacts.put("output", bytes);
    await stores.publications.publish(ref, [{ path: "copy.bin", artifact: ref }], RUN);
    const stack = clients.s3.middlewareStack as { add(middleware: unknown, options: object): void };
    const missing = (next: (args: unknown) => Promise<unknown>) => async (args: { input: { Key?: string } }) => {
      if (args.input.Key?.endsWith("/copy.bin")) throw Object.assign(new Error("gone"), { name: "NoSuchKey" });
      return next(args);
    };
    stack.add(missing, { step: "initialize", name: "missing" });
    const { files } = await inspectAws(address, clients).publication(ref);
    expect(files).toMatchObject([{ path: "bundle.json" }]);
  });

  it("is there without its index too", async () => {
    const { clients, Bucket, prefix, stores, inspection } = await setUp();
    await stores.artifacts.put("output", bytes);
    const files = [{ path: "copy.bin", artifact: ref }];
    await stores.publications.publish(ref, files, RUN);
    const Key = `${prefix}bundles/${sha256(bytes)}/bundle.json`;
    await clients.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect((await inspection.publication(ref)).files).toMatchObject([{ path: "copy.bin" }]);
  });
});

it("nothing that only grows has a seal in AWS", async () => {
  const { stores, inspection } = await setUp();
  await stores.runs.create(RUN, {});
  expect(await inspection.files(RUN)).toEqual({ isSealed: false, files: [] });
});
