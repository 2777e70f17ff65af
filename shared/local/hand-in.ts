import type { Submission } from "../contracts/submission.ts";
import { submit } from "../runs/submit.ts";
import { openStores } from "../stores/open.ts";
import type { Uploads } from "../stores/uploads.ts";
import { artifactPath, folderSubmission } from "./submission-folder.ts";

export interface HandedIn {
  readonly submission: Submission;
  /** What the deployment says of it, once it has refused it. */
  refusal(): Promise<unknown>;
}

interface HandInOptions {
  readonly withFreshId: boolean;
  environment(name: string): string | undefined;
}

/**
 * Hands a submission in to a deployment, which then starts its run: artifacts first, the manifest last. It is checked here before.
 * @throws as `start` of `Runs` does for what cannot be submitted: nothing is handed in then
 */
export async function handIn(manifestPath: string, uploads: Uploads, options: HandInOptions): Promise<HandedIn> {
  const stores = await openStores("memory:");
  const { submission } = await submit(stores, folderSubmission(manifestPath), options);
  const folder = `${submission.run_id}/`;
  for await (const { ref } of stores.artifacts.list()) {
    await uploads.put(`${folder}${artifactPath(ref)}`, await stores.artifacts.get(ref));
  }
  const manifest = new TextEncoder().encode(`${JSON.stringify(submission, null, 2)}\n`);
  const version = await uploads.put(`${folder}manifest.json`, manifest);
  return {
    submission,
    async refusal() {
      const said = await uploads.get(`${folder}manifest.error.json`);
      if (said === undefined) return undefined;
      const { error, version: of } = JSON.parse(new TextDecoder().decode(said)) as Record<string, unknown>;
      // What was said of one before goes once this one is taken.
      return of === version ? error : undefined;
    },
  };
}
