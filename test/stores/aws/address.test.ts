import { describe, expect, it } from "vitest";
import { parseAwsAddress, shownAddress } from "../../../shared/stores/aws/address.ts";
import { InvalidInputError } from "../../../shared/stores/errors.ts";

describe("the address of stores in AWS", () => {
  it.each([
    ["s3://bucket", { bucket: "bucket", prefix: "", tables: "bucket", region: undefined }],
    ["s3://bucket/", { bucket: "bucket", prefix: "", tables: "bucket", region: undefined }],
    ["s3://a.bucket-1/team/b", { bucket: "a.bucket-1", prefix: "team/b/", tables: "a.bucket-1", region: undefined }],
    [
      "S3://bucket/p/?tables=restep-prod&region=eu-central-1",
      { bucket: "bucket", prefix: "p/", tables: "restep-prod", region: "eu-central-1" },
    ],
  ])("is read: %s", (url, address) => {
    expect(parseAwsAddress(url)).toEqual(address);
  });

  it.each([
    ["s3:", "s3:"],
    ["s3://", "s3://"],
    ["s3://UPPER_case", 'the bucket "'],
    ["s3://b", 'the bucket "b"'],
    ["s3://bucket/a%20b", 'the prefix "'],
    ["s3://bucket//double", 'the prefix "'],
    ["s3://key:secret@bucket", "more than a bucket and a prefix"],
    ["s3://bucket:9000/p", "more than a bucket and a prefix"],
    ["s3://bucket/p#x", "more than a bucket and a prefix"],
    ["s3://bucket?table=x", "the option table"],
    ["s3://bucket?tables=", 'the tables ""'],
    ["s3://bucket?tables=a%20b", 'the tables "a b"'],
    ["s3://bucket?region=Mars", 'the region "Mars"'],
  ])("is refused, and the message says what it found: %s", (url, found) => {
    expect(() => parseAwsAddress(url)).toThrow(InvalidInputError);
    expect(() => parseAwsAddress(url)).toThrow(
      "store: expected s3://BUCKET[/PREFIX][?tables=NAME&region=REGION], found ",
    );
    expect(() => parseAwsAddress(url)).toThrow(found);
    expect(() => parseAwsAddress(url)).not.toThrow("secret");
  });

  it("is shown without what only the program needs", () => {
    expect(shownAddress(parseAwsAddress("s3://bucket/p?tables=t"))).toBe("s3://bucket/p/");
  });
});
