import type { Stores } from "./ports.ts";
import type { StartStore } from "./starts.ts";
import type { Uploads } from "./uploads.ts";

/**
 * What functions open in AWS, where stores are in AWS: the other adapters would be a tenth of each bundle.
 * @throws InvalidInputError for another address
 */
export async function openDeployedStores(url: string): Promise<Stores> {
  return (await import("./aws/open.ts")).openAwsStores(url);
}

/** Runs to be started elsewhere, beside the stores at a URL. @throws InvalidInputError for stores that the cloud does not reach */
export async function openStarts(url: string): Promise<StartStore> {
  return (await import("./aws/starts.ts")).awsStarts(url);
}

/** Where submissions are handed in to the deployment of these stores. @throws InvalidInputError for another address */
export async function openUploads(url: string): Promise<Uploads> {
  return (await import("./aws/uploads.ts")).awsUploads(url);
}
