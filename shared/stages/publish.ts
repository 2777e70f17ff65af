import { ArtifactRef } from "../contracts/ids.ts";
import { BundleIndex } from "../contracts/program.ts";
import { PublishInput, PublishOutput } from "../contracts/stages.ts";
import { getDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { declared } from "./declarations.ts";

/** Makes the bundle available under its hash, which is the key of the effect: entered again, it asks first whether that is done. */
export const publish = defineStage({
  ...declared("publish"),
  input: PublishInput,
  output: PublishOutput,
  async run({ bundle }, { artifacts, publications, runId, idempotency }) {
    if (idempotency?.wasEntered === true && (await publications.confirm(bundle, runId))) return { bundle };
    const index = await getDocument(artifacts, bundle, BundleIndex, "bundle index");
    await publications.publish(bundle, index.files, runId);
    return { bundle };
  },
  /** The bundle stays where another run stands behind it too. */
  async compensate({ bundle }, { publications, runId, idempotency }) {
    // Logs of before keys were recorded have none.
    const published = idempotency === undefined ? bundle : ArtifactRef.parse(idempotency.key);
    await publications.withdraw(published, runId, `run ${runId} failed after it published this bundle`);
  },
});
