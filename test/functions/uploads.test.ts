import { describe, expect, it } from "vitest";
import { uploadsIn } from "../../functions/start-runs/uploads.ts";

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
