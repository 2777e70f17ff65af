import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Uploads } from "../uploads.ts";
import { type AwsClients, awsAccess } from "./access.ts";
import { parseAwsAddress } from "./address.ts";
import { isNamed } from "./aws-errors.ts";
import { SUBMISSIONS } from "./layout.ts";

export function awsUploads(url: string, clients?: AwsClients): Uploads {
  const access = awsAccess(parseAwsAddress(url), clients);
  const object = (name: string) => ({ Bucket: access.bucket, Key: `${SUBMISSIONS}${name}` });
  return {
    async put(name, bytes) {
      return (await access.s3(new PutObjectCommand({ ...object(name), Body: bytes }))).VersionId;
    },
    async get(name) {
      try {
        return await (await access.s3(new GetObjectCommand(object(name)))).Body?.transformToByteArray();
      } catch (error) {
        if (isNamed(error, "NoSuchKey")) return undefined;
        throw error;
      }
    },
    close: access.close,
  };
}
