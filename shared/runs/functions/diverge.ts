import type { DivergenceReport } from "../../contracts/divergence.ts";
import { ContractInputMissing } from "../../kernel/errors.ts";
import { decodeCaptures } from "../../recompiler/oracle/captures.ts";
import { testFunctions } from "../../recompiler/validation/test-functions.ts";
import { reportDivergence } from "../../stages/divergence.ts";
import { loadPlannedProgram } from "../../stages/manifests.ts";
import type { ArtifactReader } from "../../stores/ports.ts";
import type { FunctionDocuments } from "./documents.ts";
import { findFunction } from "./find-function.ts";
import { shardOf } from "./graph.ts";

/** Where a function of a run begins to differ from the oracle, looked into now. */
export interface FunctionDivergence {
  readonly run_id: string;
  readonly program: string;
  readonly name: string;
  readonly address: string;
  /** What its tests come to, done again. */
  readonly status: "tested" | "untested" | "disproven";
  /** Inputs that told something. */
  readonly conclusive: number;
  /** Of a disproven one. */
  readonly divergence?: DivergenceReport;
}

/**
 * Tests the function again, on the run's own module, and follows the first input that fails. Nothing is written.
 * @param name of the function, or an address in it
 * @throws InvalidInputError for what names none; ContractInputMissing where there is no module yet, or it lacks the function
 */
export async function divergenceOf(
  artifacts: ArtifactReader,
  documents: FunctionDocuments,
  name: string,
): Promise<FunctionDivergence> {
  const { submission, program, plan, lifted, module: ref } = documents;
  const wanted = findFunction(plan.functions, name);
  const where = `${wanted.name} at ${wanted.address}`;
  if (ref === undefined) {
    throw new ContractInputMissing(`run ${submission.run_id} has linked no module yet, so ${where} cannot be tested`);
  }
  if ((lifted.get(wanted.index)?.wasm_bytes ?? 0) === 0) {
    throw new ContractInputMissing(`the module of run ${submission.run_id} does not hold ${where}: it was not lifted`);
  }
  const planned = await loadPlannedProgram({ artifacts, cache: new Map() }, { submission, program });
  const { config, image, layout, functions } = planned;
  const fn = functions[wanted.index]!;
  const shard = shardOf(documents, planned, wanted.index);
  const captures = shard === undefined ? [] : decodeCaptures(await artifacts.get(shard.captures));
  const module = await artifacts.get(ref);
  const { seed, random_states: randomStates } = config.validation;
  const settings = { seed, randomStates };
  const [test] = testFunctions({ image, layout, module, functions, subjects: [fn], captures, settings });
  const origin = test!.disagreement?.origin;
  const divergence = origin && reportDivergence(planned, { module, captures, fn, origin });
  return {
    run_id: submission.run_id,
    program: plan.name,
    name: fn.name,
    address: wanted.address,
    status: test!.status,
    conclusive: test!.captured.conclusive + test!.random.conclusive,
    ...(divergence && { divergence }),
  };
}
