import { S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { awsLinks } from "../../../shared/stores/aws/links.ts";

it("a link is to the artifact alone, for a quarter of an hour, and names the file that it becomes", async () => {
  const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
  const s3 = new S3Client({ region: "eu-west-1", credentials });
  const ref = `artifact://ab${"0".repeat(62)}` as ArtifactRef;
  const links = awsLinks("s3://bucket/team?tables=t", s3);
  const link = new URL(await links.to(ref, { name: "module.wasm", type: "application/wasm" }));
  expect([link.host, link.pathname]).toEqual([
    "bucket.s3.eu-west-1.amazonaws.com",
    `/team/artifacts/ab/${"0".repeat(62)}`,
  ]);
  expect(Object.fromEntries(link.searchParams)).toMatchObject({
    "X-Amz-Expires": "900",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
    "response-content-type": "application/wasm",
    "response-content-disposition": 'attachment; filename="module.wasm"',
  });
  s3.destroy();
});
