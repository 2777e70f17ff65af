import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { RunId } from "../contracts/ids.ts";
import { LiftRecords, ProgramPlan } from "../contracts/program.ts";
import { ValidationGateInput, ValidationGateOutput } from "../contracts/stages.ts";
import {
  ComparedRuns,
  type Gap,
  type TestRecord,
  TestRecords,
  TracedRuns,
  type ValidationReport,
} from "../contracts/validation.ts";
import { requirementsOf } from "../contracts/validation-settings.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import { artifactEmitted, defineStage } from "../kernel/stage.ts";
import type { StageTelemetry } from "../telemetry/stage-telemetry.ts";
import { concessionsOf } from "./concessions.ts";
import { DECLARATIONS, declared } from "./declarations.ts";
import { loadConfig } from "./manifests.ts";
import { readDocument } from "./read-once.ts";
import { gapsOf, shortfallsOf, totalsOf } from "./validation-verdict.ts";

/** How many gaps the event tells of; the report has them all. */
const TOLD_GAPS = 16;

/**
 * Hard gate: joins the shards' tests and the runs into one report. No lifted function may disagree with the oracle, no run may
 * come out otherwise on the linked module, and there must be as much evidence as the config demands. Where the policy lets a
 * person override it, the verdict goes on to the state machine, which asks; else the run fails here.
 */
export const validationGate = defineStage({
  ...declared("validation_gate"),
  input: ValidationGateInput,
  output: ValidationGateOutput,
  async run({ submission, program, report: liftReport, runs, compared, shards }, context) {
    const { artifacts, emit, stateId, telemetry } = context;
    const config = await loadConfig(context, submission);
    const { validation: settings } = config;
    warnOfConcessions(telemetry, config);
    const parts = await Promise.all(
      shards.map((shard) => getDocument(artifacts, shard.report, TestRecords, `tests of shard ${shard.shard}`)),
    );
    const plan = await readDocument(context, program, ProgramPlan, "program plan");
    const evidence = {
      settings,
      entry: plan.entry,
      planned: plan.functions,
      lifted: (await readDocument(context, liftReport, LiftRecords, "lift report")).functions,
      traced: (await readDocument(context, runs, TracedRuns, "traced runs")).runs,
      compared: (await getDocument(artifacts, compared.report, ComparedRuns, "compared runs")).runs,
      functions: parts.flatMap((part) => part.functions).sort((a, b) => a.index - b.index),
    };
    const { functions } = evidence;
    const totals = totalsOf(functions);
    const gaps = gapsOf(evidence);
    const shortfalls = shortfallsOf(evidence, gaps);
    const verdict: ValidationReport["verdict"] = shortfalls.length === 0 ? "passed" : "failed";
    const report: ValidationReport = {
      schema_version: 2,
      verdict,
      ...totals,
      require: requirementsOf(settings),
      shortfalls,
      gaps,
      runs: evidence.compared,
      functions,
    };
    const ref = await putDocument(artifacts, "output", report);
    emit(artifactEmitted("validation", ref));
    emit({
      name: "recomp.run.validation.completed",
      payload: { verdict, ...totals, ...toldGaps(gaps) },
      payloadRef: ref,
    });
    const output = { verdict, report: ref, ...totals, gaps: gaps.length };
    if (verdict === "passed") return output;
    const reason = `${shortfalls.join(". ")}. All of them: ${ref}${seeDivergence(submission.run_id, functions)}`;
    if (!context.config.gates.overridable.includes("validation")) {
      throw new HardGateFailed(DECLARATIONS.validation_gate.gate.name, reason, { details: { report: ref } });
    }
    emit({
      name: "recomp.gate.failed",
      payload: { state_id: stateId, gate: DECLARATIONS.validation_gate.gate.name, reason, evidence: ref },
      payloadRef: ref,
    });
    return output;
  },
});

function warnOfConcessions(telemetry: StageTelemetry, config: ConfigManifest): void {
  const { demands, changes } = concessionsOf(config);
  if (demands.length > 0)
    telemetry.warn("gate_demands_less", `the config asks for less than the default: ${demands.join(", ")}`);
  if (changes.length > 0)
    telemetry.warn(
      "program_changed",
      `what is tested is the program with ${changes.join(" and ")} of the config, not the file's`,
    );
}

/** How to see where a function that differs begins to: of one whose beginning is known, if there is one. */
function seeDivergence(runId: RunId, functions: readonly TestRecord[]): string {
  const disproven = functions.filter(({ disagreement }) => disagreement !== undefined);
  const shown = disproven.find(({ disagreement }) => disagreement?.divergence !== undefined) ?? disproven[0];
  return shown === undefined ? "" : `. See restep functions ${runId} ${shown.address} --diverge`;
}

/** What a summary shows of them. */
function toldGaps(gaps: readonly Gap[]): Record<string, number | Gap[]> {
  return gaps.length === 0 ? {} : { gaps: gaps.length, missing: gaps.slice(0, TOLD_GAPS) };
}
