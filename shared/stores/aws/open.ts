import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { systemClock } from "../clock.ts";
import { NotFoundError } from "../errors.ts";
import { DEFAULT_LEASE_TIME } from "../lease-policy.ts";
import type { Stores, StoresOptions } from "../ports.ts";
import { systemProcesses } from "../processes.ts";
import { type AwsAccess, type AwsClients, awsAccess } from "./access.ts";
import { parseAwsAddress } from "./address.ts";
import { artifactIndex } from "./artifact-index.ts";
import { awsArtifacts } from "./artifacts.ts";
import { isNamed } from "./aws-errors.ts";
import { awsCancellations } from "./cancellations.ts";
import { awsEvents } from "./events.ts";
import { awsHistory } from "./history.ts";
import { awsLeases } from "./leases.ts";
import { logItems } from "./log-items.ts";
import { objectsIn } from "./objects.ts";
import { awsPublications } from "./publications.ts";
import { quarantineIn } from "./quarantine.ts";
import { awsRetention } from "./retention.ts";
import { runItems } from "./run-items.ts";
import { awsRuns } from "./runs.ts";
import { awsSignatures } from "./signatures.ts";

export interface AwsStoresOptions extends StoresOptions {
  /** Default: as the SDK makes them from the environment. */
  readonly clients?: AwsClients;
}

/**
 * Stores in a bucket and the tables beside it, which a deployment has made: opening them makes nothing.
 * @throws InvalidInputError for another address
 * @throws NotFoundError when the bucket or a table is not there
 * @throws AccessDeniedError when AWS refuses
 */
export async function openAwsStores(url: string, options: AwsStoresOptions = {}): Promise<Stores> {
  const access = awsAccess(parseAwsAddress(url), options.clients);
  await checkIsThere(access);

  const clock = options.clock ?? systemClock;
  const notify = options.onNotice ?? (() => undefined);
  const { where } = access;
  const items = runItems(access);
  const objects = objectsIn(access);
  const index = artifactIndex(access);
  const quarantine = quarantineIn(objects, clock.now);
  const leaseTime = options.leaseTime ?? DEFAULT_LEASE_TIME;
  const leases = awsLeases(access, items, { clock, leaseTime, processes: systemProcesses(), notify });
  const events = awsEvents({ access, items, leases, lines: logItems(access, objects, "events") }, clock);
  const history = awsHistory({ access, items, leases, lines: logItems(access, objects, "history") });
  const artifacts = awsArtifacts({ objects, index, quarantine, clock, where, notify });
  leases.beforeRelease(events.settled);
  leases.beforeRelease(history.settled);
  return {
    artifacts,
    events,
    history,
    runs: awsRuns(access, items, leases, clock),
    leases: { acquire: leases.acquire, inspect: leases.inspect },
    cancellations: awsCancellations(access, items, clock),
    signatures: awsSignatures(access, items, objects),
    publications: awsPublications(access, { artifacts, objects, quarantine, notify }),
    retention: awsRetention(access, { objects, index, quarantine }),
    async close() {
      await leases.releaseAll();
      access.close();
    },
  };
}

/** A read of each of the two services, as every use makes them: who may use the stores may open them. */
async function checkIsThere(access: AwsAccess): Promise<void> {
  try {
    await access.s3(new HeadBucketCommand({ Bucket: access.bucket }));
  } catch (error) {
    if (!isNamed(error, "NotFound")) throw error;
    throw new NotFoundError(`the bucket ${access.bucket}`, access.where, "deploy it first, or check the address");
  }
  await access.db(new GetCommand({ TableName: access.table("runs"), Key: { subject: "runs", part: "-" } }));
}
