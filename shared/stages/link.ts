import { LiftRecords } from "../contracts/program.ts";
import { LinkInput, LinkOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { linkShards } from "../recompiler/lift/index.ts";
import { declared } from "./declarations.ts";
import { loadPlannedProgram } from "./manifests.ts";

/** Joins the shards into the module that runs. A function that was not lifted traps when it is called. */
export const link = defineStage({
  ...declared("link"),
  input: LinkInput,
  output: LinkOutput,
  async run({ submission, program, shards }, context) {
    const { artifacts } = context;
    const { image, layout, functions } = await loadPlannedProgram(context, { submission, program });
    const modules = await Promise.all(shards.map((shard) => artifacts.get(shard.module)));
    const reports = await Promise.all(
      shards.map((shard) => getDocument(artifacts, shard.report, LiftRecords, `lift report of shard ${shard.shard}`)),
    );
    const records = reports.flatMap((report) => report.functions).sort((a, b) => a.index - b.index);
    const withObstacles = shards.reduce((sum, shard) => sum + (shard.with_obstacles ?? 0), 0);
    return {
      module: await artifacts.put("output", linkShards({ image, layout, functions, shards: modules })),
      report: await putDocument(artifacts, "output", { schema_version: 1, functions: records }),
      lifted: shards.reduce((sum, shard) => sum + shard.lifted, 0),
      not_lifted: shards.reduce((sum, shard) => sum + shard.not_lifted, 0),
      ...(withObstacles === 0 ? {} : { with_obstacles: withObstacles }),
    };
  },
});
