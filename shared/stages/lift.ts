import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { LiftRecord, PlannedFunction } from "../contracts/program.ts";
import { LiftInput, LiftOutput } from "../contracts/stages.ts";
import { putDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { type LiftReport, liftShard } from "../recompiler/lift/index.ts";
import { hex } from "../recompiler/machine.ts";
import { buildControlFlow } from "../recompiler/mips/control-flow.ts";
import type { JumpTable } from "../recompiler/program.ts";
import { declared } from "./declarations.ts";
import { loadPlannedProgram } from "./manifests.ts";

/** Translates one shard's functions. What cannot be lifted is reported with the reason; the others go on. */
export const lift = defineStage({
  ...declared("lift"),
  input: LiftInput,
  output: LiftOutput,
  async run({ submission, program, shard: { shard } }, context) {
    const { artifacts, telemetry, throwIfAborted } = context;
    const { config, image, layout, functions, membersOf } = await loadPlannedProgram(context, { submission, program });
    const members = membersOf(shard);
    const jumpTables = statedJumpTables(config);
    const { module, reports } = liftShard({
      image,
      layout,
      functions,
      members: members.filter((each) => each.treatment !== "exclude").map((each) => functions[each.index]!),
      flowOf: (member) => buildControlFlow(image, member, functions, { jumpTables }),
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

function statedJumpTables({ jump_tables }: ConfigManifest): JumpTable[] {
  return jump_tables.map(({ jump, address, entries }) => ({
    jump: Number(jump),
    address: Number(address),
    entries: entries.map(Number),
  }));
}

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
