import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { ArtifactRef } from "../../../shared/contracts/ids.ts";
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
  return { stores, notices, bundle, digits: digitsOf(bundle), keys, where: `s3://${Bucket}/${prefix}` };
}

describe("a bundle in S3", () => {
  it("is said to be where its files are", async () => {
    const { stores, bundle, digits, keys, where } = await setUp();
    const { location, isNew } = await stores.publications.publish(bundle, [], RUN);
    expect({ location, isNew }).toEqual({ location: `${where}bundles/${digits}/`, isNew: true });
    expect(await keys(`bundles/${digits}/`)).toEqual([`${location}bundle.json`]);
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
