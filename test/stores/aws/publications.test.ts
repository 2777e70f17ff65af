import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { artifactKey } from "../../../shared/stores/aws/artifacts.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { digitsOf } from "../../../shared/stores/identifiers.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";
import { playedAwsStore } from "./played/store.ts";

async function setUp() {
  const { stores, clients, notices, Bucket, prefix } = await playedAwsStore();
  const bundle = await stores.artifacts.put("output", Buffer.from('{"files":[]}'));
  const keys = async (below: string) => {
    const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix + below }));
    return Contents.map(({ Key = "" }) => `s3://${Bucket}/${Key}`);
  };
  return {
    stores,
    clients,
    notices,
    bundle,
    Bucket,
    digits: digitsOf(bundle),
    keys,
    where: `s3://${Bucket}/${prefix}`,
  };
}

describe("a bundle in S3", () => {
  it("is said to be where its files are", async () => {
    const { stores, bundle, digits, keys, where } = await setUp();
    const { location, isNew } = await stores.publications.publish(bundle, [], RUN);
    expect({ location, isNew }).toEqual({ location: `${where}bundles/${digits}/`, isNew: true });
    expect(await keys(`bundles/${digits}/`)).toEqual([`${location}bundle.json`]);
  });

  it("comes by no half of a file's bytes: an artifact that is damaged is told where it was put", async () => {
    const { stores, clients, notices, bundle, digits, keys, Bucket, where } = await setUp();
    const Key = `${where.slice(`s3://${Bucket}/`.length)}${artifactKey(digits)}`;
    await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from("other") }));
    await expect(stores.publications.publish(bundle, [], RUN)).rejects.toMatchObject({ name: "CorruptionError" });
    const places = notices.map((notice) => ("movedTo" in notice ? notice.movedTo : ""));
    expect(places.toSorted()).toEqual((await keys("quarantine/")).toSorted());
    expect(places).toHaveLength(2);
  });

  it("that is there is published by another run without anything of it being read", async () => {
    const { stores, bundle } = await setUp();
    const { location } = await stores.publications.publish(bundle, [], RUN);
    const [only] = await collect(stores.retention.artifacts());
    await stores.retention.remove(only!);
    expect(await stores.publications.publish(bundle, [], OTHER_RUN)).toEqual({ location, isNew: false });
  });

  it("that is withdrawn is said to be where it was put", async () => {
    const { stores, bundle, digits, keys, where } = await setUp();
    await stores.publications.publish(bundle, [], RUN);
    const place = await stores.publications.withdraw(bundle, RUN, "no");
    expect(await keys("quarantine/")).toEqual([place]);
    expect(place?.startsWith(`${where}quarantine/${digits}.bundle.`)).toBe(true);
  });

  it.each([
    ["in letters that take more room", "理由".repeat(200), /^(理由)+$/],
    ["whose last character would be cut in two", `${"x".repeat(399)}😀`, /^x{399}/],
    ["of one line", "the run failed afterwards", /^the run failed afterwards$/],
  ])("that is withdrawn for a reason %s keeps it, as far as S3 takes it", async (_, why, kept) => {
    const { stores, clients, bundle, Bucket } = await setUp();
    await stores.publications.publish(bundle, [], RUN);
    const place = await stores.publications.withdraw(bundle, RUN, why);
    const Key = place?.slice(`s3://${Bucket}/`.length);
    const { Metadata } = await clients.s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(decodeURIComponent(Metadata?.why ?? "")).toMatch(kept);
    expect(await stores.publications.find(bundle)).toBeUndefined();
  });

  it("that cannot be published is noted each time, under a number of its own", async () => {
    const { stores, notices, where } = await setUp();
    const missing = ArtifactRef.parse(`artifact://${"0".repeat(64)}`);
    for (const run of [RUN, OTHER_RUN])
      await expect(stores.publications.publish(missing, [], run)).rejects.toMatchObject({ name: "NotFoundError" });
    expect(notices.map((notice) => "movedTo" in notice && notice.movedTo)).toEqual(
      [1, 2].map((number) => `${where}quarantine/${"0".repeat(64)}.bundle.${number}`),
    );
  });
});
