import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { type ArtifactId, artifactRef } from "../../contracts/ids.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError } from "../errors.ts";
import { digitsOf } from "../identifiers.ts";
import type { Inspection, PublishedAsFound } from "../inspection.ts";
import { type AwsClients, awsAccess } from "./access.ts";
import { parseAwsAddress } from "./address.ts";
import { artifactIndex } from "./artifact-index.ts";
import { artifactKey, digitsIn } from "./artifacts.ts";
import { PREFIXES } from "./layout.ts";
import { objectsIn } from "./objects.ts";
import { claimsKey } from "./publications.ts";

/** Stores in AWS as they stand. What only grows there has no seal: its end is an item of its own, which the logs are read against. */
export function inspectAws(url: string, clients?: AwsClients): Inspection {
  const access = awsAccess(parseAwsAddress(url), clients);
  const objects = objectsIn(access);
  const index = artifactIndex(access);

  const stored = async () => {
    const digits: string[] = [];
    const others: string[] = [];
    for await (const { name } of objects.list(PREFIXES.artifacts)) {
      const found = digitsIn(name);
      if (found === undefined) others.push(`${access.where}${PREFIXES.artifacts}${name}`);
      else digits.push(found);
    }
    return { digits, others };
  };

  return {
    async artifact(ref, size) {
      const key = artifactKey(digitsOf(ref));
      const head = size === undefined ? undefined : await objects.head(key);
      if (size !== undefined && head !== undefined && head.size > size) {
        const remedy = "remove that version of the object; putting the right bytes again heals it";
        const found = `${head.size} bytes`;
        throw new CorruptionError(ref, { where: access.where, expected: `${size} bytes`, found, remedy });
      }
      return (await objects.get(key))?.bytes;
    },
    async stored() {
      const { digits, others } = await stored();
      return { refs: digits.map((one) => artifactRef(one as ArtifactId)), others };
    },
    async bundles() {
      const found = new Set<string>();
      for await (const { name } of objects.list(PREFIXES.bundles)) {
        const digits = name.slice(0, Math.max(0, name.indexOf("/")));
        if (/^[0-9a-f]{64}$/.test(digits)) found.add(digits);
      }
      return [...found].map((digits) => artifactRef(digits as ArtifactId));
    },
    async kinds() {
      const entries = await index.getAll((await stored()).digits);
      return { kindsOf: (ref) => new Set(entries.get(digitsOf(ref))?.kinds), damaged: [] };
    },
    files: async () => ({ isSealed: false, files: [] }),
    async publication(bundle) {
      const digits = digitsOf(bundle);
      const Key = claimsKey(digits);
      const { Item } = await access.db(new GetCommand({ TableName: access.table("runs"), Key, ConsistentRead: true }));
      const claims = [...((Item?.claims as Set<string> | undefined) ?? [])].sort();
      const files: PublishedAsFound[] = [];
      const folder = `${PREFIXES.bundles}${digits}/`;
      for await (const { name } of objects.list(folder)) {
        const found = await objects.get(`${folder}${name}`);
        if (found !== undefined) files.push({ path: name, extent: { size: found.size, sha256: sha256(found.bytes) } });
      }
      return {
        claims: new Map(claims.map((claim) => [claim, "an empty file"])),
        files: files.length === 0 ? undefined : files,
      };
    },
  };
}
