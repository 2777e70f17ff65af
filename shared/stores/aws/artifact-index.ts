import { BatchGetCommand, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isArtifactKind } from "../identifiers.ts";
import type { ArtifactKind } from "../ports.ts";
import type { AwsAccess } from "./access.ts";
import { isNamed, wasDone } from "./aws-errors.ts";

/** What is known of an artifact beside its bytes. */
export interface IndexEntry {
  readonly kinds: readonly ArtifactKind[];
  /** Milliseconds since 1970, and at least one more with each put. */
  readonly lastPut: number;
  /** The version of the object that is being removed. */
  readonly removing?: string;
}

/** DynamoDB takes so many keys at once. */
export const KEYS_AT_ONCE = 100;

export interface ArtifactIndex {
  /** Notes that the artifact is put now. @returns what is known of it then */
  put(digits: string, kind: ArtifactKind, now: number): Promise<IndexEntry>;
  get(digits: string): Promise<IndexEntry | undefined>;
  getAll(digits: readonly string[]): Promise<ReadonlyMap<string, IndexEntry>>;
  /** Says that a version goes, unless the artifact was put since. @returns whether it may go */
  beginRemoval(digits: string, lastPut: number, version: string): Promise<boolean>;
  endRemoval(digits: string, version: string): Promise<void>;
}

export function artifactIndex(access: AwsAccess): ArtifactIndex {
  const TableName = access.table("runs");
  const keyOf = (digits: string) => ({ subject: `artifact#${digits}`, part: "index" });

  const update = async (digits: string, kind: ArtifactKind, time: { set: string; when?: string; now: number }) => {
    const { Attributes } = await access.db(
      new UpdateCommand({
        TableName,
        Key: keyOf(digits),
        UpdateExpression: `ADD kinds :kind SET ${time.set}`,
        ConditionExpression: time.when,
        ExpressionAttributeValues: { ":kind": new Set([kind]), ":now": time.now },
        ReturnValues: "ALL_NEW",
      }),
    );
    return entryOf(Attributes);
  };

  const getBatch = (Keys: Record<string, unknown>[]) =>
    access.db(new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));

  return {
    async put(digits, kind, now) {
      const later = { set: "last_put = :now", when: "attribute_not_exists(last_put) OR last_put < :now", now };
      try {
        return await update(digits, kind, later);
      } catch (error) {
        if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
        // Put by someone whose clock is ahead: it must still show that it was put again.
        return update(digits, kind, { set: "last_put = last_put + :now", now: 1 });
      }
    },
    async get(digits) {
      const { Item } = await access.db(new GetCommand({ TableName, Key: keyOf(digits), ConsistentRead: true }));
      return Item && entryOf(Item);
    },
    async getAll(digits) {
      const found = new Map<string, IndexEntry>();
      for (let at = 0; at < digits.length; at += KEYS_AT_ONCE) {
        let keys: Record<string, unknown>[] | undefined = digits.slice(at, at + KEYS_AT_ONCE).map(keyOf);
        while (keys !== undefined && keys.length > 0) {
          const { Responses, UnprocessedKeys } = await getBatch(keys);
          for (const item of Responses?.[TableName] ?? [])
            found.set(String(item.subject).slice("artifact#".length), entryOf(item));
          keys = UnprocessedKeys?.[TableName]?.Keys;
        }
      }
      return found;
    },
    beginRemoval(digits, lastPut, version) {
      return wasDone(
        access.db(
          new UpdateCommand({
            TableName,
            Key: keyOf(digits),
            UpdateExpression: "SET removing = :version",
            ConditionExpression: "attribute_not_exists(removing) AND last_put = :seen",
            ExpressionAttributeValues: { ":version": version, ":seen": lastPut },
          }),
        ),
      );
    },
    async endRemoval(digits, version) {
      // Where the condition does not hold, another has ended it.
      await wasDone(
        access.db(
          new UpdateCommand({
            TableName,
            Key: keyOf(digits),
            UpdateExpression: "REMOVE removing",
            ConditionExpression: "removing = :version",
            ExpressionAttributeValues: { ":version": version },
          }),
        ),
      );
    },
  };
}

function entryOf(item: Record<string, unknown> | undefined): IndexEntry {
  const kinds = [...((item?.kinds as Set<string> | undefined) ?? [])].filter(isArtifactKind).sort();
  const removing = item?.removing as string | undefined;
  return { kinds, lastPut: Number(item?.last_put ?? 0), ...(removing === undefined ? {} : { removing }) };
}
