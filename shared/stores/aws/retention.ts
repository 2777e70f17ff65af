import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { sha256 } from "../digest.ts";
import { NotFoundError } from "../errors.ts";
import { digitsOf } from "../identifiers.ts";
import { RemovalEntry, type RetentionStore } from "../retention.ts";
import type { AwsAccess } from "./access.ts";
import type { ArtifactIndex } from "./artifact-index.ts";
import { artifactKey, damaged, indexedArtifacts } from "./artifacts.ts";
import type { Objects } from "./objects.ts";
import type { Quarantine } from "./quarantine.ts";
import { jsonIn, queryAll } from "./query.ts";

const REMOVALS = "removals";
const entryPart = (number: number) => `entry#${String(number).padStart(12, "0")}`;

/** What can be taken from the bucket. Objects are removed by their version, so nothing is left half done. */
export function awsRetention(
  access: AwsAccess,
  { objects, index, quarantine }: { objects: Objects; index: ArtifactIndex; quarantine: Quarantine },
): RetentionStore {
  const TableName = access.table("runs");
  return {
    async *artifacts() {
      for await (const { ref, size, entry } of indexedArtifacts(objects, index)) {
        yield { ref, size, lastPut: entry?.lastPut ?? 0 };
      }
    },
    async inspect(ref) {
      const digits = digitsOf(ref);
      const found = await objects.get(artifactKey(digits));
      if (found === undefined) throw new NotFoundError(ref, access.where);
      if (sha256(found.bytes) === digits) return found.bytes;
      throw damaged(ref, found, access.where, "putting the right bytes again heals it");
    },
    async remove({ ref, lastPut }) {
      const digits = digitsOf(ref);
      const key = artifactKey(digits);
      const head = await objects.head(key);
      if (head === undefined) return "gone";
      const version = head.version ?? "null";
      if (!(await index.beginRemoval(digits, lastPut, version))) {
        const { removing } = (await index.get(digits)) ?? {};
        if (removing === undefined) return "put_since";
        // Another removes it, or died while it did.
        await objects.remove(key, removing);
        await index.endRemoval(digits, removing);
        return "gone";
      }
      const isThere = (await objects.head(key))?.version === head.version;
      if (isThere) await objects.remove(key, version);
      await index.endRemoval(digits, version);
      return isThere ? "removed" : "gone";
    },
    setAside: quarantine.list,
    removeSetAside: ({ name }) => quarantine.remove(name),
    async *leftovers() {},
    removeLeftover: async () => false,
    async record(entries) {
      if (entries.length === 0) return;
      const { Attributes } = await access.db(
        new UpdateCommand({
          TableName,
          Key: { subject: REMOVALS, part: "count" },
          UpdateExpression: "ADD entries :count",
          ExpressionAttributeValues: { ":count": entries.length },
          ReturnValues: "UPDATED_NEW",
        }),
      );
      const first = Number(Attributes?.entries) - entries.length;
      for (const [at, entry] of entries.entries()) {
        const Item = { subject: REMOVALS, part: entryPart(first + at), entry: JSON.stringify(entry) };
        await access.db(new PutCommand({ TableName, Item }));
      }
    },
    async *removals() {
      const query = {
        TableName,
        KeyConditionExpression: "subject = :removals AND begins_with(part, :entry)",
        ExpressionAttributeValues: { ":removals": REMOVALS, ":entry": "entry#" },
        ConsistentRead: true,
      };
      for await (const { entry } of queryAll(access, query)) {
        const parsed = RemovalEntry.safeParse(jsonIn(entry));
        if (parsed.success) yield parsed.data;
      }
    },
  };
}
