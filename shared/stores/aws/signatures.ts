import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { RunSignature } from "../../contracts/signature.ts";
import { sha256 } from "../digest.ts";
import { CorruptionError } from "../errors.ts";
import type { SignatureStore } from "../ports.ts";
import type { AwsAccess } from "./access.ts";
import { PREFIXES } from "./layout.ts";
import type { Objects } from "./objects.ts";
import { jsonIn, queryAll } from "./query.ts";
import type { RunItems } from "./run-items.ts";

const SIGNATURE = "signature#";

/** Signatures hold what they sign, which no item may have room for: the item of each key names the text in the bucket. */
export function awsSignatures(access: AwsAccess, items: RunItems, objects: Objects): SignatureStore {
  const TableName = access.table("runs");
  return {
    async put(runId, signature) {
      const { subject } = items.keyOf(runId, "record");
      await items.get(runId, "record");
      const checked = RunSignature.parse(signature);
      const part = `${SIGNATURE}${checked.keyid}`;
      const text = Buffer.from(JSON.stringify(checked));
      const signature_at = `${PREFIXES.logs}${runId}/signatures/${sha256(text)}`;
      await objects.putNew(signature_at, text, sha256(text));
      await access.db(new PutCommand({ TableName, Item: { subject, part, signature_at } }));
    },
    async list(runId) {
      const { subject } = items.keyOf(runId, "record");
      await items.get(runId, "record");
      const query = {
        TableName,
        KeyConditionExpression: "subject = :run AND begins_with(part, :signature)",
        ExpressionAttributeValues: { ":run": subject, ":signature": SIGNATURE },
        ConsistentRead: true,
      };
      const all: RunSignature[] = [];
      for await (const { part, signature_at } of queryAll(access, query)) {
        const key = String(signature_at);
        const found = await objects.get(key);
        const isWhole = found !== undefined && sha256(found.bytes) === key.slice(-64);
        const parsed = RunSignature.safeParse(isWhole ? jsonIn(Buffer.from(found.bytes)) : undefined);
        if (!parsed.success) throw damagedSignature(`${String(part)} of run ${runId}`, access.where);
        all.push(parsed.data);
      }
      return all;
    },
  };
}

function damagedSignature(what: string, where: string): CorruptionError {
  const remedy = "sign the run again";
  return new CorruptionError(what, { where, expected: "a signature", found: "something else", remedy });
}
