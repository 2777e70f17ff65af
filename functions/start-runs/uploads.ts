import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import * as z from "zod";
import { artifactId } from "../../shared/contracts/ids.ts";
import type { SubmissionSource } from "../../shared/runs/submission-source.ts";
import { IoError } from "../../shared/stores/errors.ts";

/** What S3 tells of objects that were put: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
const Notification = z.looseObject({
  Records: z.array(
    z.looseObject({
      s3: z.looseObject({
        bucket: z.looseObject({ name: z.string() }),
        object: z.looseObject({ key: z.string(), versionId: z.string().optional() }),
      }),
    }),
  ),
});

/** A manifest that was uploaded. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  /** Undefined in a bucket that keeps none: then it is the one that is there now. */
  readonly version: string | undefined;
}

/** @throws {z.ZodError} for what S3 does not send */
export function uploadsIn(event: unknown): Upload[] {
  return Notification.parse(event).Records.map(({ s3: { bucket, object } }) => ({
    bucket: bucket.name,
    // Form encoding: a space is a plus.
    key: decodeURIComponent(object.key.replaceAll("+", " ")),
    version: object.versionId,
  }));
}

/** The submission whose manifest was uploaded. Artifacts that come with it are in `artifacts/` beside it, as `restep pack` writes them. */
export function uploadedSubmission(s3: S3Client, { bucket: Bucket, key, version }: Upload): SubmissionSource {
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  const keyOf = (id: string) => `${folder}artifacts/${id.slice(0, 2)}/${id.slice(2)}`;
  const read = async (Key: string, VersionId?: string) => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (cause) {
      const { name, message } = cause as Error;
      throw new IoError("read an upload", `s3://${Bucket}/${Key}`, `${name}: ${message}`, cause);
    }
  };
  return {
    name: `s3://${Bucket}/${key}`,
    manifest: () => read(key, version),
    artifacts: {
      get: (ref) => read(keyOf(artifactId(ref))),
      async has(ref) {
        try {
          await s3.send(new HeadObjectCommand({ Bucket, Key: keyOf(artifactId(ref)) }));
          return true;
        } catch (error) {
          if (["NotFound", "NoSuchKey"].includes((error as Error).name)) return false;
          throw error;
        }
      },
    },
    artifactsAt: `s3://${Bucket}/${folder}artifacts/`,
  };
}

/** `manifest.json` -> `manifest.error.json`, which is no manifest. */
const besides = (key: string) => key.replace(/\.json$/, ".error.json");

/** Says beside a manifest what is wrong with it. */
export async function refuse(s3: S3Client, { bucket: Bucket, key, version }: Upload, error: object): Promise<void> {
  const Body = `${JSON.stringify({ manifest: key, ...(version && { version }), error }, null, 2)}\n`;
  await s3.send(new PutObjectCommand({ Bucket, Key: besides(key), Body, ContentType: "application/json" }));
}

/** Takes back what was said of a version before. */
export async function accept(s3: S3Client, { bucket: Bucket, key }: Upload): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket, Key: besides(key) }));
}
