import { type FunctionDocuments, readFunctionDocuments } from "../../../shared/runs/functions/documents.ts";
import type { ArtifactReader } from "../../../shared/stores/ports.ts";
import { type BuiltProgram, lift, link, type ProgramRun, plan, runOf, validate } from "../../stages/program.ts";

/** A run carried as far as asked. */
export interface KnownRun {
  readonly of: ProgramRun;
  readonly artifacts: ArtifactReader;
  documents(): Promise<FunctionDocuments>;
}

/** @param until the last stage */
export async function runUntil(
  until: "intake" | "plan" | "lift" | "link" | "validate",
  program: BuiltProgram,
  config: object = {},
): Promise<KnownRun> {
  const of = await runOf(program, config);
  const { artifacts } = of.run.stores;
  const known: KnownRun = {
    of,
    artifacts,
    documents: async () => readFunctionDocuments(artifacts, of.submission, await of.run.record()),
  };
  if (until === "intake") return known;
  const planned = await plan(of);
  if (until === "plan") return known;
  const shards = await lift(of, planned);
  if (until === "lift") return known;
  const linked = await link(of, planned, shards);
  if (until === "validate") await validate(of, planned, linked);
  return known;
}
