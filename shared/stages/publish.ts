import { BundleIndex } from "../contracts/program.ts";
import { PublishInput, PublishOutput } from "../contracts/stages.ts";
import { getDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { declared } from "./declarations.ts";

/** Makes the bundle available under its hash. Publishing the same bundle again changes nothing. */
export const publish = defineStage({
  ...declared("publish"),
  input: PublishInput,
  output: PublishOutput,
  async run({ bundle }, { artifacts, publications, runId }) {
    const index = await getDocument(artifacts, bundle, BundleIndex, "bundle index");
    await publications.publish(bundle, index.files, runId);
    return { bundle };
  },
  /** The bundle stays where another run stands behind it too. */
  async compensate({ bundle }, { publications, runId }) {
    await publications.withdraw(bundle, runId, `run ${runId} failed after it published this bundle`);
  },
});
