import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, it } from "vitest";
import { uploadedSubmission, uploadsIn } from "../../functions/start-runs/uploads.ts";

const told = (key: string, versionId?: string) => ({
  eventVersion: "2.4",
  s3: { bucket: { name: "b", arn: "arn:aws:s3:::b" }, object: { key, size: 1, ...(versionId && { versionId }) } },
});

describe("what S3 tells of uploads", () => {
  it("names each object and its version, its key as it was given", () => {
    expect(uploadsIn({ Records: [told("submissions/a+game%21/manifest.json", "v1"), told("submissions/b")] })).toEqual([
      { bucket: "b", key: "submissions/a game!/manifest.json", version: "v1" },
      { bucket: "b", key: "submissions/b", version: undefined },
    ]);
  });

  it.each([[undefined], [{}], [{ Records: [{ s3: {} }] }]])("is not %j", (event) => {
    expect(() => uploadsIn(event)).toThrow();
  });
});

describe("an uploaded submission", () => {
  const client = new S3Client({ region: "us-east-1" });
  const s3 = mockClient(client);
  const source = uploadedSubmission(client, { bucket: "b", key: "submissions/x/manifest.json", version: "v1" });
  const ref = `artifact://${"ab".repeat(32)}` as const;
  const failure = (name: string) => Object.assign(new Error(`${name} of a test`), { name });

  it("is read at the version that was told of, and its artifacts beside it", async () => {
    s3.reset();
    s3.on(GetObjectCommand).resolves({});
    s3.on(HeadObjectCommand).resolves({});
    await source.manifest();
    expect(await source.artifacts.has(ref as never)).toBe(true);
    await source.artifacts.get(ref as never);
    const Key = `submissions/x/artifacts/ab/${"ab".repeat(31)}`;
    expect(s3.calls().map(({ args: [{ input }] }) => input)).toEqual([
      { Bucket: "b", Key: "submissions/x/manifest.json", VersionId: "v1" },
      { Bucket: "b", Key },
      { Bucket: "b", Key },
    ]);
  });

  it("has no artifact that S3 does not have, and fails where S3 cannot tell", async () => {
    s3.reset();
    s3.on(HeadObjectCommand).rejectsOnce(failure("NotFound")).rejects(failure("SlowDown"));
    expect(await source.artifacts.has(ref as never)).toBe(false);
    await expect(source.artifacts.has(ref as never)).rejects.toMatchObject({ name: "SlowDown" });
  });

  it.each(["SlowDown", "TimeoutError", "AccessDenied"])("that cannot be read (%s) is tried again", async (name) => {
    s3.reset();
    s3.on(GetObjectCommand).rejects(failure(name));
    await expect(source.manifest()).rejects.toMatchObject({ name: "IoError", retryable: true });
  });
});
