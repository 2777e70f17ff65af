import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ArtifactRef, RunId } from "../../contracts/ids.ts";
import { CorruptionError, IoError, NotFoundError } from "../errors.ts";
import { checkPublishedPaths, checkRunId, digitsOf, INDEX_FILE } from "../identifiers.ts";
import type { ArtifactReader, StoreNotice } from "../ports.ts";
import type { PublicationStore } from "../publications.ts";
import type { AwsAccess } from "./access.ts";
import { isNamed } from "./aws-errors.ts";
import { PREFIXES } from "./layout.ts";
import type { Objects } from "./objects.ts";
import type { Quarantine } from "./quarantine.ts";

export interface AwsPublications {
  readonly artifacts: Pick<ArtifactReader, "get">;
  readonly objects: Objects;
  readonly quarantine: Quarantine;
  readonly notify: (notice: StoreNotice) => void;
}

/** Of the item with the runs that stand behind a bundle. */
export function claimsKey(digits: string): { readonly subject: string; readonly part: string } {
  return { subject: `bundle#${digits}`, part: "claims" };
}

/** A publication that meets a withdrawal ends it and claims again; each time another must have begun. */
const ATTEMPTS = 20;

/**
 * Bundles under `bundles/<hash>/`, copies of their artifacts so that these may expire; the index is put last, and there is a
 * publication when it is there. Claims are a set in one item: a withdrawal begins on the condition that it is empty, and while one
 * is under way nobody claims. Whoever meets one ends it: it names the version of the index that goes, and no other does.
 */
export function awsPublications(
  access: AwsAccess,
  { artifacts, objects, quarantine, notify }: AwsPublications,
): PublicationStore {
  const TableName = access.table("runs");
  const folderOf = (digits: string) => `${PREFIXES.bundles}${digits}/`;
  const indexOf = (digits: string) => `${folderOf(digits)}${INDEX_FILE}`;
  const locationOf = (digits: string) => `${access.where}${folderOf(digits)}`;

  /** @returns undefined when the condition does not hold */
  const update = async (digits: string, UpdateExpression: string, ConditionExpression: string, values: object) => {
    try {
      const Key = claimsKey(digits);
      const ExpressionAttributeValues = { ...values };
      const command = { TableName, Key, UpdateExpression, ConditionExpression, ExpressionAttributeValues };
      return (await access.db(new UpdateCommand({ ...command, ReturnValues: "ALL_NEW" }))).Attributes ?? {};
    } catch (error) {
      if (isNamed(error, "ConditionalCheckFailedException")) return undefined;
      throw error;
    }
  };

  const stateOf = async (digits: string): Promise<{ claims: ReadonlySet<string>; withdrawal: string | undefined }> => {
    const { Item } = await access.db(new GetCommand({ TableName, Key: claimsKey(digits), ConsistentRead: true }));
    const withdrawal = Item?.withdrawal as string | undefined;
    return { claims: (Item?.claims as Set<string> | undefined) ?? new Set(), withdrawal };
  };

  /** Takes the version of the index out of service that the withdrawal is of. @returns where it is now */
  const endWithdrawal = async (digits: string, withdrawal: string): Promise<string> => {
    const { version, why } = JSON.parse(withdrawal) as { version: string; why: string };
    const found = await objects.get(indexOf(digits));
    const name = `${digits}.bundle`;
    const present = found?.version === version ? found.bytes : undefined;
    const place =
      present === undefined
        ? `${PREFIXES.quarantine}${name}.${version}`
        : await quarantine.setAside(name, { key: indexOf(digits), bytes: present, version }, why);
    await update(digits, "REMOVE withdrawal", "withdrawal = :withdrawal", { ":withdrawal": withdrawal });
    return `${access.where}${place}`;
  };

  const claim = async (digits: string, claimant: RunId): Promise<void> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const values = { ":claimant": new Set([claimant]) };
      if (await update(digits, "ADD claims :claimant", "attribute_not_exists(withdrawal)", values)) return;
      const { withdrawal } = await stateOf(digits);
      if (withdrawal !== undefined) await endWithdrawal(digits, withdrawal);
    }
    const reason = "it is withdrawn as often as it is published";
    throw new IoError("publish a bundle", locationOf(digits), reason, undefined, "try again");
  };

  const find = async (digits: string) => ((await objects.head(indexOf(digits))) ? locationOf(digits) : undefined);

  return {
    async publish(bundle, files, claimant) {
      checkPublishedPaths(files);
      const digits = digitsOf(bundle);
      const location = locationOf(digits);
      await claim(digits, checkRunId(claimant));
      if ((await find(digits)) !== undefined) return { location, isNew: false };
      const whole: { readonly key: string; readonly bytes: Uint8Array; readonly digits: string }[] = [];
      try {
        for (const { path, artifact } of [...files, { path: INDEX_FILE, artifact: bundle }]) {
          const bytes = await artifacts.get(artifact);
          whole.push({ key: `${folderOf(digits)}${path}`, bytes, digits: digitsOf(artifact) });
        }
      } catch (error) {
        if (!(error instanceof NotFoundError || error instanceof CorruptionError)) throw error;
        const why = `publishing failed: ${error.message}`;
        const movedTo = `${access.where}${await quarantine.note(`${digits}.bundle`, why)}`;
        notify({ kind: "bundle_set_aside", bundle, movedTo, why });
        throw error;
      }
      let isNew = false;
      for (const file of whole) isNew = await objects.putNew(file.key, file.bytes, file.digits);
      return { location, isNew };
    },
    async confirm(bundle, claimant) {
      const digits = digitsOf(bundle);
      const { claims } = await stateOf(digits);
      return claims.has(checkRunId(claimant)) && (await find(digits)) !== undefined;
    },
    find: async (bundle: ArtifactRef) => find(digitsOf(bundle)),
    async withdraw(bundle, claimant, why) {
      const digits = digitsOf(bundle);
      const claimants = new Set([checkRunId(claimant)]);
      await update(digits, "DELETE claims :claimant", "attribute_exists(subject)", { ":claimant": claimants });
      const version = (await objects.head(indexOf(digits)))?.version;
      if (version === undefined) return undefined;
      const withdrawal = JSON.stringify({ version, why: why.slice(0, 400) });
      const nobody = "attribute_not_exists(claims) AND attribute_not_exists(withdrawal)";
      if (!(await update(digits, "SET withdrawal = :withdrawal", nobody, { ":withdrawal": withdrawal }))) {
        const { withdrawal: another } = await stateOf(digits);
        if (another !== undefined) await endWithdrawal(digits, another);
        return undefined;
      }
      const isThere = (await objects.head(indexOf(digits)))?.version === version;
      const movedTo = await endWithdrawal(digits, withdrawal);
      if (!isThere) return undefined;
      notify({ kind: "bundle_set_aside", bundle, movedTo, why });
      return movedTo;
    },
  };
}
