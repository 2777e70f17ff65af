import { LiftRecords } from "../contracts/program.ts";
import { ValidateInput, ValidateOutput } from "../contracts/stages.ts";
import type { TestRecord } from "../contracts/validation.ts";
import { putDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { hex } from "../recompiler/machine.ts";
import { decodeCaptures } from "../recompiler/oracle/captures.ts";
import type { FunctionTest, VectorCounts } from "../recompiler/validation/function-test.ts";
import { testFunctions } from "../recompiler/validation/test-functions.ts";
import { describeOrigin } from "../recompiler/validation/vector.ts";
import { declared } from "./declarations.ts";
import { loadPlannedProgram } from "./manifests.ts";
import { loadMetered } from "./metered-module.ts";
import { readDocument } from "./read-once.ts";
import { totalsOf } from "./validation-verdict.ts";

/** Compares one shard's lifted functions with the oracle, on captured and on seeded entry states. */
export const validate = defineStage({
  ...declared("validate"),
  input: ValidateInput,
  output: ValidateOutput,
  async run({ submission, program, module, report, shard: { shard, captures } }, context) {
    const { artifacts, throwIfAborted } = context;
    const { config, image, layout, functions, membersOf } = await loadPlannedProgram(context, { submission, program });
    const lifted = await readDocument(context, report, LiftRecords, "lift report");
    const isLifted = new Set(lifted.functions.filter((each) => each.wasm_bytes > 0).map((each) => each.index));
    const members = membersOf(shard).filter((each) => isLifted.has(each.index));
    const { seed, random_states: randomStates } = config.validation;
    const tests = testFunctions({
      image,
      layout,
      module: await loadMetered(context, module),
      functions,
      subjects: members.map((each) => functions[each.index]!),
      captures: decodeCaptures(await artifacts.get(captures)),
      settings: { seed, randomStates },
      throwIfAborted,
    });
    const indexOf = new Map(members.map((each) => [Number(each.address), each.index]));
    const records = tests.map((test) => recordOf(test, indexOf.get(test.address)!));
    return {
      shard,
      report: await putDocument(artifacts, "output", { schema_version: 2, functions: records }),
      ...totalsOf(records),
    };
  },
});

function recordOf(
  { address, name, status, captured, random, coverage, disagreement }: FunctionTest,
  index: number,
): TestRecord {
  return {
    index,
    name,
    address: hex(address),
    status,
    captured_states: captured.conclusive,
    captured_ends: captured.conclusive - captured.trapped,
    random_states: random.conclusive,
    random_ends: random.conclusive - random.trapped,
    inconclusive_states: inconclusive(captured) + inconclusive(random),
    instructions: coverage.instructions,
    instructions_run: coverage.executed,
    coverage: coverage.instructions === 0 ? 0 : coverage.executed / coverage.instructions,
    ...(disagreement === undefined
      ? {}
      : {
          disagreement: {
            input: describeOrigin(disagreement.origin),
            what: disagreement.what,
            expected: disagreement.expected,
            found: disagreement.found,
          },
        }),
  };
}

function inconclusive(counts: VectorCounts): number {
  return Object.values(counts.inconclusive).reduce((sum, count) => sum + count, 0);
}
