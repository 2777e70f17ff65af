import { ProofRecords, type ValidationReport } from "../contracts/program.ts";
import { ValidationGateInput, ValidationGateOutput } from "../contracts/stages.ts";
import { getDocument, putDocument } from "../kernel/documents.ts";
import { HardGateFailed } from "../kernel/errors.ts";
import { artifactEmitted, defineStage } from "./stage.ts";

/** How many disagreements the gate's message quotes; the report has them all. */
const QUOTED = 3;

/** Hard gate: joins the shards' proofs into one report; no lifted function may disagree with the oracle. */
export const validationGate = defineStage({
  name: "validation_gate",
  meta: { tags: ["compute", "report"], sideEffects: "pure", gate: "hard" },
  input: ValidationGateInput,
  output: ValidationGateOutput,
  async run({ shards }, { artifacts, emit }) {
    const parts = await Promise.all(
      shards.map((shard) => getDocument(artifacts, shard.report, ProofRecords, `proofs of shard ${shard.shard}`)),
    );
    const functions = parts.flatMap((part) => part.functions).sort((a, b) => a.index - b.index);
    const count = (status: string) => functions.filter((each) => each.status === status).length;
    const totals = { proven: count("proven"), disproven: count("disproven"), unproven: count("unproven") };
    const verdict = totals.disproven === 0 ? "passed" : "failed";
    const report: ValidationReport = { schema_version: 1, verdict, ...totals, functions };
    const ref = await putDocument(artifacts, "output", report);
    emit(artifactEmitted("validation", ref));
    emit({ name: "recomp.run.validation.completed", payload: { verdict, ...totals }, payloadRef: ref });
    if (verdict === "failed") {
      const disproven = functions.filter((each) => each.disagreement !== undefined);
      const quoted = disproven.slice(0, QUOTED).map(({ name, address, disagreement: d }) => {
        return `${name} (${address}), ${d?.input}: ${d?.what}: expected ${d?.expected}, found ${d?.found}`;
      });
      throw new HardGateFailed(
        "validation",
        `${totals.disproven} of ${functions.length} functions disagree with the oracle: ${quoted.join("; ")}. All of them: ${ref}`,
        { details: { report: ref } },
      );
    }
    return { report: ref, ...totals };
  },
});
