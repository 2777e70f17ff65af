import { GetObjectCommand } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { awsUploads } from "../../../shared/stores/aws/uploads.ts";
import { playedAwsStore } from "./played/store.ts";

it("an upload is put where the bucket's trigger looks, whatever the store's prefix, and found there again", async () => {
  const { address, clients, Bucket } = await playedAwsStore();
  const uploads = awsUploads(address, clients);
  expect(await uploads.get("a.json")).toBeUndefined();
  const version = await uploads.put("a.json", Buffer.from("{}"));
  const { Body, VersionId } = await clients.s3.send(new GetObjectCommand({ Bucket, Key: "submissions/a.json" }));
  expect(await Body?.transformToString()).toBe("{}");
  expect(version).toBe(VersionId);
  expect(Buffer.from((await uploads.get("a.json"))!).toString()).toBe("{}");
  await expect(awsUploads("s3://elsewhere", clients).get("a.json")).rejects.toMatchObject({ name: "NotFoundError" });
});
