import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { digitsOf } from "../identifiers.ts";
import type { ArtifactLinks } from "../links.ts";
import { parseAwsAddress } from "./address.ts";
import { artifactKey } from "./artifacts.ts";

/** Seconds for which an address holds: whoever asks fetches at once. */
const HOLDS = 15 * 60;

/** Presigned addresses: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
export function awsLinks(url: string, client?: S3Client): ArtifactLinks {
  const { bucket, prefix, region } = parseAwsAddress(url);
  const s3 = client ?? new S3Client(region === undefined ? {} : { region });
  return {
    to(ref, { name, type }) {
      const get = new GetObjectCommand({
        Bucket: bucket,
        Key: `${prefix}${artifactKey(digitsOf(ref))}`,
        ResponseContentType: type,
        ResponseContentDisposition: `attachment; filename="${name}"`,
      });
      return getSignedUrl(s3, get, { expiresIn: HOLDS });
    },
  };
}
