import { RegisterJumps } from "../../contracts/program.ts";
import { getDocument } from "../../kernel/documents.ts";
import { buildControlFlow } from "../../recompiler/mips/control-flow.ts";
import type { ControlFlowGraph } from "../../recompiler/program.ts";
import type { PlannedProgram } from "../../stages/manifests.ts";
import { statedJumpTables, toRegisterJumps } from "../../stages/program-documents.ts";
import type { ArtifactReader } from "../../stores/ports.ts";
import type { FunctionDocuments } from "./documents.ts";

/** The shard that a function is in. */
export function shardOf({ planned }: FunctionDocuments, { membersOf }: PlannedProgram, index: number) {
  return planned.shards.find(({ shard }) => membersOf(shard).some((member) => member.index === index));
}

/** The control flow of a function as the run lifted it. */
export async function graphOf(
  artifacts: ArtifactReader,
  documents: FunctionDocuments,
  program: PlannedProgram,
  index: number,
): Promise<ControlFlowGraph> {
  const { config, image, functions } = program;
  const ref = shardOf(documents, program, index)?.jumps;
  const jumps =
    ref === undefined
      ? undefined
      : toRegisterJumps(await getDocument(artifacts, ref, RegisterJumps, "register jumps")).get(index);
  const jumpTables = statedJumpTables(config);
  return buildControlFlow(image, functions[index]!, functions, { jumpTables, ...(jumps && { registerJumps: jumps }) });
}
