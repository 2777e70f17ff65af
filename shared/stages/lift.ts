import { type LiftRecord, type PlannedFunction, RegisterJumps } from "../contracts/program.ts";
import { LiftInput, LiftOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { type LiftReport, liftShard } from "../recompiler/lift/index.ts";
import { buildControlFlow } from "../recompiler/mips/control-flow.ts";
import { declared } from "./declarations.ts";
import { loadPlannedProgram } from "./manifests.ts";
import { fromObstacle, statedJumpTables, toRegisterJumps } from "./program-documents.ts";
import { describeObstacles } from "./validation-verdict.ts";

/** Translates one shard's functions. What cannot be lifted is reported with the reason; the others go on. */
export const lift = defineStage({
  ...declared("lift"),
  input: LiftInput,
  output: LiftOutput,
  async run({ submission, program, shard: { shard, jumps } }, context) {
    const { artifacts, telemetry, throwIfAborted } = context;
    const { config, image, layout, functions, membersOf } = await loadPlannedProgram(context, { submission, program });
    const members = membersOf(shard);
    const jumpTables = statedJumpTables(config);
    const found =
      jumps === undefined
        ? undefined
        : toRegisterJumps(await getDocument(artifacts, jumps, RegisterJumps, `register jumps of shard ${shard}`));
    const lifted = liftShard({
      image,
      layout,
      functions,
      members: members.filter((each) => each.treatment !== "exclude").map((each) => functions[each.index]!),
      flowOf: (member) => {
        const registerJumps = found?.get(member.index);
        return buildControlFlow(image, member, functions, { jumpTables, ...(registerJumps && { registerJumps }) });
      },
      throwIfAborted,
    });
    const reportOf = new Map(lifted.reports.map((report) => [report.index, report]));
    const records = members.map((member) => recordOf(member, reportOf.get(member.index)));
    for (const { name, address, obstacle, obstacles: [first, ...others] = [] } of records) {
      const where = `${name} at ${address}`;
      if (obstacle !== undefined) {
        telemetry.warn("function_not_lifted", `${where}: ${obstacle.instruction}: ${obstacle.reason}`);
      }
      if (first !== undefined) telemetry.warn("obstacle", `${where}: ${describeObstacles(first, others.length)}`);
    }
    const count = (...statuses: string[]) => records.filter((record) => statuses.includes(record.status)).length;
    const withObstacles = records.filter(({ obstacles }) => obstacles !== undefined).length;
    return {
      shard,
      module: await artifacts.put("output", lifted.module),
      report: await putDocument(artifacts, "output", { schema_version: 1, functions: records }),
      lifted: count("lifted", "stubbed"),
      // What the config leaves out is no failure.
      not_lifted: count("not_lifted"),
      ...(withObstacles === 0 ? {} : { with_obstacles: withObstacles }),
    };
  },
});

function recordOf(
  { index, name, address, size, treatment }: PlannedFunction,
  report: LiftReport | undefined,
): LiftRecord {
  const base = { index, name, address, size };
  if (report === undefined)
    return { ...base, status: "excluded", blocks: 0, instructions: 0, wasm_bytes: 0, indirect_jumps: 0 };
  const { obstacle, obstacles, status } = report;
  return {
    ...base,
    status: status === "lifted" && treatment === "stub" ? "stubbed" : status,
    ...(obstacle === undefined ? {} : { obstacle: fromObstacle(obstacle) }),
    ...(obstacles.length === 0 ? {} : { obstacles: obstacles.map(fromObstacle) }),
    blocks: report.blocks,
    instructions: report.instructions,
    wasm_bytes: report.wasmBytes,
    indirect_jumps: report.indirectJumps,
  };
}
