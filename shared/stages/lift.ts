import { type LiftRecord, type PlannedFunction, RegisterJumps } from "../contracts/program.ts";
import { LiftInput, LiftOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { type LiftReport, liftShard } from "../recompiler/lift/index.ts";
import { hex } from "../recompiler/machine.ts";
import { buildControlFlow } from "../recompiler/mips/control-flow.ts";
import { declared } from "./declarations.ts";
import { loadPlannedProgram } from "./manifests.ts";
import { statedJumpTables, toRegisterJumps } from "./program-documents.ts";

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
    const { module, reports } = liftShard({
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
    const reportOf = new Map(reports.map((report) => [report.index, report]));
    const records = members.map((member) => recordOf(member, reportOf.get(member.index)));
    for (const { name, address, obstacle } of records) {
      if (obstacle === undefined) continue;
      telemetry.warn("function_not_lifted", `${name} at ${address}: ${obstacle.instruction}: ${obstacle.reason}`);
    }
    const count = (...statuses: string[]) => records.filter((record) => statuses.includes(record.status)).length;
    return {
      shard,
      module: await artifacts.put("output", module),
      report: await putDocument(artifacts, "output", { schema_version: 1, functions: records }),
      lifted: count("lifted", "stubbed"),
      // What the config leaves out is no failure.
      not_lifted: count("not_lifted"),
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
  const { obstacle, status } = report;
  return {
    ...base,
    status: status === "lifted" && treatment === "stub" ? "stubbed" : status,
    ...(obstacle === undefined ? {} : { obstacle: { ...obstacle, address: hex(obstacle.address) } }),
    blocks: report.blocks,
    instructions: report.instructions,
    wasm_bytes: report.wasmBytes,
    indirect_jumps: report.indirectJumps,
  };
}
