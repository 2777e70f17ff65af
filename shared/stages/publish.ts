import { BundleIndex } from "../contracts/program.ts";
import { PublishInput, PublishOutput } from "../contracts/stages.ts";
import { getDocument } from "../kernel/documents.ts";
import { defineStage } from "./stage.ts";

/** Makes the bundle available under its hash. Publishing the same bundle again changes nothing. */
export const publish = defineStage({
  name: "publish",
  meta: { tags: ["apply_side_effect"], sideEffects: "apply_side_effect" },
  input: PublishInput,
  output: PublishOutput,
  async run({ bundle }, { artifacts, publications }) {
    const index = await getDocument(artifacts, bundle, BundleIndex, "bundle index");
    await publications.publish(bundle, index.files);
    return { bundle };
  },
});
