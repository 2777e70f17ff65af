/** Writes docs/errors.md, docs/config.md, and the JSON Schema of every contract to docs/reference/. `--check` writes nothing and fails on a difference. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { ConfigManifest } from "../shared/contracts/config-manifest.ts";
import { DivergenceReport } from "../shared/contracts/divergence.ts";
import { ErrorInfo } from "../shared/contracts/error-info.ts";
import { EventEnvelope } from "../shared/contracts/event.ts";
import { EventPayloads } from "../shared/contracts/event-payloads.ts";
import { ExecutionPlan } from "../shared/contracts/execution-plan.ts";
import { FactIndex, FactPayload } from "../shared/contracts/facts.ts";
import { ModuleManifest } from "../shared/contracts/module-manifest.ts";
import { BundleIndex, ProgramPlan } from "../shared/contracts/program.ts";
import { ProvenanceDocument, SlsaStatement } from "../shared/contracts/provenance.ts";
import { ProvenanceManifest } from "../shared/contracts/provenance-manifest.ts";
import { ReusableStates } from "../shared/contracts/resumption.ts";
import { RunLogStatement, RunSignature } from "../shared/contracts/signature.ts";
import * as stages from "../shared/contracts/stages.ts";
import { RunStatus } from "../shared/contracts/status.ts";
import { Submission } from "../shared/contracts/submission.ts";
import { ValidationReport } from "../shared/contracts/validation.ts";
import { configPage } from "./docs/config-page.ts";
import { errorsPage } from "./docs/errors-page.ts";

const documents: Record<string, z.ZodType> = {
  submission: Submission,
  "module-manifest": ModuleManifest,
  "config-manifest": ConfigManifest,
  "provenance-manifest": ProvenanceManifest,
  status: RunStatus,
  event: EventEnvelope,
  "event-payloads": z.strictObject(EventPayloads).partial(),
  "execution-plan": ExecutionPlan,
  "reusable-states": ReusableStates,
  "fact-index": FactIndex,
  "fact-payload": FactPayload,
  provenance: ProvenanceDocument,
  "slsa-statement": SlsaStatement,
  "run-signature": RunSignature,
  "run-log-statement": RunLogStatement,
  "error-info": ErrorInfo,
  "program-plan": ProgramPlan,
  "validation-report": ValidationReport,
  "divergence-report": DivergenceReport,
  "bundle-index": BundleIndex,
  "stage-call": stages.StageCall,
};

/** `LiftInput` and `LiftOutput` become `stage-lift-input` and `stage-lift-output`. */
for (const [name, schema] of Object.entries(stages)) {
  if (/(Input|Output)$/.test(name))
    documents[`stage-${name.replace(/\B[A-Z]/g, "-$&").toLowerCase()}`] = schema as z.ZodType;
}

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
const isCheck = process.argv.includes("--check");
let differs = false;
mkdirSync(`${docs}reference`, { recursive: true });
for (const [name, schema] of Object.entries(documents)) {
  // The input side: what a writer must give, defaults left out.
  keep(`${docs}reference/${name}.schema.json`, `${JSON.stringify(z.toJSONSchema(schema, { io: "input" }), null, 2)}\n`);
}
keep(`${docs}errors.md`, errorsPage());
keep(`${docs}config.md`, configPage());
if (differs) process.exitCode = 1;

function keep(path: string, text: string): void {
  if (!isCheck) writeFileSync(path, text);
  else if (readIfThere(path) !== text) {
    differs = true;
    console.error(`${path}: expected what the code gives, found something else; run npm run docs`);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
