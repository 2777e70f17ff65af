import { CompareRunsInput, CompareRunsOutput } from "../contracts/stages.ts";
import type { Submission } from "../contracts/submission.ts";
import { type ComparedRun, type TracedRun, TracedRuns } from "../contracts/validation.ts";
import { putDocument } from "../kernel/documents.ts";
import { defineStage, type StageContext } from "../kernel/stage.ts";
import { addressNames } from "../recompiler/listing/assembly.ts";
import { hex } from "../recompiler/machine.ts";
import { describeEnd } from "../recompiler/validation/differences.ts";
import { type ReplayTarget, type RunComparison, replayRun } from "../recompiler/validation/replay-run.ts";
import { declared } from "./declarations.ts";
import { loadModuleManifest, loadPlannedProgram, type PlannedProgram } from "./manifests.ts";
import { loadMetered } from "./metered-module.ts";
import { toProgramEnd, toRecordedRun } from "./program-documents.ts";
import { readDocument } from "./read-once.ts";
import { compareWithReference, type ReferenceCall } from "./reference-program.ts";

/**
 * Runs the program on the linked module as the oracle ran it, and under the reference program where the config names one.
 * Says what differs; the validation gate decides.
 */
export const compareRuns = defineStage({
  ...declared("compare_runs"),
  input: CompareRunsInput,
  output: CompareRunsOutput,
  async run({ submission, program, module, runs }, context) {
    const { artifacts, throwIfAborted } = context;
    const planned = await loadPlannedProgram(context, { submission, program });
    const traced = await readDocument(context, runs, TracedRuns, "traced runs");
    const { image, layout, config } = planned;
    const target = {
      module: await loadMetered(context, module),
      layout,
      endianness: image.endianness,
      entry: image.entry,
    };
    const { reference } = config.validation;
    const call =
      reference === undefined ? undefined : { ...reference, ...(await binaryOf(context, submission, config)) };
    const compared: ComparedRun[] = [];
    for (const [run, each] of traced.runs.entries()) {
      throwIfAborted();
      compared.push(await compare(context, target, planned, run, each, call));
    }
    const isDiffering = (run: ComparedRun): boolean => run.module === "differs" || run.reference?.outcome === "differs";
    return {
      report: await putDocument(artifacts, "output", { schema_version: 1, runs: compared }),
      agreeing: compared.filter((run) => run.module === "agrees" && !isDiffering(run)).length,
      differing: compared.filter(isDiffering).length,
    };
  },
});

async function binaryOf(
  context: StageContext,
  submission: Submission,
  { patches, stubs }: PlannedProgram["config"],
): Promise<Pick<ReferenceCall, "binary" | "isChanged">> {
  const { binary } = await loadModuleManifest(context, submission);
  return { binary: binary.artifact, isChanged: patches.length + stubs.length > 0 };
}

async function compare(
  context: StageContext,
  target: ReplayTarget,
  planned: PlannedProgram,
  run: number,
  traced: TracedRun,
  call: ReferenceCall | undefined,
): Promise<ComparedRun> {
  const comparison = replayRun(target, toRecordedRun(traced));
  return {
    run,
    args: traced.args.slice(1),
    end: describeEnd(toProgramEnd(traced.end)),
    instructions: traced.instructions,
    syscalls: traced.syscalls.count,
    ...fieldsOf(comparison, planned),
    ...(call === undefined ? {} : { reference: await compareWithReference(context.io, `run_${run}`, call, traced) }),
  };
}

const NOT_COMPARED = {
  deep_calls: "its calls nest deeper than every host's stack is sure to bear",
  too_long: "it takes more instructions than a run of the module can be bounded by",
  forbidden_access: "it agrees up to an access that Linux ends it for, which lifted code does not check",
} as const;

function fieldsOf(
  comparison: RunComparison,
  { functions }: PlannedProgram,
): Pick<ComparedRun, "module" | "reason" | "unlifted_at" | "difference"> {
  switch (comparison.kind) {
    case "agrees":
      return { module: "agrees" };
    case "differs":
      return { module: "differs", difference: comparison.difference };
    case "unlifted": {
      const { address } = comparison;
      const at = address === undefined ? {} : { unlifted_at: hex(address) };
      const what = address === undefined ? "a function" : (addressNames(functions)(address) ?? hex(address));
      return { module: "unlifted", reason: `control came to ${what}, which was not lifted`, ...at };
    }
    default:
      return { module: "not_compared", reason: NOT_COMPARED[comparison.reason] };
  }
}
