import type * as z from "zod";
import type { ArtifactRef } from "../../contracts/ids.ts";
import { type LiftRecord, LiftRecords, ProgramPlan } from "../../contracts/program.ts";
import { LiftOutput, LinkOutput, PlanOutput, ValidateOutput } from "../../contracts/stages.ts";
import type { Submission } from "../../contracts/submission.ts";
import { type TestRecord, TestRecords, TracedRuns } from "../../contracts/validation.ts";
import { type ContextReader, contextOf, readContext } from "../../kernel/context.ts";
import { getDocument } from "../../kernel/documents.ts";
import { ContractInputMissing } from "../../kernel/errors.ts";
import type { RunRecord } from "../../kernel/run/record.ts";
import type { ArtifactReader } from "../../stores/ports.ts";

/** What a run's stages left about its functions, as far as it came. */
export interface FunctionDocuments {
  readonly submission: Submission;
  readonly program: ArtifactRef;
  readonly plan: ProgramPlan;
  readonly planned: z.infer<typeof PlanOutput>;
  readonly traced: TracedRuns;
  /** By function; empty before the first shard is lifted. */
  readonly lifted: ReadonlyMap<number, LiftRecord>;
  /** By function; empty before the first shard is tested. */
  readonly tested: ReadonlyMap<number, TestRecord>;
  /** The linked module. */
  readonly module?: ArtifactRef;
}

/** @throws {ContractInputMissing} for a run that has not come so far as to know its functions */
export async function readFunctionDocuments(
  artifacts: ArtifactReader,
  submission: Submission,
  record: RunRecord,
): Promise<FunctionDocuments> {
  const context = readContext(artifacts, contextOf(submission.run_id, record));
  if (!context.keys.some((key) => key === "plan")) {
    throw new ContractInputMissing(
      `run ${submission.run_id} has not found its functions: it has come to ${record.phase}; see \`restep status ${submission.run_id}\``,
    );
  }
  const planned = await context.read("plan", PlanOutput);
  const link = context.keys.some((key) => key === "link") ? await context.read("link", LinkOutput) : undefined;
  const reports = link === undefined ? await reportsOf(context, "lift", LiftOutput) : [link.report];
  const tests = await reportsOf(context, "validate", ValidateOutput);
  const [plan, traced, lifted, tested] = await Promise.all([
    getDocument(artifacts, planned.program, ProgramPlan, "program plan"),
    getDocument(artifacts, planned.runs, TracedRuns, "traced runs"),
    Promise.all(reports.map((ref) => getDocument(artifacts, ref, LiftRecords, "lift report"))),
    Promise.all(tests.map((ref) => getDocument(artifacts, ref, TestRecords, "tests of a shard"))),
  ]);
  const byIndex = <Row extends { readonly index: number }>(parts: readonly { readonly functions: readonly Row[] }[]) =>
    new Map(parts.flatMap(({ functions }) => functions.map((row) => [row.index, row] as const)));
  return {
    submission,
    program: planned.program,
    plan,
    planned,
    traced,
    lifted: byIndex(lifted),
    tested: byIndex(tested),
    ...(link === undefined ? {} : { module: link.module }),
  };
}

/** The reports of a stage's shards that are done. */
async function reportsOf(
  context: ContextReader,
  stage: string,
  output: typeof LiftOutput | typeof ValidateOutput,
): Promise<ArtifactRef[]> {
  const keys = context.keys.filter((key) => key.startsWith(`${stage}.`));
  return Promise.all(keys.map(async (key) => (await context.read(key, output)).report));
}
