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
  const shard = shardOf(documents, program, index);
  const graphs = await graphsIn(artifacts, program, shard === undefined ? [] : [shard]);
  return graphs(index);
}

/** That of any function, by its index, once it is asked for. */
export const graphsOf = (artifacts: ArtifactReader, documents: FunctionDocuments, program: PlannedProgram) =>
  graphsIn(artifacts, program, documents.planned.shards);

async function graphsIn(
  artifacts: ArtifactReader,
  { config, image, functions }: PlannedProgram,
  shards: FunctionDocuments["planned"]["shards"],
): Promise<(index: number) => ControlFlowGraph> {
  const found = await Promise.all(
    shards.map(async ({ jumps: ref }) =>
      ref === undefined ? [] : [...toRegisterJumps(await getDocument(artifacts, ref, RegisterJumps, "register jumps"))],
    ),
  );
  const jumpsOf = new Map(found.flat());
  const jumpTables = statedJumpTables(config);
  const graphs = new Map<number, ControlFlowGraph>();
  return (index) => {
    const known = graphs.get(index);
    if (known !== undefined) return known;
    const registerJumps = jumpsOf.get(index);
    const graph = buildControlFlow(image, functions[index]!, functions, {
      jumpTables,
      ...(registerJumps && { registerJumps }),
    });
    graphs.set(index, graph);
    return graph;
  };
}
