import { parseAwsAddress } from "../../../../shared/stores/aws/address.ts";
import { openAwsStores } from "../../../../shared/stores/aws/open.ts";
import type { StoreNotice } from "../../../../shared/stores/ports.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { deployStores } from "../deploy.ts";
import { playedAws } from "./aws.ts";

/** Stores in AWS as it is played, opened once, and what reaches beside them. */
export async function playedAwsStore() {
  const clients = playedAws().clients();
  const address = await deployStores(clients, "restep");
  const clock = manualClock();
  const notices: StoreNotice[] = [];
  const stores = await openAwsStores(address, { clients, clock, onNotice: (notice) => notices.push(notice) });
  const { bucket: Bucket, prefix } = parseAwsAddress(address);
  return { address, clients, clock, notices, stores, Bucket, prefix };
}
