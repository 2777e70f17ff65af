import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { RunSignature } from "../../contracts/signature.ts";
import { CorruptionError } from "../errors.ts";
import type { SignatureStore } from "../ports.ts";
import type { AwsAccess } from "./access.ts";
import { jsonIn, queryAll } from "./query.ts";
import type { RunItems } from "./run-items.ts";

const SIGNATURE = "signature#";

export function awsSignatures(access: AwsAccess, items: RunItems): SignatureStore {
  const TableName = access.table("runs");
  return {
    async put(runId, signature) {
      const { subject } = items.keyOf(runId, "record");
      await items.get(runId, "record");
      const checked = RunSignature.parse(signature);
      const part = `${SIGNATURE}${checked.keyid}`;
      await access.db(new PutCommand({ TableName, Item: { subject, part, signature: JSON.stringify(checked) } }));
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
      for await (const { part, signature } of queryAll(access, query)) {
        const parsed = RunSignature.safeParse(jsonIn(signature));
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
