import { TestRecords, type ValidationReport } from "../contracts/program.ts";
import { ValidationGateInput, ValidationGateOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import { artifactEmitted, defineStage } from "../kernel/stage.ts";
import { DECLARATIONS, declared } from "./declarations.ts";

/** How many disagreements the gate's message quotes; the report has them all. */
const QUOTED = 3;

/**
 * Hard gate: joins the shards' proofs into one report; no lifted function may disagree with the oracle. Where the policy
 * lets a person override it, the verdict goes on to the state machine, which asks; else the run fails here.
 */
export const validationGate = defineStage({
  ...declared("validation_gate"),
  input: ValidationGateInput,
  output: ValidationGateOutput,
  async run({ shards }, { artifacts, config, emit, stateId }) {
    const parts = await Promise.all(
      shards.map((shard) => getDocument(artifacts, shard.report, TestRecords, `proofs of shard ${shard.shard}`)),
    );
    const functions = parts.flatMap((part) => part.functions).sort((a, b) => a.index - b.index);
    const count = (status: string) => functions.filter((each) => each.status === status).length;
    const totals = { proven: count("proven"), disproven: count("disproven"), unproven: count("unproven") };
    const verdict: ValidationReport["verdict"] = totals.disproven === 0 ? "passed" : "failed";
    const report: ValidationReport = { schema_version: 1, verdict, ...totals, functions };
    const ref = await putDocument(artifacts, "output", report);
    emit(artifactEmitted("validation", ref));
    emit({ name: "recomp.run.validation.completed", payload: { verdict, ...totals }, payloadRef: ref });
    if (verdict === "passed") return { verdict, report: ref, ...totals };
    const reason = `${totals.disproven} of ${functions.length} functions disagree with the oracle: ${quote(functions)}. All of them: ${ref}`;
    if (!config.gates.overridable.includes("validation")) {
      throw new HardGateFailed(DECLARATIONS.validation_gate.gate.name, reason, { details: { report: ref } });
    }
    emit({
      name: "recomp.gate.failed",
      payload: { state_id: stateId, gate: DECLARATIONS.validation_gate.gate.name, reason, evidence: ref },
      payloadRef: ref,
    });
    return { verdict, report: ref, ...totals };
  },
});

function quote(functions: ValidationReport["functions"]): string {
  return functions
    .filter((each) => each.disagreement !== undefined)
    .slice(0, QUOTED)
    .map(({ name, address, disagreement: d }) => {
      return `${name} (${address}), ${d?.input}: ${d?.what}: expected ${d?.expected}, found ${d?.found}`;
    })
    .join("; ");
}
